// The rows of the table of goals, in its order. Each measures all its sides and names its goals.
#pragma once

#include <span>
#include <string_view>

#include "context.hpp"
#include "harness.hpp"

namespace stet::bench {

struct RowEntry {
  std::string_view name;  // as --only takes it
  Row (*run)(Context& context);
};

std::span<const RowEntry> all_rows();

Row durable_edit(Context& context);
Row larger_document(Context& context);
Row edit_in_memory(Context& context);
Row sixteen_writers(Context& context);
Row decode(Context& context);
Row encode(Context& context);
Row full_save(Context& context);
Row full_load(Context& context);
Row read_one_note(Context& context);
Row bytes_a_version(Context& context);
Row memory(Context& context);
Row diff_of_versions(Context& context);
Row json_import(Context& context);
Row open_large_store(Context& context);

}  // namespace stet::bench
