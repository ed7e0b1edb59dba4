#include "store/stores.hpp"

#include <utility>

namespace stet::test {

Result<std::vector<std::optional<Bytes>>> HookedBackend::get(std::span<const Id> ids) {
  if (before_get_) before_get_();
  gets_ += ids.size();
  auto chunks = HandsOn::get(ids);
  if (!chunks.ok()) return chunks;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (const auto planted = planted_.find(ids[i]); planted != planted_.end()) {
      (*chunks)[i] = planted->second;
    }
  }
  return chunks;
}

Result<RefPage> HookedBackend::list(std::string_view prefix, std::string_view cursor,
                                    std::size_t limit) {
  auto page = HandsOn::list(prefix, cursor, limit);
  if (after_list_) after_list_();
  return page;
}

Result<SwapOutcome> HookedBackend::swap(std::span<const RefChange> changes) {
  if (swap_hook_) {
    const SwapHook hook = std::exchange(swap_hook_, nullptr);
    return hook(changes, below());
  }
  if (before_swap_) {
    const std::function<void()> act = std::exchange(before_swap_, nullptr);
    act();
  }
  return HandsOn::swap(changes);
}

StoreOptions World::options() const {
  StoreOptions options;
  options.clock = clock;
  options.random = random;
  options.author = "tester";
  return options;
}

Value song(std::size_t notes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  ListBuilder list;
  for (std::size_t i = 0; i < notes; ++i) {
    list.append(Value::map({{"pitch", Value(static_cast<std::int64_t>(random() % 128))},
                            {"start", Value(static_cast<std::int64_t>(i * 480))},
                            {"length", Value(480)}}));
  }
  return Value::map({{"title", Value("Song " + std::to_string(seed))}, {"notes", list.build()}});
}

Value with_pitch(const Value& value, std::size_t note, std::int64_t pitch) {
  Path where;
  where.push("notes");
  where.push_index(note);
  where.push("pitch");
  return value.with(where, Value(pitch)).value();
}

std::vector<VersionInfo> log_of(Store& store, std::string_view spec) {
  std::vector<VersionInfo> versions;
  const auto walked = store.log(spec, [&](const VersionInfo& version) {
    versions.push_back(version);
    return true;
  });
  EXPECT_TRUE(walked.ok()) << walked.error().to_string();
  return versions;
}

std::vector<Value> values_of(Store& store, std::string_view name) {
  const std::vector<VersionInfo> versions = log_of(store, name);
  std::vector<Value> values;
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    values.push_back(store.load(std::string(name) + "@" + version->id.to_string()).value());
  }
  return values;
}

std::vector<std::string> names_in(Store& store, std::string_view prefix) {
  std::vector<std::string> names;
  const auto listed = store.list(prefix, [&](const DocumentInfo& document) {
    names.push_back(document.name);
    return true;
  });
  EXPECT_TRUE(listed.ok()) << listed.error().to_string();
  return names;
}

Path path(std::string_view pointer) { return Path::parse(pointer).value(); }

}  // namespace stet::test
