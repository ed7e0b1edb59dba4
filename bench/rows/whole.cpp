// Rows of whole documents: saved in full, loaded in full, durable and verified.
#include <filesystem>
#include <string>

#include "peers/lmdb.hpp"
#include "peers/nlohmann.hpp"
#include "peers/simdjson.hpp"
#include "peers/sqlite.hpp"
#include "rows.hpp"

namespace stet::bench {

namespace {

// Each round saves into files of its own, which are removed outside of the time.
template <class Save>
Side save_side(Context& context, std::string name, Save save) {
  return {std::move(name), [&context, save] {
            const std::string path = context.scratch().fresh_path("save");
            const Sample sample = save(path);
            std::filesystem::remove_all(path);
            return sample;
          }};
}

Side raw_side(Context& context, const std::string& cbor) {
  return save_side(context, "raw: the CBOR written and synced", [&cbor](const std::string& path) {
    return measure(Clock::wall, [&] { write_file(path, cbor, true); });
  });
}

Side nlohmann_side(Context& context, const NlohmannDocument& document) {
  return save_side(
      context, "nlohmann to CBOR, written and synced", [&document](const std::string& path) {
        return measure(Clock::wall, [&] { write_file(path, document.to_cbor(), true); });
      });
}

template <class Database>
Side rows_side(Context& context, std::string name, const Score& score) {
  return save_side(context, std::move(name), [&score](const std::string& path) {
    Database database(path);
    return measure(Clock::wall, [&] { database.insert_all(score.notes); });
  });
}

Side sqlite_blob_side(Context& context, const std::string& cbor) {
  return save_side(context, "SQLite, the CBOR as one value", [&cbor](const std::string& path) {
    SqliteNotes database(path);
    return measure(Clock::wall, [&] { database.put_document("score", cbor); });
  });
}

}  // namespace

Row full_save(Context& context) {
  const Score& score = context.large_score();
  const NlohmannDocument nlohmann(score.json);
  const std::string cbor = nlohmann.to_cbor();
  const int rounds = context.rounds(15);
  Row row{"Full durable save",
          "the large score into a new store; " + std::to_string(rounds) + " rounds",
          {},
          {}};
  row.sides = run_in_turn(Clock::wall, rounds,
                          {raw_side(context, cbor), nlohmann_side(context, nlohmann),
                           rows_side<SqliteNotes>(context, "SQLite, a row a note", score),
                           rows_side<LmdbNotes>(context, "LMDB, a key a note", score),
                           sqlite_blob_side(context, cbor)});
  return row;
}

Row full_load(Context& context) {
  const Score& score = context.large_score();
  const std::string json_path = context.scratch().fresh_path("load.json");
  write_file(json_path, score.json, true);
  const std::string sqlite_path = context.scratch().fresh_path("load.sqlite");
  SqliteNotes(sqlite_path).insert_all(score.notes);
  const int rounds = context.rounds(21);
  Row row{"Verified full load",
          "the large score, files in the page cache, each round opens anew; " +
              std::to_string(rounds) + " rounds",
          {},
          {}};
  row.sides = run_in_turn(
      Clock::wall, rounds,
      {{"simdjson: JSON file read, new DOM parser",
        [&] { return measure(Clock::wall, [&] { SimdjsonText::read_and_parse(json_path); }); }},
       {"SQLite, all rows",
        [&] { return measure(Clock::wall, [&] { keep(SqliteNotes(sqlite_path).read_all()); }); }}});
  return row;
}

}  // namespace stet::bench
