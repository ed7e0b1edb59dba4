// Holds, as changes have to heed them.
#pragma once

#include <string>

#include "store/attempt.hpp"

namespace stet {

// Errors: denied, while the document is held. The attempt asserts that it stays unheld.
Result<void> deny_while_held(StoreCore& core, Attempt& attempt, const std::string& name);

}  // namespace stet
