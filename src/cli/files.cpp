#include "cli/files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "cli/archive.hpp"
#include "cli/interrupt.hpp"
#include "cli/suggest.hpp"
#include "stet/safefile.hpp"

namespace stet::cli {

namespace {

constexpr std::string_view kArchiveFormat = "car";
constexpr std::size_t kReadBytes = 256 * 1024;

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

const Codec& codec_named(const std::string& name) {
  if (const Codec* codec = find_codec(name)) return *codec;
  const std::vector<std::string> known = format_names();
  const auto near = nearest(name, known);
  refuse(fmt::format("no format '{}': {}", name,
                     near ? fmt::format("did you mean {}?", *near) : "there are " + joined(known)));
}

bool is_archive_path(std::string_view path) { return path.ends_with(".car"); }

std::string format_of_path(const std::string& path) {
  if (is_archive_path(path)) return std::string(kArchiveFormat);
  const Codec* codec = codec_for_path(path);
  return codec ? std::string(codec->name()) : "bytes";
}

Result<Value> decode(BytesView bytes, const std::string& format, const DecodeLimits& limits) {
  if (format == kArchiveFormat) return document_of_archive(bytes, limits);
  return codec_named(format).decode(bytes, limits);
}

std::string way_past(const Error& error, bool format_was_given) {
  std::string way;
  if (error.code() == ErrorCode::too_large) way += ": --limit NAME=N sets it";
  if (!format_was_given) way += way.empty() ? ": " : ", ";
  return format_was_given ? way : way + "--from bytes keeps it as it is";
}

}  // namespace

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const Codec* codec : codecs()) names.emplace_back(codec->name());
  names.emplace_back(kArchiveFormat);
  return names;
}

OpenFile open_to_read(const std::string& path) {
  OpenFile file(path == "-" ? stdin : std::fopen(path.c_str(), "rbe"));
  if (!file) fail_reading(path, errno);
  return file;
}

void fail_reading(const std::string& path, int number) {
  const ErrorCode code = number == ENOENT || number == ENOTDIR ? ErrorCode::not_found
                         : number == EACCES || number == EPERM ? ErrorCode::denied
                         : number == EISDIR                    ? ErrorCode::invalid
                                                               : ErrorCode::io;
  throw Error(code, fmt::format("cannot read '{}': {}", path, std::strerror(number))).at_path(path);
}

void fail_too_long(const std::string& path, const DecodeLimits& limits) {
  throw Error(ErrorCode::too_large,
              fmt::format("the input passes the limit input_bytes_max of {} bytes: --limit bytes=N "
                          "sets it",
                          limits.input_bytes_max))
      .at_path(path);
}

Error in_file(const Error& error, const std::string& path) {
  ErrorContext context = error.context();
  context.store.clear();
  const bool inside = !context.path.empty() && context.path != path;
  const std::string where = inside ? fmt::format(" at '{}'", context.path) : "";
  context.path = path;
  return {error.code(), fmt::format("'{}': {}{}", path, error.message(), where),
          std::move(context)};
}

Bytes read_bytes(const std::string& path, const DecodeLimits& limits) {
  const OpenFile file = open_to_read(path);
  Bytes bytes;
  for (;;) {
    const std::size_t before = bytes.size();
    if (before > limits.input_bytes_max) fail_too_long(path, limits);
    bytes.resize(before + std::max(kReadBytes, before / 2));
    const std::size_t got = std::fread(bytes.data() + before, 1, bytes.size() - before, file.get());
    const int number = errno;
    bytes.resize(before + got);
    if (got > 0) continue;
    if (std::ferror(file.get())) fail_reading(path, number);
    return bytes;
  }
}

Input read_input(const std::string& path, const std::optional<std::string>& from,
                 const DecodeLimits& limits) {
  Input input;
  input.format = from ? *from : format_of_path(path);
  if (input.format != kArchiveFormat) codec_named(input.format);  // wrong use comes first
  input.bytes = read_bytes(path, limits);
  Result<Value> value = decode(input.bytes, input.format, limits);
  if (!value.ok()) {
    const Error& error = value.error();
    const std::string way_out = way_past(error, from.has_value());
    ErrorContext context = error.context();
    const std::string inside = context.path.empty() ? "" : fmt::format(" at '{}'", context.path);
    context.path = path;
    throw Failure(
        Exit::input, error.code(),
        fmt::format("'{}' as {}: {}{}{}", path, input.format, error.message(), inside, way_out),
        std::move(context));
  }
  input.value = *std::move(value);
  return input;
}

Value read_json_input(const std::string& path, const DecodeLimits& limits) {
  const bool known = codec_for_path(path) != nullptr;
  return read_input(path, known ? std::optional<std::string>() : "json", limits).value;
}

Value parse_json(const std::string& text, std::string_view argument, const DecodeLimits& limits) {
  Result<Value> value = decode_json(as_bytes(text), limits);
  if (value.ok()) return *std::move(value);
  throw Failure(Exit::input, value.error().code(),
                fmt::format("{} is not good JSON: {} (a text needs its quotes: '\"…\"')", argument,
                            value.error().message()),
                value.error().context());
}

std::optional<std::string> output_format(const std::optional<std::string>& to,
                                         const std::optional<std::string>& path) {
  if (to) {
    if (*to != kArchiveFormat) codec_named(*to);
    return to;
  }
  if (!path) return std::nullopt;
  if (is_archive_path(*path)) return std::string(kArchiveFormat);
  const Codec* codec = codec_for_path(*path);
  if (!codec) return std::nullopt;
  return std::string(codec->name());
}

Bytes encode(const Value& value, const std::string& format, TextLayout layout) {
  if (format == kArchiveFormat) return archive_of_document(value);
  Bytes bytes = codec_named(format).encode(value, {.layout = layout}).value();
  // A text file ends with a newline; canonical DAG-JSON must not.
  if (format == "json" && (bytes.empty() || bytes.back() != '\n')) bytes.push_back('\n');
  return bytes;
}

Bytes encode_result(const Value& value, const std::optional<std::string>& format,
                    TextLayout layout) {
  if (format) return encode(value, *format, layout);
  return encode(value, value.kind() == Kind::bytes ? "bytes" : "json", layout);
}

void write_result(Session& session, const std::optional<std::string>& path, BytesView bytes) {
  write_pieces(session, path, [bytes](const auto& out) { return out(bytes); });
}

std::uint64_t write_pieces(Session& session, const std::optional<std::string>& path,
                           const Pieces& write) {
  std::uint64_t count = 0;
  if (!path || *path == "-") {
    write([&](BytesView bytes) {
      session.out().write(bytes);
      count += bytes.size();
      return Result<void>();
    }).value();
    return count;
  }
  const InterruptGuard guard;
  const auto fill = [&](safefile::Output& output) -> Result<void> {
    STET_CHECK(write([&output](BytesView bytes) { return output.append(bytes); }));
    count = output.size_bytes();
    return {};
  };
  safefile::replace_file(session.files(), *path, fill).value();
  return count;
}

}  // namespace stet::cli
