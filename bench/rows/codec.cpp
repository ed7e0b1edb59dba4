// Rows of codecs: bytes to document and back, in memory. Each side has its own document in memory.
#include <string>

#include "peers/nlohmann.hpp"
#include "peers/simdjson.hpp"
#include "rows.hpp"
#ifdef STET_BENCH_MSGPACK
#include "peers/msgpack.hpp"
#endif

namespace stet::bench {

namespace {

constexpr Clock kClock = Clock::thread_cpu;

Side timed(std::string name, std::function<void()> work) {
  return {std::move(name), [work = std::move(work)] { return measure(kClock, work); }};
}

std::string rounds_of(const Score& score, int rounds) {
  return "the large score, " + std::to_string(score.json.size() / 1000000) + " MB as JSON; " +
         std::to_string(rounds) + " rounds, processor time";
}

}  // namespace

Row decode(Context& context) {
  const Score& score = context.large_score();
  SimdjsonText simdjson(score.json);
  const int rounds = context.rounds(21);
  Row row{"Decode", rounds_of(score, rounds), {}, {}};
  std::vector<Side> sides = {
      timed("simdjson DOM of the JSON, warm", [&] { simdjson.parse_warm(); }),
      timed("simdjson DOM of the JSON, new parser", [&] { simdjson.parse_anew(); })};
#ifdef STET_BENCH_MSGPACK
  const std::string packed = NlohmannDocument(score.json).to_msgpack();
  sides.push_back(timed("msgpack-c of MessagePack", [&] { MsgpackDocument::unpack(packed); }));
#endif
  row.sides = run_in_turn(kClock, rounds, std::move(sides));
  return row;
}

Row encode(Context& context) {
  const Score& score = context.large_score();
  const NlohmannDocument nlohmann(score.json);
  const int rounds = context.rounds(15);
  Row row{"Encode", rounds_of(score, rounds), {}, {}};
  std::vector<Side> sides = {timed("nlohmann to CBOR", [&] { keep(nlohmann.to_cbor()); })};
#ifdef STET_BENCH_MSGPACK
  const MsgpackDocument msgpack(nlohmann.to_msgpack());
  sides.push_back(timed("msgpack-c to MessagePack", [&] { keep(msgpack.pack()); }));
#else
  row.method += "; msgpack-c isn't installed, so its goal isn't measured";
#endif
  row.sides = run_in_turn(kClock, rounds, std::move(sides));
  return row;
}

}  // namespace stet::bench
