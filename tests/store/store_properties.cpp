#include "store/store_properties.hpp"

#include "base/id_map.hpp"
#include "layer/record.hpp"
#include "stet/codec.hpp"
#include "stet/engine.hpp"
#include "stet/history.hpp"
#include "stet/layer.hpp"
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

std::string delta_property(BytesView input) {
  if (!layer::delta_head(input)) return "";
  Bytes base(1000);
  for (std::size_t i = 0; i < base.size(); ++i) base[i] = static_cast<std::uint8_t>(i * i >> 4);
  const Id id = id_of(base);
  const auto chunk = layer::unpack_delta(id, input, base);
  if (!chunk.ok()) return "";
  if (kCanary && chunk->size() > base.size()) return "the planted fault";
  Bytes again;
  layer::append_delta_record(again, 1, {id, base}, *chunk);
  const auto same_chunk = layer::unpack_delta(id, again, base);
  return same_chunk.ok() && same(*same_chunk, *chunk) ? "" : "a delta comes back different";
}

std::string pack_property(BytesView input) {
  const auto packer = record_packer();
  std::vector<Bytes> bases(1);
  layer::append_plain_record(bases[0], Bytes(300, 7));
  if (const auto leaning = packer->open(input, bases); leaning.ok()) {
    for (std::size_t i = 0; i < (*leaning)->ids().size(); ++i) {
      if ((*leaning)->ids()[i] != id_of(BytesView((*leaning)->record(i)).subspan(1))) {
        return "a packed chunk is not what its id names";
      }
    }
  }
  const auto pack = packer->open(input, {});
  if (!pack.ok()) return "";
  const auto ids = (*pack)->ids();
  if (kCanary && ids.size() > 1) return "the planted fault";
  std::vector<Bytes> records;
  std::vector<ChunkView> views;
  records.reserve(ids.size());
  IdSet known;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    records.push_back((*pack)->record(i));
    const ChunkView view{ids[i], records.back()};
    if (packer->size_in_pack(view) && known.insert(ids[i]).second) views.push_back(view);
  }
  const auto packed = packer->pack(views, {});
  if (!packed.ok()) return "a pack can't be made again: " + packed.error().to_string();
  const auto again = packer->open(*packed, {});
  if (!again.ok()) return "a pack that was made again can't be opened";
  for (std::size_t i = 0; i < views.size(); ++i) {
    if ((*again)->ids()[i] != views[i].id || !same((*again)->record(i), views[i].bytes)) {
      return "a packed record comes back different";
    }
  }
  return "";
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
