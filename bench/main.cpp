// stet_bench [--quick] [--only NAME] [--report FILE] [--strict] [--list]
//
// Measures every row of the table of goals beside its peers and prints what was found. Files are
// made in a scratch folder beside the program, so on the disk of the build.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format.hpp"
#include "machine.hpp"
#include "rows.hpp"

namespace {

using namespace stet::bench;

struct Options {
  bool quick = false, strict = false, list = false;
  std::vector<std::string> only;
  std::optional<std::string> report;
};

[[noreturn]] void usage(int code) {
  std::fputs(
      "usage: stet_bench [--quick] [--only NAME]… [--report FILE] [--strict] [--list]\n"
      "  --quick   fewer rounds, and a large document of a tenth of the size\n"
      "  --only    rows whose name begins with NAME\n"
      "  --report  writes Markdown\n"
      "  --strict  exit code 1 when a must fails\n",
      code == 0 ? stdout : stderr);
  std::exit(code);
}

Options parse(int count, char** arguments) {
  Options options;
  for (int index = 1; index < count; ++index) {
    const std::string_view argument = arguments[index];
    const bool more = index + 1 < count;
    if (argument == "--quick")
      options.quick = true;
    else if (argument == "--strict")
      options.strict = true;
    else if (argument == "--list")
      options.list = true;
    else if (argument == "--only" && more)
      options.only.emplace_back(arguments[++index]);
    else if (argument == "--report" && more)
      options.report = arguments[++index];
    else
      usage(argument == "--help" ? 0 : 2);
  }
  return options;
}

bool is_chosen(const Options& options, std::string_view name) {
  if (options.only.empty()) return true;
  for (const std::string& prefix : options.only) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

bool all_hold(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    for (const Finding& finding : row.findings) {
      if (!finding.holds()) return false;
    }
  }
  return true;
}

int run(const Options& options) {
  Scratch scratch(std::filesystem::read_symlink("/proc/self/exe").parent_path() / "scratch");
  Context context(options.quick, scratch);
  const Facts machine = describe_machine(scratch);
  std::fputs(text_of(machine).c_str(), stdout);
  std::vector<Row> rows;
  for (const RowEntry& entry : all_rows()) {
    if (!is_chosen(options, entry.name)) continue;
    rows.push_back(entry.run(context));
    std::fputs(text_of(rows.back()).c_str(), stdout);
    std::fflush(stdout);
  }
  if (options.report) write_file(*options.report, markdown_of(machine, rows), false);
  return options.strict && !all_hold(rows) ? 1 : 0;
}

}  // namespace

int main(int count, char** arguments) {
  const Options options = parse(count, arguments);
  if (options.list) {
    for (const RowEntry& entry : all_rows()) std::puts(std::string(entry.name).c_str());
    return 0;
  }
  try {
    return run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "stet_bench: %s\n", error.what());
    return 1;
  }
}
