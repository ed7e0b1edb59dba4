#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "codec/json_writer.hpp"
#include "stet/codec.hpp"

namespace stet {

namespace {

// Canonical DAG-JSON: no spaces, keys sorted bytewise. Recursive, since each map is sorted anew;
// so its depth is bounded.
class DagJsonPrinter {
 public:
  explicit DagJsonPrinter(std::string& out) : out_(out) {}

  Result<void> value(ValueRef value) {
    const Kind kind = value.kind();
    if (kind != Kind::list && kind != Kind::map) {
      codec::append_json_scalar(value, out_);
      return {};
    }
    if (path_.size() == kDepthCeiling) {
      return Error(ErrorCode::too_large,
                   fmt::format("DAG-JSON is written up to {} levels deep", kDepthCeiling));
    }
    return kind == Kind::list ? list(value) : map(value);
  }
  // Of the value that the last error was about.
  const Path& path() const noexcept { return path_; }

 private:
  Result<void> list(ValueRef list) {
    out_ += '[';
    std::size_t index = 0;
    for (const ValueRef item : list.items()) {
      if (index > 0) out_ += ',';
      path_.push_index(index++);
      STET_CHECK(value(item));
      path_.pop();
    }
    out_ += ']';
    return {};
  }

  Result<void> map(ValueRef map) {
    std::vector<Member> members;
    members.reserve(map.size());
    for (const Member member : map.members()) members.push_back(member);
    std::sort(members.begin(), members.end(),
              [](const Member& a, const Member& b) { return a.key < b.key; });
    out_ += '{';
    bool is_first = true;
    for (const Member& member : members) {
      if (!std::exchange(is_first, false)) out_ += ',';
      path_.push(member.key);
      if (member.key == "/" && is_reserved(member.value)) return reserved();
      codec::append_json_string(member.key, out_);
      out_ += ':';
      STET_CHECK(value(member.value));
      path_.pop();
    }
    out_ += '}';
    return {};
  }

  // What would read back as a link or as bytes, or as a broken one.
  static bool is_reserved(ValueRef value) {
    if (value.kind() == Kind::text) return true;
    const auto bytes = value.member("bytes");
    return bytes && bytes->kind() == Kind::text;
  }

  static Error reserved() {
    return {
        ErrorCode::unserializable,
        "DAG-JSON keeps the key \"/\" with a text for links and bytes: save as dag-cbor or json, "
        "or rename the key"};
  }

  std::string& out_;
  Path path_;
};

}  // namespace

Result<std::string> encode_dag_json(const Value& value) {
  std::string out;
  DagJsonPrinter printer(out);
  if (auto done = printer.value(value.ref()); !done.ok()) {
    return done.error().at_path(printer.path().to_string());
  }
  return out;
}

}  // namespace stet
