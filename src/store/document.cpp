#include "stet/store/document.hpp"

#include "store/read.hpp"
#include "store/save.hpp"
#include "store/ticket_queue.hpp"

namespace stet {

bool Document::changed() const {
  return !version_ || !(value_.same_node(saved_) || value_ == saved_);
}

Result<Saved> Document::save(const SaveOptions& options, const ProgressCallback& progress) {
  SaveOptions ours = options;
  ours.expected = version_ ? ExpectedHead(version_->id) : ExpectedHead();
  return save_as(ours, progress);
}

Result<Saved> Document::save_over(const SaveOptions& options, const ProgressCallback& progress) {
  SaveOptions over = options;
  over.expected.reset();
  return save_as(over, progress);
}

Result<Saved> Document::save_as(const SaveOptions& options, const ProgressCallback& progress) {
  core_->tickets().settle(name_);
  std::optional<KnownVersion> base;
  if (version_) base = KnownVersion{version_->id, version_->version, saved_};
  auto change =
      located(change_value(*core_, name_, value_, options, base, progress), *core_, name_);
  if (!change.ok()) return change.error();
  if (change->saved.outcome == Saved::Outcome::conflict) return change->saved;
  version_ = VersionInfo{*change->saved.id, std::move(change->version)};
  saved_ = value_;
  return change->saved;
}

Result<void> Document::reload() {
  auto loaded = located(load_head(*core_, name_), *core_, name_);
  if (!loaded.ok()) return loaded.error();
  version_.reset();
  value_ = saved_ = Value();
  if (!*loaded) return {};
  version_ = VersionInfo{(*loaded)->id, std::move((*loaded)->version)};
  value_ = saved_ = std::move((*loaded)->value);
  return {};
}

}  // namespace stet
