#include "support/store_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace stet::test {

namespace {

constexpr std::string_view kMore = "more";

class NoSink final : public tree::ChunkSink {
 public:
  Result<void> put(std::span<const ChunkView>) override { return {}; }
};

std::string id_text(const Id& id) { return std::string(as_text(id.bytes)); }

Error not_as_recorded(const std::string& spec) {
  return {ErrorCode::corrupt, fmt::format("{} isn't what its version says", spec)};
}

Result<std::string> content_shown(Store& store, const std::string& spec, const Version& version) {
  STET_TRY(const Value value, store.load(spec));
  std::optional<Bytes> source;
  if (version.source) {
    STET_TRY(source, store.load_source(spec));
  }
  STET_TRY(std::string content, content_of(value, source));
  if (!content.starts_with(id_text(version.root.id))) return not_as_recorded(spec);
  return content;
}

Result<std::string> versions_shown(Store& store, const std::string& name) {
  std::vector<VersionInfo> versions;
  STET_CHECK(store.log(name, [&](const VersionInfo& version) {
    versions.push_back(version);
    return true;
  }));
  std::string contents;
  for (const VersionInfo& version : versions) {
    STET_TRY(const std::string content,
             content_shown(store, name + "@" + version.id.to_string(), version.version));
    contents += content;
  }
  return contents;
}

Result<std::string> pin_shown(Store& store, const RefValue& value) {
  Id id;
  if (value.size() < kIdBytes) return Error(ErrorCode::corrupt, "a pin that is too short");
  std::copy_n(value.begin(), kIdBytes, id.bytes.begin());
  const std::string name(as_text(BytesView(value).subspan(kIdBytes)));
  const std::string spec = name + "@" + id.to_string();
  STET_TRY(const VersionInfo version, store.show(spec));
  STET_TRY(const std::string content, content_shown(store, spec, version.version));
  return name + ":" + content;
}

Result<void> add_refs(Store& store, State& state) {
  constexpr std::size_t kPage = 3;  // few, so that paging is used
  constexpr std::string_view kRemoved = "sys/removed/";
  std::map<std::string, std::uint64_t> removed;
  std::string cursor;
  while (true) {
    STET_TRY(const auto page, store.backend().list("", cursor, kPage));
    for (const Ref& ref : page.refs) {
      if (ref.name.starts_with("pin/")) {
        STET_TRY(state[ref.name], pin_shown(store, ref.value));
      } else if (ref.name.starts_with(kRemoved)) {
        ++removed[ref.name.substr(kRemoved.size(), ref.name.find('#') - kRemoved.size())];
      } else if (ref.name == kEpochRef) {
        STET_TRY(const Epoch epoch, decode_epoch(ref.value));
        state[ref.name] = std::to_string(epoch);
      }
    }
    if (!page.next) break;
    cursor = *page.next;
  }
  for (const auto& [name, count] : removed) state["removed/" + name] = std::to_string(count);
  return {};
}

}  // namespace

Result<std::string> content_of(const Value& value, const std::optional<Bytes>& source) {
  NoSink none;
  STET_TRY(const tree::Root root, tree::write(value, none));
  std::string content = id_text(root.id);
  if (!source) return content + "-";
  STET_TRY(const tree::Root source_root, tree::write(Value::bytes(*source), none));
  return content + id_text(source_root.id);
}

Result<Store> open_seeded_store(std::shared_ptr<os::FileSystem> files, bool create,
                                std::uint64_t seed) {
  StoreOptions options;
  options.clock = std::make_shared<CountingClock>();
  options.random = std::make_shared<SeededRandom>(seed);
  options.files = std::move(files);
  options.executor = inline_executor();
  options.create = create;
  return Store::open("file:" + kStorePath, std::move(options));
}

Result<State> state_of(Store& store) {
  std::vector<std::string> names;
  STET_CHECK(store.list("", [&](const DocumentInfo& document) {
    names.push_back(document.name);
    return true;
  }));
  State state;
  for (const std::string& name : names) {
    STET_TRY(state["doc/" + name], versions_shown(store, name));
  }
  STET_CHECK(add_refs(store, state));
  STET_TRY(const VerifyReport report, store.verify());
  if (!report.ok()) {
    return Error(ErrorCode::corrupt, "verify: " + report.damage.front().damage.message);
  }
  return state;
}

Result<State> StoreSubject::observe(std::shared_ptr<os::FileSystem> files, bool create) {
  STET_TRY(Store store, open_seeded_store(std::move(files), create, ++seed_));
  return state_of(store);
}

Result<State> StoreSubject::save_more(std::shared_ptr<os::FileSystem> files) {
  STET_TRY(Store store, open_seeded_store(std::move(files), false, ++seed_));
  STET_TRY(State state, state_of(store));
  const Value value = Value(std::string(kMore));
  STET_TRY(state["doc/" + std::string(kMore)], content_of(value, std::nullopt));
  STET_CHECK(store.save(kMore, value));
  return state;
}

}  // namespace stet::test
