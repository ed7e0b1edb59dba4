// convert, id and apply: on files, without a store.
#include <fmt/format.h>

#include "cli/documents.hpp"
#include "cli/files.hpp"
#include "cli/limits.hpp"
#include "cli/verbs.hpp"
#include "stet/tree.hpp"

namespace stet::cli {

namespace {

TextLayout layout_of(const Arguments& arguments) {
  return arguments.has("--compact") ? TextLayout::compact : TextLayout::pretty;
}

Option compact_option() { return {"--compact", "", "", "JSON on one line", Names::text}; }

Option from_option() {
  return {"--from", "", "FORMAT", "what the file is: json, dag-json, dag-cbor, car, bytes",
          Names::format};
}

Exit run_convert(Session& session, const Arguments& arguments) {
  const auto out = arguments.find("OUT");
  const auto format = output_format(arguments.find("--to"), out);
  const Input input =
      read_input(arguments.text("IN"), arguments.find("--from"), limits_of(arguments));
  write_result(session, out, encode_result(input.value, format, layout_of(arguments)));
  return Exit::done;
}

// Ids are wanted, chunks are not.
class NoSink final : public tree::ChunkSink {
 public:
  Result<void> put(std::span<const ChunkView>) override { return {}; }
};

Exit run_id(Session& session, const Arguments& arguments) {
  const Input input =
      read_input(arguments.text("FILE"), arguments.find("--from"), limits_of(arguments));
  Id id;
  if (arguments.has("--block")) {
    id = id_of(dag_cbor::encode(input.value));
  } else {
    NoSink sink;
    id = tree::write(input.value, sink).value().id;
  }
  if (session.json()) {
    session.out().json_line(Value::map({{"id", Value(id.to_string())}}));
  } else {
    session.out().line(id.to_string());
  }
  return Exit::done;
}

// Whatever the patch wants and the document hasn't is an answer: no.
Value apply_operations(const Value& document, const Patch& patch) {
  return value_or_fail(apply_patch(document, patch), Exit::no);
}

Exit run_apply(Session& session, const Arguments& arguments) {
  if (arguments.text("FILE") == "-" && arguments.text("PATCH") == "-") {
    refuse("FILE and PATCH can't both be standard input");
  }
  const Input input = read_input(arguments.text("FILE"), std::nullopt, limits_of(arguments));
  const Value patch = read_json_input(arguments.text("PATCH"), limits_of(arguments));
  const Value patched = arguments.has("--merge")
                            ? apply_merge(input.value, patch)
                            : apply_operations(input.value, patch_from_value(patch).value());
  const std::string format = session.json() ? "json" : input.format;
  write_result(session, std::nullopt, encode(patched, format, layout_of(arguments)));
  return Exit::done;
}

}  // namespace

Verb convert_verb() {
  return {"convert",
          "convert a file from one format to another",
          "Without a store. Formats come from --from and --to, else from the extensions; without "
          "either "
          "the result is JSON, or bytes where IN is bytes.",
          {{"IN", "the file, or - for standard input", Positional::Count::one, Names::file},
           {"OUT", "the file to replace, else standard output", Positional::Count::optional,
            Names::file}},
          {from_option(),
           {"--to", "", "FORMAT", "json, dag-json, dag-cbor, car or bytes", Names::format},
           limit_option(),
           compact_option()},
          {{"stet convert song.json song.cbor", "JSON to DAG-CBOR"},
           {"stet convert song.cbor --to dag-json", "to standard output"}},
          run_convert};
}

Verb id_verb() {
  return {"id",
          "print the id that a file's content has",
          "The root id of the content as a CIDv1 in base32: the root that 'stet save' would give "
          "it. With "
          "--block the CID of the whole content as one DAG-CBOR block, as other IPLD tools have "
          "it; the "
          "two are the same where the content fits in one chunk.",
          {{"FILE", "the file, or - for standard input", Positional::Count::one, Names::file}},
          {from_option(),
           {"--block", "", "", "the CID of the whole DAG-CBOR as one block", Names::text},
           limit_option()},
          {{"stet id song.json", ""}},
          run_id};
}

Verb apply_verb() {
  return {"apply",
          "print a file with a patch applied to it",
          "PATCH is a JSON Patch (RFC 6902), or with --merge a merge patch (RFC 7396). The result "
          "has the "
          "file's format. A test that fails or a path that isn't there ends with 1.",
          {{"FILE", "the document, or - for standard input", Positional::Count::one, Names::file},
           {"PATCH", "the patch, or - for standard input", Positional::Count::one, Names::file}},
          {{"--merge", "", "", "PATCH is a merge patch", Names::text},
           limit_option(),
           compact_option()},
          {{"stet apply song.json faster.json", ""}},
          run_apply};
}

}  // namespace stet::cli
