#include "cli/damage_text.hpp"

#include <fmt/format.h>

#include "cli/documents.hpp"
#include "cli/text.hpp"

namespace stet::cli {

namespace {

constexpr std::size_t kNamedMax = 5;  // on a line

Value part_value(const HiddenPart& part) {
  Value value =
      Value::map({{"version", Value(part.version)}, {"path", Value(part.extent.path.to_string())}});
  if (part.extent.range) {
    value = value.with_member("begin", Value(part.extent.range->first))
                .with_member("end", Value(part.extent.range->second));
  }
  return part.of_source ? value.with_member("of", Value("source")) : value;
}

std::string part_text(const HiddenPart& part) {
  const tree::Extent& extent = part.extent;
  const std::string path = printable(extent.path.to_string());
  std::string text;
  if (!extent.range) {
    text = path.empty() ? "all of it" : path;
  } else if (extent.kind == Kind::map) {
    text = fmt::format("{} of the members of {}", extent.range->second - extent.range->first,
                       path.empty() ? "it" : path);
  } else {
    text = fmt::format("{}/{}..{}", path, extent.range->first, extent.range->second);
  }
  return part.of_source ? "the kept original (" + text + ")" : text;
}

std::string listed(const std::vector<std::string>& texts, std::uint64_t more) {
  std::string list;
  for (std::size_t i = 0; i < texts.size() && i < kNamedMax; ++i) {
    list += (i == 0 ? "" : ", ") + printable(texts[i]);
  }
  more += texts.size() - std::min(texts.size(), kNamedMax);
  return more == 0 ? list : fmt::format("{} and {} more", list, more);
}

}  // namespace

Value damage_value(const VerifyReport::Entry& entry) {
  Value documents = Value::empty_list();
  for (const std::string& name : entry.documents) documents = documents.append(Value(name));
  Value parts = Value::empty_list();
  for (const HiddenPart& part : entry.parts) parts = parts.append(part_value(part));
  Value value = Value::map({{"documents", documents},
                            {"parts", parts},
                            {"message", Value(printable(entry.damage.message))}});
  if (entry.documents_more > 0) value = value.with_member("more", Value(entry.documents_more));
  if (entry.damage.offset) value = value.with_member("offset", Value(*entry.damage.offset));
  if (entry.damage.id) value = value.with_member("id", Value(entry.damage.id->to_string()));
  return value;
}

Value damage_list(const VerifyReport& report) {
  Value damage = Value::empty_list();
  for (const VerifyReport::Entry& entry : report.damage) {
    damage = damage.append(damage_value(entry));
  }
  return damage;
}

std::string damage_text(const VerifyReport::Entry& entry) {
  std::string line = "damaged: " + printable(entry.damage.message);
  if (entry.damage.offset) line += fmt::format(", offset {}", *entry.damage.offset);
  if (entry.damage.id) line += ", chunk " + short_id(*entry.damage.id);
  if (!entry.documents.empty())
    line += ", touches " + listed(entry.documents, entry.documents_more);
  std::vector<std::string> parts;
  for (const HiddenPart& part : entry.parts) {
    parts.push_back(fmt::format("{} in {}", part_text(part), part.version));
  }
  return parts.empty() ? line : line + ": hides " + listed(parts, 0);
}

}  // namespace stet::cli
