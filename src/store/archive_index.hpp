// The index: the first root of an archive that Stet writes. It names the versions that are in it,
// so that an import elsewhere gives the same documents with the same ids. docs/format.md,
// "Archives".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stet/history.hpp"

namespace stet {

struct ArchiveIndex {
  struct Entry {
    std::string name;
    Id version;
    Boundary boundary;
    bool operator==(const Entry&) const = default;
  };
  std::vector<Entry> documents;
};

Bytes encode_index(const ArchiveIndex& index);
// Nothing where the block is no index. Errors: newer_format; invalid where it says that it is one
// but isn't whole.
Result<std::optional<ArchiveIndex>> decode_index(BytesView bytes);

}  // namespace stet
