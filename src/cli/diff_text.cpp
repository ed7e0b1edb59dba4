#include "cli/diff_text.hpp"

#include <fmt/format.h>

#include "cli/text.hpp"

namespace stet::cli {

namespace {

constexpr std::size_t kValueWidth = 60;

std::string place(const Path& path) {
  return path.empty() ? "(document)" : printable(path.to_string());
}

std::string shown(const Value& value) { return preview(value.ref(), kValueWidth); }

void print_operation(Output& out, const Value& document, const Operation& operation) {
  const std::string where = place(operation.path);
  switch (operation.kind) {
    case Operation::Kind::add:
      out.line(out.paint(Colour::green, fmt::format("+ {}  {}", where, shown(operation.value))));
      return;
    case Operation::Kind::remove:
      out.line(out.paint(
          Colour::red, fmt::format("- {}  {}", where, shown(document.at(operation.path).value()))));
      return;
    case Operation::Kind::replace:
      out.line(fmt::format("{}  {} → {}", out.paint(Colour::yellow, "~ " + where),
                           out.paint(Colour::red, shown(document.at(operation.path).value())),
                           out.paint(Colour::green, shown(operation.value))));
      return;
    case Operation::Kind::move:
      out.line(out.paint(Colour::yellow, fmt::format("> {} → {}", place(operation.from), where)));
      return;
    case Operation::Kind::copy:
      out.line(out.paint(Colour::green, fmt::format("= {} → {}", place(operation.from), where)));
      return;
    case Operation::Kind::test:
      return;
  }
}

}  // namespace

void print_patch(Output& out, const Value& before, const Patch& patch) {
  Value document = before;
  for (const Operation& operation : patch) {
    print_operation(out, document, operation);
    document = apply_patch(document, {operation}).value();
  }
}

}  // namespace stet::cli
