// Rows of many versions: what one takes up, and how fast two are compared.
#include <string>

#include "rows.hpp"
#include "stet/value/patch.hpp"
#include "subject.hpp"

namespace stet::bench {

namespace {

constexpr int kEditsBetween = 3;

// Two versions that are a few edits apart, and the values that they hold.
struct TwoVersions {
  TwoVersions(const std::string& path, const Score& score, const Value& value)
      : document(path, score, value), before(value), after(value) {
    Editor editor(score);
    for (int count = 0; count < kEditsBetween; ++count) {
      const Edit edit = editor.next();
      after = after.with(edit.path, edit.duration).value();
    }
    document.store().save(kDocument, after).value();
  }

  Side stored_side(std::string name) {
    return {std::move(name), [this] {
              return measure(Clock::wall, [this] {
                keep(document.store().diff(std::string(kDocument) + "~1", kDocument).value());
              });
            }};
  }
  Side memory_side(std::string name) const {
    return {std::move(name),
            [this] { return measure(Clock::wall, [this] { keep(stet::diff(before, after)); }); }};
  }

  StetScore document;
  Value before, after;
};

std::uint64_t compacted_bytes(Store& store) {
  store.compact().value();
  return store.info().stored_bytes;
}

}  // namespace

Row bytes_a_version(Context& context) {
  const int versions = context.rounds(1000);
  StetScore document(context.scratch().fresh_path("versions.stet"), context.large_score(),
                     context.large_value());
  const std::uint64_t stored_before = compacted_bytes(document.store());
  const std::uint64_t written_before = document.store().counters().bytes_written;
  for (int version = 0; version < versions; ++version) document.save_edit();
  const std::uint64_t written = document.store().counters().bytes_written - written_before;
  const std::uint64_t stored = compacted_bytes(document.store()) - stored_before;
  Row row{"Bytes a version",
          "one note changed in the large score; mean of " + std::to_string(versions) + " versions",
          {},
          {}};
  row.findings.push_back({"as written",
                          static_cast<double>(written) / versions,
                          "bytes",
                          Goal{Better::less, 6000, 600},
                          {}});
  row.findings.push_back({"compacted",
                          static_cast<double>(stored) / versions,
                          "bytes",
                          Goal{Better::less, 600, 300},
                          {}});
  return row;
}

Row diff_of_versions(Context& context) {
  TwoVersions small(context.scratch().fresh_path("diff_small.stet"), context.small_score(),
                    context.small_value());
  TwoVersions large(context.scratch().fresh_path("diff_large.stet"), context.large_score(),
                    context.large_value());
  const int rounds = context.rounds(100);
  Row row{"Diff of two versions",
          std::to_string(kEditsBetween) + " edits apart; " + std::to_string(rounds) + " rounds",
          {},
          {}};
  row.sides = run_in_turn(
      Clock::wall, rounds,
      {small.stored_side("stored, small document"), large.stored_side("stored, large document"),
       small.memory_side("in memory, small document"),
       large.memory_side("in memory, large document")});
  constexpr double kGrowthMax = 3.0;  // for O(edits · log n): a hundred times is 1.5 in logarithms
  row.compare("stored, large against small", 1, 0, Goal{Better::less, kGrowthMax, {}});
  row.compare("in memory, large against small", 3, 2, Goal{Better::less, kGrowthMax, {}});
  row.findings.push_back({"stored, large document",
                          row.sides[1].seconds.median * 1e3,
                          "ms",
                          Goal{Better::less, {}, 1.0},
                          {}});
  return row;
}

}  // namespace stet::bench
