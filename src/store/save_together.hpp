// Saves that are made together: one snapshot of the heads, one put, one swap, one flush.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "store/save.hpp"

namespace stet {

// What one call of a save said, and its answer.
struct SaveCall {
  std::string name;
  Value value;
  SaveOptions options;
  Draft draft;
  std::optional<Result<Saved>> answer{};
};

// Answers each as if it were saved alone, those of one document in their order: several make
// several versions. None fails with another, but by what concerns the store. Precondition: names
// and options were checked. Throws nothing: an exception on the way is an answer too.
void save_together(StoreCore& core, std::span<SaveCall* const> calls) noexcept;
// Makes what it says when there is no memory for it, once, before the first use.
void prepare_answers();

}  // namespace stet
