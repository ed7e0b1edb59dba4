// Row of memory: what a loaded document takes up.
#include <malloc.h>

#include <optional>
#include <string>

#include "rows.hpp"
#include "stet/codec.hpp"

namespace stet::bench {

namespace {

std::size_t heap_bytes() {
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

}  // namespace

Row memory(Context& context) {
  const Bytes cbor = dag_cbor::encode(context.large_value());
  const std::size_t before = heap_bytes();
  const std::optional<Value> value = dag_cbor::decode(cbor).value();
  const std::size_t heap = heap_bytes() - before;
  const auto size = static_cast<double>(cbor.size());
  Row row{"Memory of a loaded document",
          "the large score, " + std::to_string(cbor.size() / 1000000) + " MB as CBOR",
          {},
          {}};
  row.findings.push_back({"heap against its CBOR",
                          static_cast<double>(heap) / size,
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
