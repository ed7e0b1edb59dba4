#include "support/tampered_files.hpp"

#include <algorithm>
#include <mutex>

#include "os/errors.hpp"

namespace stet::test {

namespace {

// A Result of `call`, unless the judge has it another way. `skipped` is what a skipped call says.
template <class Function>
auto judged(const Judge& judge, const Call& call, const Function& function,
            decltype(function()) skipped) -> decltype(function()) {
  const Verdict verdict = judge(call);
  switch (verdict.kind) {
    case Verdict::Kind::fail:
      return os::system_error(verdict.number, "reach", call.path);
    case Verdict::Kind::skip:
      return skipped;
    case Verdict::Kind::try_twice: {
      auto first = function();
      return first.ok() ? std::move(first) : function();
    }
    case Verdict::Kind::pass:
    case Verdict::Kind::fail_late:
    case Verdict::Kind::shorten:
    case Verdict::Kind::lie:
      break;
  }
  return function();
}

Error no_answer() { return {ErrorCode::internal, "a judge may not skip a call with a result"}; }

class TamperedFile final : public os::File {
 public:
  TamperedFile(std::unique_ptr<os::File> file, std::shared_ptr<const Judge> judge)
      : file_(std::move(file)), judge_(std::move(judge)) {}

  const std::string& path() const noexcept override { return file_->path(); }

  Result<std::size_t> read_some(std::uint64_t offset, MutableBytes out) override {
    const Verdict verdict = (*judge_)({Call::Kind::read, path(), out.size()});
    if (verdict.kind == Verdict::Kind::fail) {
      return os::system_error(verdict.number, "read", path());
    }
    if (verdict.kind == Verdict::Kind::shorten)
      out = out.first(std::min(verdict.bytes, out.size()));
    return file_->read_some(offset, out);
  }

  Result<std::size_t> write_some(std::uint64_t offset, BytesView bytes) override {
    const Verdict verdict = (*judge_)({Call::Kind::write, path(), bytes.size()});
    switch (verdict.kind) {
      case Verdict::Kind::fail:
        return os::system_error(verdict.number, "write", path());
      case Verdict::Kind::fail_late:
        STET_CHECK(file_->write_all(offset, bytes));
        return os::system_error(verdict.number, "write", path());
      case Verdict::Kind::shorten:
        return file_->write_some(offset, bytes.first(std::min(verdict.bytes, bytes.size())));
      case Verdict::Kind::lie:
        STET_CHECK(file_->write_some(offset, bytes.first(std::min(verdict.bytes, bytes.size()))));
        return bytes.size();
      case Verdict::Kind::skip:
        return bytes.size();
      case Verdict::Kind::pass:
      case Verdict::Kind::try_twice:
        break;
    }
    return file_->write_some(offset, bytes);
  }

  Result<void> sync_data() override {
    return judged(*judge_, {Call::Kind::sync_data, path()}, [&] { return file_->sync_data(); }, {});
  }
  Result<void> sync_all() override {
    return judged(*judge_, {Call::Kind::sync_all, path()}, [&] { return file_->sync_all(); }, {});
  }
  Result<void> start_sync(std::uint64_t offset, std::uint64_t length) override {
    return judged(*judge_, {Call::Kind::start_sync, path(), static_cast<std::size_t>(length)},
                  [&] { return file_->start_sync(offset, length); }, {});
  }
  Result<void> truncate(std::uint64_t size_bytes) override {
    return judged(*judge_, {Call::Kind::truncate, path()},
                  [&] { return file_->truncate(size_bytes); }, {});
  }
  Result<os::FileStatus> status() override {
    return judged(
        *judge_, {Call::Kind::file_status, path()}, [&] { return file_->status(); }, no_answer());
  }
  Result<void> set_mode(std::uint32_t mode) override {
    return judged(*judge_, {Call::Kind::set_attributes, path()},
                  [&] { return file_->set_mode(mode); }, {});
  }
  Result<void> set_owner(std::uint32_t user, std::uint32_t group) override {
    return judged(*judge_, {Call::Kind::set_attributes, path()},
                  [&] { return file_->set_owner(user, group); }, {});
  }
  Result<bool> try_lock(os::LockKind kind, std::uint64_t offset, std::uint64_t length) override {
    return judged(
        *judge_, {Call::Kind::lock, path()}, [&] { return file_->try_lock(kind, offset, length); },
        true);
  }
  Result<void> unlock(std::uint64_t offset, std::uint64_t length) override {
    return judged(*judge_, {Call::Kind::unlock, path()},
                  [&] { return file_->unlock(offset, length); }, {});
  }
  std::string lock_holder(std::uint64_t offset, std::uint64_t length) override {
    return file_->lock_holder(offset, length);
  }

 private:
  const std::unique_ptr<os::File> file_;
  const std::shared_ptr<const Judge> judge_;
};

class TamperedFiles final : public os::FileSystem {
 public:
  TamperedFiles(std::shared_ptr<os::FileSystem> files, Judge judge)
      : files_(std::move(files)), judge_(std::make_shared<const Judge>(std::move(judge))) {}

  Result<std::unique_ptr<os::File>> open(const std::string& path, os::OpenMode how,
                                         std::uint32_t mode) override {
    const Verdict verdict = (*judge_)({Call::Kind::open, path});
    if (verdict.kind == Verdict::Kind::fail) {
      return os::system_error(verdict.number, "open", path);
    }
    STET_TRY(auto file, files_->open(path, how, mode));
    return std::unique_ptr<os::File>(std::make_unique<TamperedFile>(std::move(file), judge_));
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return judged(*judge_, {Call::Kind::rename, to}, [&] { return files_->rename(from, to); }, {});
  }
  Result<void> rename_new(const std::string& from, const std::string& to) override {
    return judged(*judge_, {Call::Kind::rename_new, to},
                  [&] { return files_->rename_new(from, to); }, {});
  }
  Result<void> link(const std::string& from, const std::string& to) override {
    return judged(*judge_, {Call::Kind::link, to}, [&] { return files_->link(from, to); }, {});
  }
  Result<void> remove(const std::string& path) override {
    return judged(*judge_, {Call::Kind::remove, path}, [&] { return files_->remove(path); }, {});
  }
  Result<void> make_directory(const std::string& path, std::uint32_t mode) override {
    return judged(*judge_, {Call::Kind::make_directory, path},
                  [&] { return files_->make_directory(path, mode); }, {});
  }
  Result<void> sync_directory(const std::string& path) override {
    return judged(*judge_, {Call::Kind::sync_directory, path},
                  [&] { return files_->sync_directory(path); }, {});
  }
  Result<std::optional<os::FileStatus>> status(const std::string& path) override {
    return judged(
        *judge_, {Call::Kind::path_status, path}, [&] { return files_->status(path); },
        no_answer());
  }
  Result<std::optional<os::FileStatus>> link_status(const std::string& path) override {
    return judged(
        *judge_, {Call::Kind::path_status, path}, [&] { return files_->link_status(path); },
        no_answer());
  }
  Result<std::string> real_path(const std::string& path) override {
    return judged(
        *judge_, {Call::Kind::real_path, path}, [&] { return files_->real_path(path); },
        no_answer());
  }
  Result<std::vector<std::string>> list_directory(const std::string& path) override {
    return judged(
        *judge_, {Call::Kind::list_directory, path}, [&] { return files_->list_directory(path); },
        no_answer());
  }
  Result<std::string> file_system_kind(const std::string& path) override {
    return judged(
        *judge_, {Call::Kind::file_system_kind, path},
        [&] { return files_->file_system_kind(path); }, no_answer());
  }

 private:
  const std::shared_ptr<os::FileSystem> files_;
  const std::shared_ptr<const Judge> judge_;
};

}  // namespace

std::shared_ptr<os::FileSystem> tampered_files(std::shared_ptr<os::FileSystem> files, Judge judge) {
  return std::make_shared<TamperedFiles>(std::move(files), std::move(judge));
}

Judge judge_of(NthFault fault, std::shared_ptr<std::uint64_t> seen) {
  const auto mutex = std::make_shared<std::mutex>();
  return [fault = std::move(fault), seen = std::move(seen), mutex](const Call& call) {
    if (fault.applies && !fault.applies(call)) return Verdict{};
    const std::lock_guard guard(*mutex);
    ++*seen;
    const bool due = *seen == fault.nth || (fault.for_ever && *seen > fault.nth);
    return due ? fault.verdict : Verdict{};
  };
}

}  // namespace stet::test
