// Store's own methods: each hands its work on, and fills in where an error happened.
#include "stet/store.hpp"

#include "stet/engine.hpp"
#include "stet/layer.hpp"
#include "store/kept.hpp"
#include "store/read.hpp"
#include "store/save.hpp"
#include "store/store_calls.hpp"
#include "store/ticket_queue.hpp"
#include "store/transact.hpp"
#include "store/watch_poller.hpp"

namespace stet {

namespace {
// The part of a SPEC that names the document, for errors.
std::string_view name_in(std::string_view spec) {
  return spec.substr(0, std::min(spec.find_first_of("@~"), spec.size()));
}

// Callbacks may use the Store until then, so before its core changes.
void end_tickets(const std::unique_ptr<StoreCore>& core) noexcept {
  if (core) core->tickets().close();
}
}  // namespace

Result<Store> Store::open(std::string_view url, StoreOptions options) {
  EngineOptions engine;
  engine.file = {.files = options.files,
                 .executor = options.executor,
                 .random = options.random,
                 .packer = record_packer(),
                 .create = options.create,
                 .read_only = options.read_only,
                 .lock_wait = options.lock_wait};
  engine.memory = options.memory.get();
  constexpr std::string_view kFile = "file:";
  if (options.past_damage && url.starts_with(kFile)) {
    auto opened = open_damaged_file(std::string(url.substr(kFile.size())), engine.file);
    if (!opened.ok()) return opened.error().in_store(url);
    Store store = over(packing_layer(std::move(opened->backend)), std::move(options));
    store.core_->past_damage = {opened->damaged, std::move(opened->unproven),
                                std::move(opened->lost)};
    return store;
  }
  auto backend = open_engine(url, engine);
  if (!backend.ok()) return backend.error().in_store(url);
  return over(packing_layer(*std::move(backend)), std::move(options));
}

Store Store::over(std::shared_ptr<Backend> backend, StoreOptions options) {
  return Store(std::make_unique<StoreCore>(std::move(backend), std::move(options)));
}

Store::Store(std::unique_ptr<StoreCore> core) : core_(std::move(core)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&& other) noexcept {
  if (this == &other) return *this;
  end_tickets(core_);
  core_ = std::move(other.core_);
  return *this;
}
Store::~Store() { end_tickets(core_); }

StoreCore& Store::settled(std::string_view name) {
  core_->tickets().settle(name);
  return *core_;
}

StoreCore& Store::settled() {
  core_->tickets().settle();
  return *core_;
}

Ticket Store::save_async(std::string_view name, const Value& value, const SaveOptions& options,
                         Ticket::Callback on_done) {
  return core_->tickets().add(name, value, options, std::move(on_done));
}

Result<Saved> Store::save(std::string_view name, const Value& value, const SaveOptions& options,
                          const ProgressCallback& progress) {
  return located(
      save_value(settled(name), std::string(name), value, options, std::nullopt, progress), *core_,
      name);
}

Result<Saved> Store::set(std::string_view name, const Path& path, const Value& value,
                         const SaveOptions& options) {
  return located(set_value(settled(name), std::string(name), path, value, options), *core_, name);
}

Result<Saved> Store::patch(std::string_view name, const Patch& patch, const SaveOptions& options) {
  return located(patch_document(settled(name), std::string(name), patch, options), *core_, name);
}

Result<Saved> Store::merge_patch(std::string_view name, const Value& patch,
                                 const SaveOptions& options) {
  return update(
      name, [&](const Value& before) -> Result<Value> { return apply_merge(before, patch); },
      options);
}

Result<Saved> Store::update(std::string_view name, const ChangeFunction& change,
                            const SaveOptions& options) {
  return located(update_document(settled(name), std::string(name), change, options), *core_, name);
}

Result<Document> Store::open_document(std::string_view name) {
  if (auto checked = located(check_name(name), *core_, name); !checked.ok()) {
    return checked.error();
  }
  Document document(*core_, std::string(name));
  STET_CHECK(document.reload());
  return document;
}

Result<Transacted> Store::transact(const std::function<Result<void>(Transaction&)>& body,
                                   const SaveOptions& options) {
  return located(run_transaction(settled(), body, options), *core_);
}

Result<Value> Store::load(std::string_view spec, const ProgressCallback& progress) {
  return located(load_value(*core_, spec, progress), *core_, name_in(spec));
}

Result<Bytes> Store::load_source(std::string_view spec) {
  return located(load_source_bytes(*core_, spec), *core_, name_in(spec));
}

Result<tree::View> Store::view(std::string_view spec) {
  const auto found = located(
      read_again_if_swept(*core_, name_in(spec), [&] { return resolve_content(*core_, spec); }),
      *core_, name_in(spec));
  if (!found.ok()) return found.error();
  return tree::View(found->version.root, core_->chunks());
}

Result<VersionInfo> Store::show(std::string_view spec) {
  const auto found =
      located(read_again_if_swept(*core_, name_in(spec), [&] { return resolve(*core_, spec); }),
              *core_, name_in(spec));
  if (!found.ok()) return found.error();
  return VersionInfo{found->id, found->version};
}

Result<void> Store::list(std::string_view prefix,
                         const std::function<bool(const DocumentInfo&)>& each) {
  return located(list_documents(*core_, prefix, each), *core_);
}

Result<void> Store::log(std::string_view spec, const std::function<bool(const VersionInfo&)>& each,
                        const ProgressCallback& progress) {
  return located(walk_log(*core_, spec, each, progress), *core_, name_in(spec));
}

Result<Patch> Store::diff(std::string_view before_spec, std::string_view after_spec,
                          const ProgressCallback& progress) {
  return located(diff_versions(*core_, before_spec, after_spec, progress), *core_);
}

Result<Saved> Store::restore(std::string_view spec, const SaveOptions& options) {
  return located(restore_version(settled(name_in(spec)), spec, options), *core_, name_in(spec));
}

Result<Saved> Store::copy(std::string_view spec, std::string_view name,
                          const SaveOptions& options) {
  core_->tickets().settle(name_in(spec));
  return located(copy_version(settled(name), spec, std::string(name), options), *core_, name);
}

Result<void> Store::remove(std::string_view name) {
  return located(remove_document(settled(name), std::string(name)), *core_, name);
}

Result<void> Store::pin(std::string_view label, std::string_view spec) {
  return located(pin_version(settled(name_in(spec)), label, spec), *core_, name_in(spec));
}

Result<void> Store::unpin(std::string_view label) {
  return located(unpin_version(*core_, label), *core_);
}

Result<void> Store::hold(std::string_view name, std::string_view reason) {
  return located(hold_document(settled(name), std::string(name), reason), *core_, name);
}

Result<void> Store::release(std::string_view name) {
  return located(release_document(settled(name), std::string(name)), *core_, name);
}

Result<std::uint64_t> Store::prune(std::string_view name, const PrunePolicy& policy,
                                   const ProgressCallback& progress) {
  return located(prune_document(settled(name), std::string(name), policy, progress), *core_, name);
}

Result<SweepReport> Store::compact(const ProgressCallback& progress) {
  return located(compact_store(*core_, progress), *core_);
}

Result<VerifyReport> Store::verify(std::string_view name, const ProgressCallback& progress) {
  return located(verify_store(*core_, name, progress), *core_, name);
}

Result<RepairReport> Store::repair(std::span<Store* const> sources, const RepairOptions& options,
                                   const ProgressCallback& progress) {
  std::vector<StoreCore*> cores;
  for (Store* const source : sources) cores.push_back(source->core_.get());
  return located(repair_store(settled(), cores, options, progress), *core_);
}

Result<BackupReport> Store::backup_to(Store& target, const ProgressCallback& progress) {
  StoreCore& to = target.settled();
  return back_up(settled(), to, progress);
}

Result<void> Store::export_car_to(const ArchiveWriter& out, std::span<const std::string> specs,
                                  const ExportOptions& options, const ProgressCallback& progress) {
  return located(export_archive(*core_, specs, out, options, progress), *core_);
}

Result<Bytes> Store::export_car(std::span<const std::string> specs, const ExportOptions& options,
                                const ProgressCallback& progress) {
  Bytes archive;
  const auto keep = [&archive](BytesView piece) {
    archive.insert(archive.end(), piece.begin(), piece.end());
    return Result<void>();
  };
  const auto restart = [&archive] { archive.clear(); };
  const auto exported = export_archive(*core_, specs, keep, options, progress, restart);
  STET_CHECK(located(exported, *core_));
  return archive;
}

Result<Imported> Store::import_car_from(car::Source& archive, const ImportOptions& options,
                                        const ProgressCallback& progress) {
  return located(import_archive(settled(), archive, options, progress), *core_);
}

Result<Imported> Store::import_car(BytesView archive, const ImportOptions& options,
                                   const ProgressCallback& progress) {
  car::MemorySource source(archive);
  return import_car_from(source, options, progress);
}

Result<Watch> Store::watch(std::string_view prefix, std::int64_t interval_ms,
                           Watch::Callback changed) {
  auto poller = std::make_unique<Watch::Poller>(core_->shared_backend(), prefix, interval_ms,
                                                std::move(changed));
  if (auto started = located(poller->start(), *core_); !started.ok()) return started.error();
  return Watch(std::move(poller));
}

BackendInfo Store::info() const { return core_->backend().info(); }
BackendCounters Store::counters() const { return core_->backend().counters(); }
Backend& Store::backend() { return core_->backend(); }

}  // namespace stet
