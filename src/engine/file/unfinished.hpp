// Stores that were never finished: what a process that ended while it made one has left under a
// name of its own, PATH.new-RANDOM.
//
// Whoever makes a store holds the writer's lock of its file from the beginning, so a file of that
// name that nobody has locked is nobody's.
#pragma once

#include "engine/file/log.hpp"

namespace stet::file {

std::string unfinished_name(const std::string& path, std::uint64_t number);

// Removes such files beside `path` where they are ours (empty, or they begin as a store) and nobody
// holds them, and further names of the store itself, whose `identity` is known. What can't be
// looked at stays.
void remove_unfinished(os::FileSystem& files, const std::string& path,
                       const std::optional<os::FileIdentity>& identity);

}  // namespace stet::file
