#include "store/ending.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "store/chunk_walk.hpp"
#include "store/kept.hpp"
#include "store/until_done.hpp"

namespace stet {

namespace {

struct Ending {
  Ref ref;
  Epoch epoch;
  std::string tombstone;  // the ref that it was
};

Result<Ending> ending_in(Ref ref) {
  const std::string_view rest = std::string_view(ref.name).substr(refs::kEndings.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  Epoch epoch = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + slash, epoch);
  if (error != std::errc() || end != rest.data() + slash || slash == rest.size()) {
    return Error(ErrorCode::corrupt, fmt::format("the ref '{}' names no epoch", ref.name));
  }
  std::string tombstone = std::string(refs::kTombstones).append(rest.substr(slash + 1));
  return Ending{std::move(ref), epoch, std::move(tombstone)};
}

Result<std::vector<Ending>> endings(StoreCore& core) {
  STET_TRY(std::vector<Ref> refs, core.refs_under(refs::kEndings));
  std::vector<Ending> found;
  for (Ref& ref : refs) {
    STET_TRY(Ending ending, ending_in(std::move(ref)));
    found.push_back(std::move(ending));
  }
  return found;
}

RefChange deletion(const Ref& ref) {
  return {.name = ref.name, .expected = ref.value, .next = std::nullopt};
}

struct Nothing {};
using Answer = Step<Nothing>;

Result<void> change_refs(StoreCore& core, const std::function<Result<Answer>(Attempt&)>& body) {
  STET_TRY([[maybe_unused]] const Nothing nothing, until_done<Nothing>(core, body));
  return {};
}

// Past every cache: whether the store itself still has all that the tombstone kept.
Result<bool> is_whole(StoreCore& core, const Ending& ending) {
  KeptHistory kept{};
  kept.by = KeptHistory::By::tombstone;
  STET_TRY(kept.head, refs::head_in(ending.tombstone, ending.ref.value));
  core.forget_chunks();
  ChunkWalk walk(core.whole_documents(), [](const ReachedChunk&) { return Result<void>(); });
  const auto walked =
      walk_kept(core, kept, [&](const Id&, const Version& version, bool thin) -> Result<void> {
        if (thin) return {};
        STET_CHECK(walk.walk(version.root));
        return version.source ? walk.walk(version.source->root) : Result<void>();
      });
  if (walked.ok()) return true;
  return may_be_swept(walked.error()) ? Result<bool>(false) : Result<bool>(walked.error());
}

// Of the endings of `name`; what is there is worked out while no sweep can end.
Result<void> settle(StoreCore& core, Epoch epoch, const std::vector<Ending>& open) {
  std::vector<bool> whole;
  for (const Ending& ending : open) {
    STET_TRY(const bool is, is_whole(core, ending));
    whole.push_back(is);
  }
  return change_refs(core, [&](Attempt& attempt) -> Result<Answer> {
    STET_CHECK(attempt.observe_epoch());
    STET_TRY(const Epoch now, attempt.epoch());
    if (now != epoch) return Answer{Answer::Next::stop};  // another compaction has taken them over
    std::vector<std::string> names;
    for (const Ending& ending : open) {
      names.push_back(ending.ref.name);
      names.push_back(ending.tombstone);
    }
    STET_TRY(const auto values, core.backend().read(names));
    Answer answer{Answer::Next::stop};
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (!values[2 * i]) continue;
      attempt.change(deletion(open[i].ref));
      answer.next = Answer::Next::swap;
      if (!whole[i] || values[2 * i + 1]) continue;
      attempt.change(
          {.name = open[i].tombstone, .expected = std::nullopt, .next = open[i].ref.value});
    }
    return answer;
  });
}

}  // namespace

Result<std::optional<std::vector<Ref>>> end_tombstones(StoreCore& core, Attempt& attempt,
                                                       Epoch epoch) {
  STET_TRY(std::vector<Ref> tombstones, core.refs_under(refs::kTombstones));
  STET_TRY(const std::vector<Ending> earlier, endings(core));
  const auto is_overtaking = [epoch](const Ending& ending) { return ending.epoch >= epoch; };
  if (std::ranges::any_of(earlier, is_overtaking)) return std::optional<std::vector<Ref>>();
  std::map<std::string, RefValue> ended;
  for (const Ending& ending : earlier) {
    attempt.change(deletion(ending.ref));
    ended.insert_or_assign(refs::ending(epoch, ending.tombstone), ending.ref.value);
  }
  for (const Ref& tombstone : tombstones) {
    attempt.change(deletion(tombstone));
    ended.insert_or_assign(refs::ending(epoch, tombstone.name), tombstone.value);
  }
  for (auto& [name, value] : ended) {
    attempt.change({.name = name, .expected = std::nullopt, .next = value});
  }
  return std::optional(std::move(tombstones));
}

Result<void> put_tombstones_back(StoreCore& core, Epoch epoch, const std::vector<Ref>& tombstones) {
  if (tombstones.empty()) return {};
  std::vector<std::string> names;
  for (const Ref& ref : tombstones) {
    names.push_back(ref.name);
    names.push_back(refs::ending(epoch, ref.name));
  }
  return change_refs(core, [&](Attempt& attempt) -> Result<Answer> {
    STET_CHECK(attempt.observe_epoch());
    STET_TRY(const Epoch now, attempt.epoch());
    if (now != epoch) return Answer{Answer::Next::stop};
    STET_TRY(const auto values, core.backend().read(names));
    Answer answer{Answer::Next::stop};
    for (std::size_t i = 0; i < names.size(); i += 2) {
      if (!values[i + 1]) continue;
      attempt.change(deletion({names[i + 1], *values[i + 1]}));
      answer.next = Answer::Next::swap;
      if (values[i]) continue;
      attempt.change({.name = names[i], .expected = std::nullopt, .next = tombstones[i / 2].value});
    }
    return answer;
  });
}

Result<void> forget_endings(StoreCore& core, Epoch epoch) {
  return change_refs(core, [&](Attempt& attempt) -> Result<Answer> {
    STET_CHECK(attempt.observe_epoch());
    STET_TRY(const std::vector<Ending> ended, endings(core));
    Answer answer{Answer::Next::stop};
    for (const Ending& ending : ended) {
      if (ending.epoch > epoch) continue;
      attempt.change(deletion(ending.ref));
      answer.next = Answer::Next::swap;
    }
    return answer;
  });
}

Result<std::optional<Id>> ended_head(StoreCore& core, std::string_view name) {
  const std::string tombstones = refs::tombstones_of(name);
  STET_TRY(const std::vector<Ending> all, endings(core));
  for (const Ending& ending : all) {
    if (!ending.tombstone.starts_with(tombstones)) continue;
    STET_TRY(const Head head, refs::head_in(ending.ref.name, ending.ref.value));
    return head.id;
  }
  return std::optional<Id>();
}

// The epoch is raised first, so that no sweep that began before comes to its end; then what is
// there stays there.
Result<void> revive_endings(StoreCore& core, std::string_view name) {
  const std::string tombstones = refs::tombstones_of(name);
  STET_TRY(std::vector<Ending> all, endings(core));
  const auto is_of_name = [&](const Ending& ending) {
    return ending.tombstone.starts_with(tombstones);
  };
  if (std::none_of(all.begin(), all.end(), is_of_name)) return {};
  STET_TRY(const Epoch epoch, until_done<Epoch>(core, [](Attempt& attempt) -> Result<Step<Epoch>> {
             Step<Epoch> step{Step<Epoch>::Next::swap};
             STET_TRY(step.answer, attempt.bump_epoch());
             return step;
           }));
  STET_TRY(all, endings(core));
  std::erase_if(all, [&](const Ending& ending) { return !is_of_name(ending); });
  return settle(core, epoch, all);
}

}  // namespace stet
