#include "machine.hpp"

#include <sys/utsname.h>
#include <sys/vfs.h>

#include <fstream>
#include <thread>

#include "format.hpp"
#include "harness.hpp"
#include "peers/floor.hpp"
#include "peers/lmdb.hpp"
#include "peers/nlohmann.hpp"
#include "peers/rocksdb.hpp"
#include "peers/simdjson.hpp"
#include "peers/sqlite.hpp"
#ifdef STET_BENCH_MSGPACK
#include "peers/msgpack.hpp"
#endif

namespace stet::bench {

namespace {

constexpr double kSlowFlushSeconds = 1e-3;

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string kernel() {
  utsname names{};
  uname(&names);
  return std::string(names.sysname) + " " + names.release;
}

std::string file_system(const Scratch& scratch) {
  struct statfs status{};
  if (statfs(scratch.folder().c_str(), &status) != 0) return "unknown";
  switch (status.f_type) {
    case 0xEF53:
      return "ext4";
    case 0x58465342:
      return "xfs";
    case 0x9123683E:
      return "btrfs";
    case 0x01021994:
      return "tmpfs (nothing is durable here)";
    default:
      return "of type " + std::to_string(status.f_type);
  }
}

std::string flush_regime(Scratch& scratch) {
  Floor floor(scratch.fresh_path("regime"));
  const std::string bytes(512, 'r');
  std::vector<double> times;
  for (int round = 0; round < 200; ++round) {
    times.push_back(measure(Clock::wall, [&] { floor.commit(bytes); }).seconds);
  }
  const Spread spread = spread_of(std::move(times));
  return std::string(spread.median < kSlowFlushSeconds ? "fast" : "slow") + ": a flush takes " +
         format_seconds(spread.median) + " (" + format_seconds(spread.lower_quartile) + "–" +
         format_seconds(spread.upper_quartile) + ")";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> describe_machine(Scratch& scratch) {
  return {
      {"processor", processor()},
      {"cores", std::to_string(std::thread::hardware_concurrency())},
      {"kernel", kernel()},
      {"file system", file_system(scratch)},
      {"disk", flush_regime(scratch)},
      {"compiler", __VERSION__},
      {"SQLite", SqliteNotes::version()},
      {"LMDB", LmdbNotes::version()},
      {"RocksDB", RocksDb::version()},
      {"simdjson", SimdjsonText::version()},
      {"nlohmann", NlohmannDocument::version()},
#ifdef STET_BENCH_MSGPACK
      {"msgpack-c", MsgpackDocument::version()},
#endif
  };
}

}  // namespace stet::bench
