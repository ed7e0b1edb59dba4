#include "codec/codec_properties.hpp"

#include <nlohmann/json.hpp>

#include "stet/codec.hpp"

namespace stet::fuzz {

namespace {

// A canary build breaks each property for inputs that hold a certain thing, so that a fuzzer that
// finds nothing elsewhere is known to look.
#ifdef STET_FUZZ_CANARY
constexpr bool kCanary = true;
#else
constexpr bool kCanary = false;
#endif

constexpr DecodeLimits kLimits = {
    .depth_max = 200, .input_bytes_max = 1 << 20, .members_max = 1 << 20};

std::string_view part(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\0'), rest.size());
  const std::string_view front = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return front;
}

std::string path_property(std::string_view text) {
  const auto path = Path::parse(text);
  if (!path.ok()) return "";
  if (path->to_string() != text) return "a path is written otherwise than it was read";
  if (Path::parse(path->to_string()).value() != *path) return "a path comes back different";
  return "";
}

}  // namespace

std::string dag_cbor_property(BytesView input) {
  const auto decoded = dag_cbor::decode(input, kLimits);
  dag_cbor::Reader reader(input, kLimits);
  const bool is_checked = reader.skip_value().ok() && reader.at_end();
  if (is_checked != decoded.ok()) return "checking and building disagree";
  if (!decoded.ok()) return "";
  Bytes again = dag_cbor::encode(*decoded);
  if (kCanary && decoded->is_list() && decoded->size() == 2) again.push_back(0);
  if (!std::equal(again.begin(), again.end(), input.begin(), input.end())) {
    return "encodes to other bytes";
  }
  if (dag_cbor::encoded_size(decoded->ref()) != input.size()) return "the size is wrong";
  return "";
}

std::string json_property(BytesView input) {
  const auto decoded = decode_json(input, kLimits);
  if (!decoded.ok()) return "";
  if (!nlohmann::json::accept(input.begin(), input.end())) return "nlohmann calls it no JSON";
  for (const TextLayout layout : {TextLayout::pretty, TextLayout::compact}) {
    std::string text = encode_json(*decoded, layout);
    if (kCanary && decoded->is_list() && decoded->size() == 2) text = "[]";
    const auto again = decode_json(as_bytes(text), kLimits);
    if (!again.ok()) return "what was written is refused: " + again.error().to_string();
    if (*again != *decoded) return "comes back different from " + text;
  }
  return "";
}

std::string dag_json_property(BytesView input) {
  const auto decoded = decode_dag_json(input, kLimits);
  if (!decoded.ok()) return "";
  auto text = encode_dag_json(*decoded);
  if (!text.ok()) return "what was read can't be written: " + text.error().to_string();
  if (kCanary && decoded->is_bytes()) *text = "null";
  const auto again = decode_dag_json(as_bytes(*text), kLimits);
  if (!again.ok()) return "what was written is refused: " + again.error().to_string();
  return *again == *decoded ? "" : "comes back different from " + *text;
}

std::string car_property(BytesView input) {
  const auto archive = car::read(input, kLimits);
  if (!archive.ok()) return "";
  Bytes out;
  car::append_header(archive->roots, out);
  for (const car::Block& block : archive->blocks) car::append_block(block.cid, block.bytes, out);
  const auto again = car::read(out, kLimits);
  if (!again.ok()) return "what was written is refused: " + again.error().to_string();
  if (kCanary && archive->roots.empty()) return "the planted fault";
  const bool is_same =
      again->roots == archive->roots &&
      std::equal(again->blocks.begin(), again->blocks.end(), archive->blocks.begin(),
                 archive->blocks.end(), [](const car::Block& a, const car::Block& b) {
                   return a.cid == b.cid && as_text(a.bytes) == as_text(b.bytes);
                 });
  return is_same ? "" : "comes back different";
}

std::string patch_property(BytesView input) {
  std::string_view rest = as_text(input);
  if (std::string wrong = path_property(part(rest)); !wrong.empty()) return wrong;
  const auto document = decode_json(as_bytes(part(rest)), kLimits);
  const auto patch_document = decode_json(as_bytes(rest), kLimits);
  if (!document.ok() || !patch_document.ok()) return "";
  const auto patch = patch_from_value(*patch_document);
  if (!patch.ok()) return "";
  const auto patched = apply_patch(*document, *patch);
  if (!patched.ok()) return "";
  auto difference = diff(*document, *patched);
  if (kCanary && !difference.empty()) difference.pop_back();
  const auto again = apply_patch(*document, difference);
  if (!again.ok()) return "a diff does not apply: " + again.error().to_string();
  if (*again != *patched) return "a diff makes something else";
  const auto read_back = patch_from_value(patch_to_value(difference));
  if (!read_back.ok()) return "a diff has no JSON form: " + read_back.error().to_string();
  return "";
}

}  // namespace stet::fuzz
