// Rows of whole documents: saved in full, loaded in full, durable and verified.
#include <filesystem>
#include <optional>
#include <string>

#include "peers/lmdb.hpp"
#include "peers/nlohmann.hpp"
#include "peers/simdjson.hpp"
#include "peers/sqlite.hpp"
#include "rows.hpp"
#include "subject.hpp"
#include "warm_heap.hpp"

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

// A value that no store has seen: every chunk is encoded, named and written.
Side stet_side(Context& context, const Value& value) {
  return save_side(context, "Stet: save into a new store", [&value](const std::string& path) {
    Store store = Store::open(url_of(path)).value();
    return measure(Clock::wall, [&] { store.save(kDocument, value).value(); });
  });
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
    return measure(Clock::wall, [&] { database.insert_all(score); });
  });
}

Side sqlite_blob_side(Context& context, const std::string& cbor) {
  return save_side(context, "SQLite, the CBOR as one value", [&cbor](const std::string& path) {
    SqliteNotes database(path);
    return measure(Clock::wall, [&] { database.put_document("score", cbor); });
  });
}

Side fresh_side(std::string name, std::function<void()> work) {
  return {std::move(name), [work = std::move(work)] {
            cool_heap();
            return measure(Clock::wall, work);
          }};
}

// Closing the store and giving the value back aren't counted.
Side load_side(const std::string& path) {
  return {"Stet: open and load, every chunk checked", [path] {
            std::optional<Store> store;
            std::optional<Value> value;
            cool_heap();
            return measure(Clock::wall, [&] {
              store = Store::open(url_of(path)).value();
              value = store->load(kDocument).value();
            });
          }};
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
                          {stet_side(context, context.large_value()), raw_side(context, cbor),
                           nlohmann_side(context, nlohmann),
                           rows_side<SqliteNotes>(context, "SQLite, a row a note or rest", score),
                           rows_side<LmdbNotes>(context, "LMDB, a key a note or rest", score),
                           sqlite_blob_side(context, cbor)});
  row.compare("Stet against raw bytes", 0, 1, Goal{Better::less, 3.3, 1.5});
  row.compare("Stet's speed by nlohmann's", 0, 2, Goal{Better::more, 2.5, 6.0});
  row.compare("Stet's speed by SQLite's rows", 0, 3, Goal{Better::more, 10.0, 20.0});
  return row;
}

Row full_load(Context& context) {
  const Score& score = context.large_score();
  const std::string stet_path = context.scratch().fresh_path("load.stet");
  Store::open(url_of(stet_path)).value().save(kDocument, context.large_value()).value();
  const std::string json_path = context.scratch().fresh_path("load.json");
  write_file(json_path, score.json, true);
  const std::string sqlite_path = context.scratch().fresh_path("load.sqlite");
  SqliteNotes(sqlite_path).insert_all(score);
  const int rounds = context.rounds(21);
  Row row{"Verified full load",
          "the large score, files in the page cache, opened anew, into fresh memory; " +
              std::to_string(rounds) + " rounds",
          {},
          {}};
  row.sides = run_in_turn(
      Clock::wall, rounds,
      {load_side(stet_path),
       fresh_side("simdjson: JSON file read, new DOM parser",
                  [&] { SimdjsonText::read_and_parse(json_path); }),
       fresh_side("SQLite, all rows", [&] { keep(SqliteNotes(sqlite_path).read_all()); })});
  row.compare("Stet's speed by simdjson's", 0, 1, Goal{Better::more, 1.0, 2.0});
  row.compare("Stet's speed by SQLite's", 0, 2, Goal{Better::more, 5.0, 10.0});
  return row;
}

}  // namespace stet::bench
