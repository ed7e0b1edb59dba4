// Files of the user's: read as documents, replaced as a whole.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "stet/codec.hpp"
#include "stet/value.hpp"

namespace stet::cli {

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};
using OpenFile = std::unique_ptr<std::FILE, CloseFile>;
OpenFile open_to_read(const std::string& path);  // "-": standard input
[[noreturn]] void fail_reading(const std::string& path, int number);
[[noreturn]] void fail_too_long(const std::string& path, const DecodeLimits& limits);

// The error of what is in a file: it names the file first, and a place inside of it in words.
Error in_file(const Error& error, const std::string& path);

// A file or standard input ("-"), whole. Pipes and FIFOs are read to their end. Throws not_found,
// denied, invalid (a folder), too_large.
Bytes read_bytes(const std::string& path, const DecodeLimits& limits = {});

struct Input {
  Bytes bytes;
  std::string format;
  Value value;
};

// Read and decoded: as `from`, else by the extension, else as bytes. Throws as read_bytes, wrong
// use for a format that isn't known, and bad input, which names "--from bytes" where the extension
// chose the format.
Input read_input(const std::string& path, const std::optional<std::string>& from,
                 const DecodeLimits& limits = {});
// The same where what has no known extension is JSON: patches.
Value read_json_input(const std::string& path, const DecodeLimits& limits = {});
// JSON typed on the command line.
Value parse_json(const std::string& text, std::string_view argument,
                 const DecodeLimits& limits = {});

// The format that --to names or the path's extension means; nothing where neither does.
std::optional<std::string> output_format(const std::optional<std::string>& to,
                                         const std::optional<std::string>& path);
Bytes encode(const Value& value, const std::string& format, TextLayout layout);
// As `format`; without one bytes as they are, anything else as JSON.
Bytes encode_result(const Value& value, const std::optional<std::string>& format,
                    TextLayout layout);

// To standard output, or replaces the file as a whole.
void write_result(Session& session, const std::optional<std::string>& path, BytesView bytes);
// The same of what comes in pieces; `write` hands them to the function that it is given. How many
// bytes.
using Pieces = std::function<Result<void>(const std::function<Result<void>(BytesView)>& out)>;
std::uint64_t write_pieces(Session& session, const std::optional<std::string>& path,
                           const Pieces& write);

std::vector<std::string> format_names();

}  // namespace stet::cli
