// Foreign blocks as documents.
#pragma once

#include "store/archive_blocks.hpp"

namespace stet {

// The value of a root block: raw ones are bytes. With `adopt`, links to blocks of the archive are
// replaced by what these hold, and so on; other links stay. Errors: invalid (a block that the
// archive lacks or that is no strict DAG-CBOR), too_large (deeper or larger than the limits).
Result<Value> foreign_document(ArchiveBlocks& blocks, const Cid& root, bool adopt,
                               const DecodeLimits& limits = {});

}  // namespace stet
