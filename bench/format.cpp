#include "format.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet::bench {

namespace {

constexpr int kNameColumns = 46;

std::string three_digits(double value) {
  return fmt::format("{:.{}f}", value, value < 10 ? 2 : value < 100 ? 1 : 0);
}

std::string goal_sign(const Goal& goal) { return goal.better == Better::less ? "≤" : "≥"; }

std::string format_goal_figure(const Finding& finding, double figure) {
  return fmt::format("{} {}{}", goal_sign(*finding.goal), fmt::format("{:g}", figure),
                     finding.unit == "×" ? "×" : " " + finding.unit);
}

std::string moonshot_of(const Finding& finding) {
  return finding.goal && finding.goal->moonshot
             ? format_goal_figure(finding, *finding.goal->moonshot)
             : "";
}

std::string must_of(const Finding& finding) {
  return finding.goal && finding.goal->must ? format_goal_figure(finding, *finding.goal->must) : "";
}

std::string verdict(const Finding& finding) {
  if (!finding.goal || !finding.goal->must) return "";
  return finding.holds() ? "holds" : "FAILS";
}

std::string counts_of(const Measured& side) {
  if (side.clock != Clock::wall) return "";
  return fmt::format("{:.3g} {}, {} written", side.flushes, side.flushes == 1 ? "flush" : "flushes",
                     format_bytes(side.bytes_written));
}

std::string spread_of(const Measured& side) {
  return fmt::format("{} – {}", format_seconds(side.seconds.lower_quartile),
                     format_seconds(side.seconds.upper_quartile));
}

// fmt pads by code points' estimated width, which serves the few signs used here.
std::string pad(const std::string& text, int columns) {
  return fmt::format("{:<{}}", text, columns);
}

}  // namespace

std::string format_seconds(double seconds) {
  if (seconds < 1e-6) return three_digits(seconds * 1e9) + " ns";
  if (seconds < 1e-3) return three_digits(seconds * 1e6) + " µs";
  if (seconds < 1) return three_digits(seconds * 1e3) + " ms";
  return three_digits(seconds) + " s";
}

std::string format_bytes(double bytes) {
  if (bytes < 1000) return fmt::format("{:.0f} B", bytes);
  if (bytes < 1e6) return three_digits(bytes / 1e3) + " KB";
  return three_digits(bytes / 1e6) + " MB";
}

std::string format_figure(const Finding& finding) {
  if (finding.unit == "bytes") return fmt::format("{:.0f} bytes", finding.figure);
  return three_digits(finding.figure) + (finding.unit == "×" ? "×" : " " + finding.unit);
}

std::string text_of(const Facts& machine) {
  std::string text;
  for (const auto& [name, value] : machine) text += pad(name, 14) + value + "\n";
  return text;
}

std::string text_of(const Row& row) {
  std::string text = fmt::format("\n{}\n  {}\n", row.title, row.method);
  for (const Measured& side : row.sides) {
    text += fmt::format("  {} {:>9} {} {}\n", pad(side.name, kNameColumns),
                        format_seconds(side.seconds.median), pad("(" + spread_of(side) + ")", 20),
                        counts_of(side));
  }
  for (const Finding& finding : row.findings) {
    text +=
        fmt::format("  → {} {:>9}", pad(finding.label, kNameColumns - 2), format_figure(finding));
    if (const std::string must = must_of(finding); !must.empty()) {
      text += fmt::format("  {}: must {}", verdict(finding), must);
    }
    if (const std::string moonshot = moonshot_of(finding); !moonshot.empty()) {
      text += ", moonshot " + moonshot;
    }
    if (!finding.note.empty()) text += "  (" + finding.note + ")";
    text += "\n";
  }
  return text;
}

std::string markdown_of(const Facts& machine, const std::vector<Row>& rows) {
  std::string text =
      "# Performance\nFrom one run of `./dev bench`. Ratios are medians over rounds in "
      "which all sides ran in turn.\n\n";
  for (const auto& [name, value] : machine) text += fmt::format("- {}: {}\n", name, value);
  text += "\n## Goals\n| goal | figure | must | moonshot | |\n|---|---|---|---|---|\n";
  for (const Row& row : rows) {
    for (const Finding& finding : row.findings) {
      text += fmt::format("| {}: {} | {} | {} | {} | {} |\n", row.title, finding.label,
                          format_figure(finding), must_of(finding), moonshot_of(finding),
                          verdict(finding));
    }
  }
  for (const Row& row : rows) {
    text +=
        fmt::format("\n## {}\n{}\n\n| side | median | quartiles | counts |\n|---|---|---|---|\n",
                    row.title, row.method);
    for (const Measured& side : row.sides) {
      text += fmt::format("| {} | {} | {} | {} |\n", side.name, format_seconds(side.seconds.median),
                          spread_of(side), counts_of(side));
    }
  }
  return text;
}

}  // namespace stet::bench
