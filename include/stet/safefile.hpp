// The safefile room's door: replacing a whole file so that a crash leaves the old one or the new
// one, never a part. Everything that writes a user's file (exports, `-o`) goes through here.
//
// How: a temporary in the same folder (made exclusively, 0600, unpredictable name), all bytes, the
// mode and owner of what is replaced, sync, rename, sync of the folder. A crash may leave the
// temporary behind (".stet-….tmp"); a failure does not.
//
// What is decided:
// - A symbolic link stays, and the file that it points to is replaced; one that points to nothing
//   is refused (not_found).
// - Other hard links of the file keep the old content: only this name moves to the new file.
// - A file that may not be written is not replaced, though its folder would allow it (denied).
// - Permission bits are kept without set-user-id and the like. Where the group can't be kept, the
//   bits for the group are dropped, since they were meant for another.
// - Folders, FIFOs, sockets and devices are refused (invalid).
// - Two that replace one file at once: the later rename wins; neither sees a mixture.
//
// Thread rule: from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "stet/base.hpp"
#include "stet/os.hpp"

namespace stet::safefile {

struct ReplaceOptions {
  std::uint32_t mode = 0600;                 // of a file that is new
  std::shared_ptr<Random> random = nullptr;  // for the temporary's name; the system's where null
};

// Where a writer puts the new content, piece by piece. Unbuffered: give pieces of some KB.
class Output {
 public:
  explicit Output(os::File& file) noexcept : file_(file) {}
  Result<void> append(BytesView bytes);
  std::uint64_t size_bytes() const noexcept { return offset_; }

 private:
  os::File& file_;
  std::uint64_t offset_ = 0;
};

using Writer = std::function<Result<void>(Output&)>;

// When it returns without an error the new content is durable. Errors: outcome_unknown when the new
// file is in place but its folder could not be synced (the old one may come back after a loss of
// power); after any other error the old file is as it was. An error of the writer is passed on.
Result<void> replace_file(os::FileSystem& files, const std::string& path, const Writer& writer,
                          const ReplaceOptions& options = {});
Result<void> replace_file(os::FileSystem& files, const std::string& path, BytesView bytes,
                          const ReplaceOptions& options = {});

}  // namespace stet::safefile
