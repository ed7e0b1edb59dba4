#include "engine/file_properties.hpp"

#include <algorithm>

#include "engine/file/block.hpp"
#include "engine/file/header.hpp"
#include "stet/engine.hpp"
#include "support/simulated_disk.hpp"

namespace stet::fuzz {

namespace {

constexpr std::size_t kSlotBytes = 112;
const std::string kPath = "/store.stet";

void store_hash(MutableBytes bytes, const file::Salt& salt) {
  const std::size_t hashed = bytes.size() - sizeof(file::Hash);
  const file::Hash hash = file::hash_of(salt, bytes.first(hashed));
  std::copy(hash.begin(), hash.end(), bytes.begin() + static_cast<std::ptrdiff_t>(hashed));
}

// Gives every frame that has a checksum the right one, as far as the frames can be walked.
void mend_log(Bytes& all, const file::Salt& salt) {
  file::Position position;
  std::size_t at = file::kHeaderBytes;
  while (at + file::kFrameHeaderBytes <= all.size()) {
    const file::FrameHeader header = file::load_frame_header(&all[at]);
    const std::size_t end = at + file::kFrameHeaderBytes + header.length;
    if (end > all.size()) return;
    const auto kind = static_cast<file::FrameKind>(header.kind);
    MutableBytes payload = MutableBytes(all).subspan(at + file::kFrameHeaderBytes, header.length);
    if (kind == file::FrameKind::blocks) {
      for (std::size_t i = 0; i + file::kBlockBytes <= payload.size(); i += file::kBlockBytes) {
        file::seal_block(payload.subspan(i, file::kBlockBytes), salt,
                         at + file::kFrameHeaderBytes + i);
      }
    } else if (kind == file::FrameKind::manifest && payload.size() > sizeof(file::Hash)) {
      store_hash(payload, salt);
    } else if (kind == file::FrameKind::commit && payload.size() == file::kCommitBytes) {
      std::copy(file::kCommitMagic.begin(), file::kCommitMagic.end(), payload.begin());
      file::store_number(&payload[8], position.sequence + 1);
      file::store_number(&payload[24], position.end);
      std::copy(position.chain.begin(), position.chain.end(), payload.begin() + 32);
      store_hash(MutableBytes(all).subspan(position.end, end - position.end), salt);
      std::copy_n(payload.begin() + 48, sizeof(file::Hash), position.chain.begin());
      position.end = end;
      ++position.sequence;
    }
    at = end;
  }
}

Bytes make_file(BytesView input) {
  const file::Salt salt = {1, 2, 3};
  Bytes all = file::encode_header(salt);
  const bool mended = !input.empty() && (input[0] & 1) != 0;
  input = input.subspan(std::min<std::size_t>(1, input.size()));
  for (const std::uint64_t slot : {file::kSectorBytes, 2 * file::kSectorBytes}) {
    const std::size_t length = std::min(kSlotBytes, input.size());
    std::copy_n(input.begin(), length, all.begin() + static_cast<std::ptrdiff_t>(slot));
    input = input.subspan(length);
    if (mended) store_hash(MutableBytes(all).subspan(slot, kSlotBytes), salt);
  }
  all.insert(all.end(), input.begin(), input.end());
  if (mended) mend_log(all, salt);
  return all;
}

void read_all(Backend& backend) {
  const auto page = backend.list("", "", 100);
  (void)backend.check({});
  if (!page.ok()) return;
  for (const Ref& ref : page->refs) {
    Id id;
    std::copy_n(ref.value.begin(), std::min(ref.value.size(), kIdBytes), id.bytes.begin());
    (void)backend.get({&id, 1});
  }
}

}  // namespace

std::string file_property(BytesView input) {
  test::DiskImage image;
  image.put_file(kPath, make_file(input));
  FileEngineOptions options;
  options.files = std::make_shared<test::SimulatedDisk>(std::move(image));
  options.executor = inline_executor();
  options.create = false;
  const RefChange change{"fuzz/saved", std::nullopt, Bytes{1}, false};
  {
    const auto opened = open_file(kPath, options);
    if (!opened.ok()) return "";
    read_all(**opened);
    const auto saved = (*opened)->swap({&change, 1});
    if (!saved.ok() || !saved->done) return "";
  }
  const auto again = open_file(kPath, options);
  if (!again.ok()) return "a store that took a save does not open: " + again.error().to_string();
  const auto found = (*again)->read({&change.name, 1});
  if (!found.ok() || found->front() != change.next) return "an acknowledged save is gone";
#ifdef STET_FUZZ_CANARY
  if ((*again)->info().notes.empty() && (*again)->list("doc/", "", 9)->refs.size() == 2) {
    return "the canary: a store with two documents";
  }
#endif
  return "";
}

}  // namespace stet::fuzz
