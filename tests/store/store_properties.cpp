#include "store/store_properties.hpp"

#include "layer/record.hpp"
#include "stet/codec.hpp"
#include "stet/engine.hpp"
#include "stet/history.hpp"
#include "stet/schema.hpp"
#include "stet/store.hpp"
#include "store/archive_index.hpp"

namespace stet::fuzz {

namespace {

#ifdef STET_FUZZ_CANARY
constexpr bool kCanary = true;
#else
constexpr bool kCanary = false;
#endif

bool same(BytesView one, BytesView other) { return as_text(one) == as_text(other); }

std::string index_wrong(BytesView input) {
  const auto index = decode_index(input);
  if (!index.ok() || !*index) return "";
  return same(encode_index(**index), input) ? "" : "an index comes back different";
}

}  // namespace

std::string version_property(BytesView input) {
  const auto version = decode_version(input);
  if (!version.ok()) return "";
  if (kCanary && !version->parents.empty()) return "the planted fault";
  return same(encode_version(*version), input) ? "" : "a version comes back different";
}

std::string boundary_property(BytesView input) {
  const auto boundary = decode_boundary(input);
  if (!boundary.ok()) return "";
  if (kCanary && !boundary->thin.empty()) return "the planted fault";
  return same(encode_boundary(*boundary), input) ? "" : "a boundary comes back different";
}

std::string record_property(BytesView input) {
  const Id id = id_of(input);
  const auto chunk = layer::unpack_record(id, Bytes(input.begin(), input.end()));
  if (!chunk.ok()) return "";
  if (chunk->size() > kChunkBytesMax) return "a record unpacks to more than a chunk may have";
  if (kCanary && chunk->size() > input.size()) return "the planted fault";
  Bytes plain;
  layer::append_plain_record(plain, *chunk);
  const auto again = layer::unpack_record(id, plain);
  return again.ok() && same(*again, *chunk) ? "" : "a chunk comes back different";
}

std::string import_property(BytesView input) {
  if (std::string wrong = index_wrong(input); !wrong.empty()) return wrong;
  Store store = Store::over(memory_backend());
  const ImportOptions options{.adopt = !input.empty() && input.back() % 2 == 1};
  const auto imported = store.import_car(input, options);
  if (!imported.ok()) return "";
  const auto report = store.verify();
  if (!report.ok()) return "what was imported can't be verified: " + report.error().to_string();
  if (!report->ok()) return "what was imported is damaged: " + report->damage[0].damage.message;
  if (kCanary && report->versions > 1) return "the planted fault";
  const auto again = store.import_car(input, options);
  if (!again.ok()) return "not twice: " + again.error().to_string();
  return again->documents == imported->documents ? "" : "the second import makes other documents";
}

std::string schema_property(BytesView input) {
  DecodeLimits limits;
  limits.depth_max = 100;
  const auto both = decode_json(input, limits);
  if (!both.ok() || !both->is_map()) return "";
  const auto rules = both->member("schema");
  if (!rules) return "";
  schema::Options options;
  options.assert_formats = true;
  const auto compiled = schema::Schema::compile(*rules, options);
  if (!compiled.ok()) return "";
  const auto document = both->member("document").value_or(*rules);
  const auto violations = compiled->validate(document);
  if (!violations.ok()) {
    return violations.error().code() == ErrorCode::too_large ? "" : "another error than too_large";
  }
  if (kCanary && violations->size() > 1) return "the planted fault";
  for (const schema::Violation& violation : *violations) {
    if (!document.at(violation.pointer).ok()) return "a violation at a place that isn't there";
  }
  return "";
}

}  // namespace stet::fuzz
