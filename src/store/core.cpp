#include "store/core.hpp"

#include <fmt/format.h>

#include "store/ref_names.hpp"
#include "store/ticket_queue.hpp"

namespace stet {

namespace {

StoreOptions with_defaults(StoreOptions options) {
  if (!options.clock) options.clock = system_clock();
  if (!options.random) options.random = system_random();
  return options;
}

Error missing_chunk(const Id& id) {
  return {ErrorCode::corrupt,
          fmt::format("chunk {} is missing from the store: run verify, and take it from a backup",
                      id.short_form())};
}

}  // namespace

Result<std::vector<std::optional<Bytes>>> DirectChunks::get(std::span<const Id> ids) {
  STET_TRY(auto chunks, backend_.get(ids));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!chunks[i]) return missing_chunk(ids[i]);
  }
  return chunks;
}

Result<std::vector<std::optional<Bytes>>> CachedChunks::get(std::span<const Id> ids) {
  std::vector<std::optional<Bytes>> chunks(ids.size());
  std::vector<Id> missing;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    chunks[i] = cache_.find(ids[i]);
    if (chunks[i]) continue;
    missing.push_back(ids[i]);
    places.push_back(i);
  }
  if (missing.empty()) return chunks;
  std::vector<std::optional<Bytes>> read(1);
  if (missing.size() == 1) {
    STET_TRY(read.front(), backend_.get_on_path(missing.front()));
  } else {
    STET_TRY(read, backend_.get(missing));
  }
  for (std::size_t i = 0; i < missing.size(); ++i) {
    if (!read[i]) return missing_chunk(missing[i]);
    chunks[places[i]] = std::move(read[i]);
  }
  return chunks;
}

StoreCore::StoreCore(std::shared_ptr<Backend> backend, StoreOptions options)
    : backend_(std::move(backend)),
      options_(with_defaults(std::move(options))),
      url_(backend_->url()),
      cache_(options_.chunk_cache_bytes_max),
      known_(options_.known_bytes_max),
      cached_chunks_(*backend_, cache_),
      direct_chunks_(*backend_),
      tickets_(std::make_shared<TicketQueue>(*this)) {}

Result<Version> StoreCore::version(const Id& id) {
  if (auto decoded = versions_.find(id)) return *std::move(decoded);
  std::optional<Bytes> bytes = cache_.find(id);
  if (!bytes) {
    STET_TRY(auto read, backend_->get_on_path(id));
    STET_TRY(bytes, check_record(id, std::move(read)));
    cache_.insert(id, *bytes);
  }
  auto version = decode_version(*bytes);
  if (!version.ok()) return version.error().at_version(id.short_form());
  versions_.insert(id, *version);
  return version;
}

Result<Bytes> StoreCore::check_record(const Id& id, std::optional<Bytes> read) {
  if (!read) {
    return Error(ErrorCode::not_found,
                 fmt::format("version {} is not in the store", id.short_form()))
        .at_version(id.short_form());
  }
  if (id_of(*read) == id) return *std::move(read);
  return Error(ErrorCode::corrupt,
               fmt::format("the record of version {} is damaged: run verify", id.short_form()))
      .at_version(id.short_form());
}

VersionSource StoreCore::stored_versions() {
  return [this](const Id& id) -> Result<Version> {
    STET_TRY(auto read, backend_->get({&id, 1}));
    STET_TRY(const Bytes record, check_record(id, std::move(read.front())));
    auto version = decode_version(record);
    return version.ok() ? std::move(version) : version.error().at_version(id.short_form());
  };
}

void StoreCore::forget_chunks() {
  versions_.clear();
  cache_.clear();
}

VersionSource StoreCore::versions() {
  return [this](const Id& id) { return version(id); };
}

Result<Boundary> StoreCore::boundary_in(tree::ChunkSource& chunks, const RefValue& value) {
  STET_TRY(const Id id, refs::id_in(refs::kBoundaries, value));
  STET_TRY(const auto bytes, chunks.get(std::span(&id, 1)));
  if (id_of(*bytes.front()) == id) return decode_boundary(*bytes.front());
  return Error(ErrorCode::corrupt,
               fmt::format("the boundary {} of a pruned history is damaged", id.short_form()));
}

Result<Boundary> StoreCore::boundary(const std::optional<RefValue>& value) {
  return value ? boundary_in(chunks(), *value) : Boundary{};
}

Result<History> StoreCore::history(const Head& head) {
  STET_TRY(Boundary kept, boundary(head.boundary));
  return History(versions(), std::move(kept));
}

Result<Head> StoreCore::read_head(std::string_view name) {
  const std::string names[] = {refs::document(name), refs::boundary(name)};
  STET_TRY(auto values, backend_->read(names));
  Head head;
  head.boundary = std::move(values[1]);
  if (values[0]) {
    STET_TRY(head.id, refs::id_in(names[0], *values[0]));
  }
  return head;
}

Result<std::vector<Ref>> StoreCore::refs_under(std::string_view prefix) {
  constexpr std::size_t kPage = 1000;
  std::vector<Ref> found;
  std::string cursor;
  while (true) {
    STET_TRY(RefPage page, backend_->list(prefix, cursor, kPage));
    std::move(page.refs.begin(), page.refs.end(), std::back_inserter(found));
    if (!page.next) return found;
    cursor = *std::move(page.next);
  }
}

bool may_be_swept(const Error& error) {
  return error.code() == ErrorCode::corrupt || error.code() == ErrorCode::not_found;
}

Error no_such_document(std::string_view name) {
  return Error(ErrorCode::not_found, fmt::format("there is no document '{}'", name))
      .in_document(name);
}

Error content_was_pruned(const Id& version) {
  return Error(ErrorCode::not_found,
               fmt::format("the content of version {} was pruned", version.short_form()))
      .at_version(version.short_form());
}

}  // namespace stet
