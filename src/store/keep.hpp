// Holds, as changes have to heed them.
#pragma once

#include <string>

#include "store/commit.hpp"

namespace stet {

// Errors: denied, while the document is held. The commit asserts that it stays unheld.
Result<void> deny_while_held(StoreCore& core, Commit& commit, const std::string& name);

}  // namespace stet
