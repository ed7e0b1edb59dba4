#include "history/node.hpp"

#include <fmt/format.h>

#include <tuple>

namespace stet::history {

bool NewerFirst::operator()(const Node& left, const Node& right) const {
  const auto key = [](const Node& node) {
    return std::tuple(node.generation(), node.version.time_ms, node.id);
  };
  return key(left) > key(right);
}

Result<Node> node_at(const History& history, const Id& id) {
  STET_TRY(Version version, history.at(id));
  return Node{id, std::move(version)};
}

namespace {
Result<void> check_older(const Node& from, const Node& to) {
  if (to.generation() < from.generation()) return {};
  return Error(ErrorCode::corrupt, fmt::format("version {} is no older than version {} after it",
                                               to.id.short_form(), from.id.short_form()))
      .at_version(from.id.short_form());
}
}  // namespace

Result<Node> older(const History& history, const Node& from, const Id& to) {
  auto node = node_at(history, to);
  if (!node.ok() && node.error().code() == ErrorCode::not_found) {
    return Error(ErrorCode::corrupt, fmt::format("version {}, the parent of {}, is missing",
                                                 to.short_form(), from.id.short_form()))
        .at_version(to.short_form());
  }
  if (node.ok()) STET_CHECK(check_older(from, *node));
  return node;
}

Result<std::optional<Node>> skipped(const History& history, const Node& from) {
  if (!from.version.skip) return std::optional<Node>();
  auto node = node_at(history, *from.version.skip);
  if (!node.ok() && node.error().code() == ErrorCode::not_found) return std::optional<Node>();
  if (!node.ok()) return node.error();
  STET_CHECK(check_older(from, *node));
  return std::optional<Node>(*std::move(node));
}

}  // namespace stet::history
