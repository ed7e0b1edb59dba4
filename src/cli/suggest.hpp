// Near misses: which known word was probably meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet::cli {

// Insertions, removals, replacements and swaps of neighbours that turn one into the other
// (Damerau-Levenshtein, restricted), in bytes. O(a · b) time.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The known word nearest to `word`, when it is near enough: a third of its length away at most, or
// the only one that `word` begins.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace stet::cli
