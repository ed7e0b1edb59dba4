#include "cli/archive.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "cli/files.hpp"
#include "stet/codec.hpp"
#include "stet/store.hpp"

namespace stet::cli {

Bytes archive_of_document(const Value& document) {
  const Bytes encoded = dag_cbor::encode(document);
  const std::array<Cid, 1> root = {Cid::of(id_of(encoded))};
  Bytes archive;
  car::append_header(root, archive);
  car::append_block(root[0], encoded, archive);
  return archive;
}

Result<Value> document_of_archive(BytesView archive, const DecodeLimits& limits) {
  STET_TRY(Store scratch, Store::open("mem:"));
  const auto imported = scratch.import_car(archive, {.limits = limits});
  if (!imported.ok()) {
    ErrorContext context = imported.error().context();
    context.store.clear();  // nobody knows of the one in between
    return Error(imported.error().code(), imported.error().message(), std::move(context));
  }
  if (imported->documents.size() != 1) {
    return Error(
        ErrorCode::invalid,
        fmt::format("the archive holds {} documents, not one: 'stet import' takes them all",
                    imported->documents.size()));
  }
  return scratch.load(imported->documents.front());
}

namespace {

class ArchiveFile final : public car::Source {
 public:
  ArchiveFile(OpenFile file, std::string path, std::uint64_t size_bytes)
      : file_(std::move(file)), path_(std::move(path)), size_bytes_(size_bytes) {}
  std::uint64_t size_bytes() const override { return size_bytes_; }
  Result<void> read(std::uint64_t offset, MutableBytes out) override {
    const int descriptor = fileno(file_.get());
    while (!out.empty()) {
      const ssize_t count = ::pread(descriptor, out.data(), out.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        const std::string why = count < 0 ? std::strerror(errno) : "it is shorter than it was";
        return Error(ErrorCode::io, fmt::format("cannot read '{}': {}", path_, why)).at_path(path_);
      }
      offset += static_cast<std::uint64_t>(count);
      out = out.subspan(static_cast<std::size_t>(count));
    }
    return {};
  }

 private:
  OpenFile file_;
  std::string path_;
  std::uint64_t size_bytes_;
};

// How many bytes went over.
std::uint64_t spool(std::FILE* from, std::FILE* to, const std::string& path,
                    const DecodeLimits& limits) {
  constexpr std::size_t kPartBytes = 256u << 10;
  Bytes piece(kPartBytes);
  std::uint64_t all = 0;
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), from)) {
    all += got;
    if (all > limits.input_bytes_max) fail_too_long(path, limits);
    if (std::fwrite(piece.data(), 1, got, to) != got) fail_reading("a temporary file", errno);
  }
  if (std::ferror(from)) fail_reading(path, errno);
  if (std::fflush(to) != 0) fail_reading("a temporary file", errno);
  return all;
}

}  // namespace

std::unique_ptr<car::Source> open_archive(const std::string& path, const DecodeLimits& limits) {
  OpenFile file = open_to_read(path);
  struct stat status = {};
  if (::fstat(fileno(file.get()), &status) != 0) fail_reading(path, errno);
  if (S_ISDIR(status.st_mode)) fail_reading(path, EISDIR);
  if (path != "-" && S_ISREG(status.st_mode)) {
    return std::make_unique<ArchiveFile>(std::move(file), path,
                                         static_cast<std::uint64_t>(status.st_size));
  }
  OpenFile temporary(std::tmpfile());
  if (!temporary) fail_reading("a temporary file", errno);
  const std::uint64_t size = spool(file.get(), temporary.get(), path, limits);
  return std::make_unique<ArchiveFile>(std::move(temporary), path, size);
}

}  // namespace stet::cli
