#include "support/store_work.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stet/value/builder.hpp"
#include "support/held_executor.hpp"
#include "support/seeded_random.hpp"

namespace stet::test {

namespace {

constexpr const char* kSong = "song";
constexpr const char* kScore = "parts/score";
constexpr const char* kOtherScore = "parts/score 2";
constexpr const char* kCopy = "song, copied";
constexpr const char* kPin = "kept";
constexpr std::size_t kNotes = 70;  // so many that the document is a tree of a few chunks

}  // namespace

std::string text_of(const std::vector<StoreStep>& steps) {
  static constexpr std::array kNames = {"edit_song",    "save_score", "edit_both",  "rename_score",
                                        "restore_song", "pin_song",   "prune_song", "remove_song",
                                        "compact",      "copy_song",  "reopen",     "switch_handle",
                                        "tickets"};
  std::string text;
  for (const StoreStep step : steps) {
    text += fmt::format("{} ", kNames[static_cast<std::size_t>(step)]);
  }
  return text;
}

State StoreWork::Model::state() const {
  State state;
  for (const auto& [name, versions] : documents) {
    std::string& contents = state["doc/" + name];
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
      contents += version->content;
    }
  }
  for (const auto& [label, pin] : pins) {
    state["pin/" + label] = pin.document + ":" + pin.version.content;
  }
  for (const auto& [name, count] : removed) state["removed/" + name] = std::to_string(count);
  if (epoch > 0) state[std::string(kEpochRef)] = std::to_string(epoch);
  return state;
}

StoreWork::StoreWork(std::shared_ptr<SimulatedDisk> disk, std::shared_ptr<os::FileSystem> files,
                     std::uint64_t seed, StoreOpener opener)
    : disk_(std::move(disk)),
      files_(std::move(files)),
      opener_(std::move(opener)),
      seed_(seed * 1000),
      random_(seed) {}

Result<void> StoreWork::open() {
  if (history_.empty()) history_.begin({}, 0);
  return ensure_open();
}

Result<void> StoreWork::ensure_open() {
  if (handles_[active_]) return {};
  STET_TRY(handles_[active_], opener_(files_, !made_, ++seed_));
  if (made_) return {};
  made_ = true;
  history_.acknowledge(disk_->log_size());
  return {};
}

Result<void> StoreWork::run(StoreStep step) {
  STET_CHECK(ensure_open());
  switch (step) {
    case StoreStep::edit_song:
      return edit_song();
    case StoreStep::save_score:
      return save_score();
    case StoreStep::edit_both:
      return edit_both();
    case StoreStep::rename_score:
      return rename_score();
    case StoreStep::restore_song:
      return restore_song();
    case StoreStep::pin_song:
      return pin_song();
    case StoreStep::prune_song:
      return prune_song();
    case StoreStep::remove_song:
      return remove_song();
    case StoreStep::compact:
      return compact();
    case StoreStep::copy_song:
      return copy_song();
    case StoreStep::reopen:
      handles_[active_].reset();
      return ensure_open();
    case StoreStep::switch_handle:
      active_ = 1 - active_;
      return ensure_open();
    case StoreStep::tickets:
      return save_with_tickets();
  }
  return {};
}

// `act` does it, and fills in the ids that it was told.
Result<void> StoreWork::change(Model next, const std::function<Result<void>(Model&)>& act) {
  history_.begin(next.state(), disk_->log_size());
  STET_CHECK(act(next));
  history_.acknowledge(disk_->log_size());
  model_ = std::move(next);
  return {};
}

Value StoreWork::new_song() {
  ListBuilder notes;
  for (std::size_t i = 0; i < kNotes; ++i) {
    notes.append(Value::map({{"pitch", Value(random_() % 128)}, {"start", Value(i * 480)}}));
  }
  return Value::map({{"title", Value(random_())}, {"notes", notes.build()}});
}

Value StoreWork::edited(const Value& song) {
  Path where;
  where.push("notes");
  where.push_index(random_() % kNotes);
  where.push("pitch");
  return song.with(where, Value(1000 + random_() % 1'000'000)).value();
}

Result<void> StoreWork::edit_song() {
  Model next = model_;
  ModelDocument& song = next.documents[kSong];
  const Value value = song.empty() ? new_song() : edited(song.back().value);
  STET_TRY(std::string content, content_of(value, std::nullopt));
  song.push_back({value, std::move(content), {}});
  return change(std::move(next), [&](Model& done) -> Result<void> {
    STET_TRY(const Saved saved, store().save(kSong, value, {.author = "a"}));
    done.documents[kSong].back().id = saved.id.value();
    return {};
  });
}

Result<void> StoreWork::save_score() {
  Model next = model_;
  const Value value = Value::map({{"bars", Value(random_())}});
  const Bytes source(1700, static_cast<std::uint8_t>(random_()));
  STET_TRY(std::string content, content_of(value, source));
  next.documents[kScore].push_back({value, std::move(content), {}});
  return change(std::move(next), [&](Model& done) -> Result<void> {
    SaveOptions options;
    options.source = KeptSource{source, "bytes"};
    STET_TRY(const Saved saved, store().save(kScore, value, options));
    done.documents[kScore].back().id = saved.id.value();
    return {};
  });
}

Result<void> StoreWork::edit_both() {
  Model next = model_;
  std::map<std::string, Value> values;
  for (const char* name : {kSong, kScore}) {
    ModelDocument& versions = next.documents[name];
    const bool is_tree = !versions.empty() && name == std::string(kSong);
    const Value value = is_tree ? edited(versions.back().value) : new_song();
    STET_TRY(std::string content, content_of(value, std::nullopt));
    versions.push_back({value, std::move(content), {}});
    values.emplace(name, value);
  }
  return change(std::move(next), [&](Model& done) -> Result<void> {
    STET_TRY(const Transacted transacted, store().transact([&](Transaction& t) -> Result<void> {
      for (const auto& [name, value] : values) STET_CHECK(t.save(name, value));
      return {};
    }));
    for (const auto& [name, id] : transacted.heads) done.documents[name].back().id = id;
    return {};
  });
}

Result<void> StoreWork::rename_score() {
  if (!model_.documents.contains(kScore)) return save_score();
  Model next = model_;
  const Value value = next.documents[kScore].back().value;
  const auto other = next.documents.find(kOtherScore);
  const bool is_same = other != next.documents.end() && other->second.back().value == value;
  STET_TRY(std::string content, content_of(value, std::nullopt));
  if (!is_same) next.documents[kOtherScore].push_back({value, std::move(content), {}});
  next.documents.erase(kScore);
  ++next.removed[kScore];
  return change(std::move(next), [&](Model& done) -> Result<void> {
    STET_TRY(const Transacted transacted, store().transact([&](Transaction& t) -> Result<void> {
      STET_CHECK(t.save(kOtherScore, value));
      return t.remove(kScore);
    }));
    for (const auto& [name, id] : transacted.heads) done.documents[name].back().id = id;
    return {};
  });
}

Result<void> StoreWork::restore_song() {
  const auto song = model_.documents.find(kSong);
  if (song == model_.documents.end() || song->second.size() < 2) return edit_song();
  Model next = model_;
  ModelDocument& versions = next.documents[kSong];
  ModelVersion before = versions[versions.size() - 2];
  const std::string spec = std::string(kSong) + "@" + before.id.to_string();
  const bool is_same = before.content == versions.back().content;
  if (!is_same) versions.push_back(std::move(before));
  return change(std::move(next), [&](Model& done) -> Result<void> {
    STET_TRY(const Saved saved, store().restore(spec));
    const auto outcome = is_same ? Saved::Outcome::unchanged : Saved::Outcome::done;
    if (saved.outcome != outcome) return Error(ErrorCode::internal, "another outcome");
    done.documents[kSong].back().id = saved.id.value();
    return {};
  });
}

Result<void> StoreWork::pin_song() {
  if (!model_.documents.contains(kSong)) return edit_song();
  Model next = model_;
  next.pins[kPin] = {kSong, next.documents[kSong].back()};
  return change(std::move(next), [&](Model&) { return store().pin(kPin, kSong); });
}

Result<void> StoreWork::prune_song() {
  const auto song = model_.documents.find(kSong);
  if (song == model_.documents.end() || song->second.size() < 2) return edit_song();
  Model next = model_;
  ModelDocument& versions = next.documents[kSong];
  const Id head = versions.back().id;
  std::erase_if(versions, [&](const ModelVersion& version) {
    return version.id != head &&
           !(next.pins.contains(kPin) && next.pins[kPin].version.id == version.id);
  });
  const std::uint64_t dropped = song->second.size() - versions.size();
  return change(std::move(next), [&](Model&) -> Result<void> {
    STET_TRY(const std::uint64_t pruned, store().prune(kSong, {.keep_last = 1}));
    if (pruned == dropped) return {};
    return Error(ErrorCode::internal, fmt::format("{} versions pruned, not {}", pruned, dropped));
  });
}

Result<void> StoreWork::remove_song() {
  if (!model_.documents.contains(kSong)) return edit_song();
  Model next = model_;
  next.documents.erase(kSong);
  ++next.removed[kSong];
  return change(std::move(next), [&](Model&) { return store().remove(kSong); });
}

Result<void> StoreWork::copy_song() {
  const auto song = model_.documents.find(kSong);
  if (song == model_.documents.end()) return edit_song();
  Model next = model_;
  const ModelVersion& head = song->second.back();
  ModelDocument& copy = next.documents[kCopy];
  if (copy.empty() || copy.back().content != head.content) copy.push_back(head);
  return change(std::move(next), [&](Model& done) -> Result<void> {
    STET_TRY(const Saved saved, store().copy(kSong, kCopy));
    done.documents[kCopy].back().id = saved.id.value();
    return {};
  });
}

// The first to be waited for takes all of them, so they come at once or not at all.
Result<void> StoreWork::save_with_tickets() {
  Model next = model_;
  std::vector<std::pair<const char*, std::size_t>> saves;  // which version of which document
  for (const char* const name : {kSong, kScore, kSong}) {
    ModelDocument& versions = next.documents[name];
    const bool is_tree = !versions.empty() && name == std::string_view(kSong);
    const Value value = is_tree ? edited(versions.back().value) : new_song();
    STET_TRY(std::string content, content_of(value, std::nullopt));
    saves.emplace_back(name, versions.size());
    versions.push_back({value, std::move(content), {}});
  }
  StoreOptions options;
  options.clock = std::make_shared<CountingClock>();
  options.random = std::make_shared<SeededRandom>(++seed_);
  options.files = files_;
  options.executor = std::make_shared<HeldExecutor>();
  options.create = false;
  STET_TRY(Store store, Store::open("file:" + kStorePath, options));
  return change(std::move(next), [&](Model& done) -> Result<void> {
    std::vector<Ticket> tickets;
    for (const auto& [name, place] : saves) {
      tickets.push_back(store.save_async(name, done.documents[name][place].value));
    }
    STET_CHECK(tickets.front().wait());
    for (std::size_t i = 0; i < saves.size(); ++i) {
      if (tickets[i].status() != Ticket::Status::done) {
        return Error(ErrorCode::internal, "a ticket was not written with the others");
      }
      const auto& [name, place] = saves[i];
      STET_TRY(const Saved saved, tickets[i].wait());
      done.documents[name][place].id = saved.id.value();
    }
    return {};
  });
}

Result<void> StoreWork::compact() {
  Model next = model_;
  ++next.epoch;
  next.removed.clear();
  return change(std::move(next), [&](Model&) -> Result<void> {
    STET_TRY(const SweepReport report, store().compact());
    (void)report;
    return {};
  });
}

}  // namespace stet::test
