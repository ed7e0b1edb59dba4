// Row of memory: what a loaded document takes up.
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>

#include "rows.hpp"
#include "stet/codec.hpp"
#include "warm_heap.hpp"

namespace stet::bench {

namespace {

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  std::size_t resident_pages = 0;
  file >> pages >> resident_pages;
  return resident_pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

Row memory(Context& context) {
  const Bytes cbor = dag_cbor::encode(context.large_value());
  cool_heap();
  const std::size_t before = resident_bytes();
  const std::optional<Value> value = dag_cbor::decode(cbor).value();
  const std::size_t taken = resident_bytes() - before;
  const auto size = static_cast<double>(cbor.size());
  Row row{"Memory of a loaded document",
          "the large score, " + std::to_string(cbor.size() / 1000000) + " MB as CBOR",
          {},
          {}};
  row.findings.push_back({"resident memory against its CBOR",
                          static_cast<double>(taken) / size,
                          "×",
                          Goal{Better::less, 6.0, 3.0},
                          {}});
  row.findings.push_back({"as the value counts itself",
                          static_cast<double>(value->memory_bytes()) / size,
                          "×",
                          {},
                          {}});
  return row;
}

}  // namespace stet::bench
