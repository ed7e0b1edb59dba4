// Rows of codecs: bytes to document and back, in memory. Each side has its own document in memory.
#include <optional>
#include <string>

#include "peers/nlohmann.hpp"
#include "peers/simdjson.hpp"
#include "rows.hpp"
#include "stet/codec.hpp"
#include "warm_heap.hpp"
#ifdef STET_BENCH_MSGPACK
#include "peers/msgpack.hpp"
#endif

namespace stet::bench {

namespace {

constexpr Clock kClock = Clock::thread_cpu;

Side timed(std::string name, std::function<void()> work) {
  return {std::move(name), [work = std::move(work)] { return measure(kClock, work); }};
}

// The value is given back outside of the time, as a parser that is kept never gives its own back.
template <class Decode>
Side decoding(std::string name, Decode decode) {
  return {std::move(name), [decode] {
            std::optional<Value> value;
            return measure(kClock, [&] { value = decode().value(); });
          }};
}

std::string rounds_of(const Score& score, int rounds) {
  return "the large score, " + std::to_string(score.json.size() / 1000000) + " MB as JSON; " +
         std::to_string(rounds) + " rounds, processor time";
}

}  // namespace

Row decode(Context& context) {
  const Score& score = context.large_score();
  const Bytes cbor = dag_cbor::encode(context.large_value());
  SimdjsonText simdjson(score.json);
  const WarmHeap warm_heap;
  const int rounds = context.rounds(21);
  Row row{"Decode", rounds_of(score, rounds), {}, {}};
  std::vector<Side> sides = {
      decoding("Stet: DAG-CBOR, checked strictly", [&] { return dag_cbor::decode(cbor); }),
      timed("simdjson DOM of the JSON, warm", [&] { simdjson.parse_warm(); }),
      timed("simdjson DOM of the JSON, new parser", [&] { simdjson.parse_anew(); })};
#ifdef STET_BENCH_MSGPACK
  const std::string packed = NlohmannDocument(score.json).to_msgpack();
  sides.push_back(timed("msgpack-c of MessagePack", [&] { MsgpackDocument::unpack(packed); }));
#endif
  row.sides = run_in_turn(kClock, rounds, std::move(sides));
  row.compare("Stet's speed by simdjson's, warm", 0, 1, Goal{Better::more, 1.0, 2.0});
  return row;
}

Row encode(Context& context) {
  const Score& score = context.large_score();
  const Value& value = context.large_value();
  const NlohmannDocument nlohmann(score.json);
  const WarmHeap warm_heap;
  const int rounds = context.rounds(15);
  Row row{"Encode", rounds_of(score, rounds), {}, {}};
  std::vector<Side> sides = {timed("Stet to DAG-CBOR", [&] { keep(dag_cbor::encode(value)); }),
                             timed("nlohmann to CBOR", [&] { keep(nlohmann.to_cbor()); })};
#ifdef STET_BENCH_MSGPACK
  const MsgpackDocument msgpack(nlohmann.to_msgpack());
  sides.push_back(timed("msgpack-c to MessagePack", [&] { keep(msgpack.pack()); }));
#else
  row.method += "; msgpack-c isn't installed, so its goal isn't measured";
#endif
  row.sides = run_in_turn(kClock, rounds, std::move(sides));
  if (row.sides.size() > 2) {
    row.compare("Stet's speed by msgpack-c's", 0, 2, Goal{Better::more, 2.0, 4.0});
  }
  row.compare("Stet's speed by nlohmann's", 0, 1, {});
  return row;
}

Row json_import(Context& context) {
  const Score& score = context.large_score();
  SimdjsonText simdjson(score.json);
  const WarmHeap warm_heap;
  const int rounds = context.rounds(15);
  Row row{"JSON import", rounds_of(score, rounds), {}, {}};
  row.sides = run_in_turn(kClock, rounds,
                          {decoding("Stet: JSON, duplicates, depth and numbers checked",
                                    [&] { return decode_json(as_bytes(score.json)); }),
                           timed("simdjson DOM, warm", [&] { simdjson.parse_warm(); }),
                           timed("simdjson DOM, new parser", [&] { simdjson.parse_anew(); }),
                           timed("nlohmann", [&] { NlohmannDocument::decode_json(score.json); })});
  row.compare("Stet against simdjson, warm", 0, 1, Goal{Better::less, 2.0, 1.2});
  row.compare("Stet against simdjson, new parser", 0, 2, {});
  return row;
}

}  // namespace stet::bench
