// A store's file that is damaged at rest, and how it reads then.
//
// Thread rule: one thread.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "support/backend_work.hpp"

namespace stet::test {

inline constexpr std::size_t kHeaderBytes = 12288;  // docs/format.md

struct Sample {
  Bytes bytes;                     // of the store's file
  std::vector<State> states;       // committed, in order
  std::set<std::size_t> log_ends;  // where the log ended after each step
};

// Behind what was written there are zeros to write into.
std::size_t written_bytes(const Bytes& bytes);
Sample make_sample(const std::vector<Step>& steps);

enum class Reading { latest, reported_older, refused };
// How a store of these bytes reads. Adds a failure for anything that must not be: data that is
// wrong, an older state that isn't reported, an error of another type.
Reading read_damaged(const Sample& sample, const Bytes& bytes, const std::string& how);

inline const std::vector<Step> kPlain = {Step::save_a, Step::save_b, Step::save_both, Step::save_a};
inline const std::vector<Step> kCompacted = {Step::save_a,   Step::save_b, Step::save_both,
                                             Step::remove_a, Step::sweep,  Step::save_a};
inline const std::vector<Step> kIndexed = {Step::save_many, Step::save_a, Step::save_many,
                                           Step::save_b};

}  // namespace stet::test
