// Running the body of a transaction.
#pragma once

#include <functional>

#include "stet/store/transaction.hpp"
#include "store/save.hpp"

namespace stet {

Result<Transacted> run_transaction(StoreCore& core,
                                   const std::function<Result<void>(Transaction&)>& body,
                                   const SaveOptions& options);

}  // namespace stet
