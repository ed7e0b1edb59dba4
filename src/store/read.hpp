// Reading versions: values, kept sources, pages of documents.
#pragma once

#include <string>
#include <string_view>

#include "store/resolve.hpp"

namespace stet {

// The value of the document's head. Reads only what differs from the value last known, and is what
// is known afterwards.
Result<Value> value_of_head(StoreCore& core, const std::string& name, const Id& id,
                            const Version& version, const ProgressCallback& progress = {});
// The value of any version, read whole.
Result<Value> value_of_version(StoreCore& core, const Id& id, const Version& version,
                               const ProgressCallback& progress = {});

// The document as it is now; nothing where there is none.
Result<std::optional<KnownVersion>> load_head(StoreCore& core, const std::string& name);

}  // namespace stet
