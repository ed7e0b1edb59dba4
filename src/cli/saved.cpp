#include "cli/saved.hpp"

#include <fmt/format.h>

#include "cli/documents.hpp"
#include "cli/text.hpp"

namespace stet::cli {

namespace {

Value saved_value(const std::string& name, const Saved& saved, bool explain) {
  Value value = Value::map({{"name", Value(name)},
                            {"id", Value(saved.id->to_string())},
                            {"root", Value(saved.root.id.to_string())},
                            {"new", Value(saved.outcome == Saved::Outcome::done)}});
  if (!explain) return value;
  return value.with_member("chunks_written", Value(saved.cost.chunks_written))
      .with_member("chunks_reused", Value(saved.cost.chunks_reused))
      .with_member("bytes_written", Value(saved.cost.bytes_written))
      .with_member("flushes", Value(saved.cost.flushes));
}

std::string cost_text(const Cost& cost) {
  return fmt::format(" ({} written, {} reused, {}, {})", count_text(cost.chunks_written, "chunk"),
                     cost.chunks_reused, size_text(cost.bytes_written),
                     count_text(cost.flushes, "flush", "flushes"));
}

[[noreturn]] void fail_conflict(const std::string& name, const Saved& saved) {
  ErrorContext context;
  context.document = name;
  if (saved.id) context.version = short_id(*saved.id);
  const std::string head =
      saved.id ? "is at version " + short_id(*saved.id) : std::string("has no version");
  throw Failure(Exit::conflict, ErrorCode::conflict,
                fmt::format("{} {}, not the expected one: look at 'stet log {}' and save again",
                            name, head, name),
                std::move(context));
}

}  // namespace

Option message_option() { return {"--message", "-m", "TEXT", "why, for the log", Names::text}; }

Option author_option() { return {"--author", "", "NAME", "who (else $STET_AUTHOR)", Names::text}; }

Option explain_option() {
  return {"--explain", "", "", "say what it cost: chunks written and reused, bytes, flushes",
          Names::text};
}

SaveOptions save_options(Session& session, const Arguments& arguments) {
  SaveOptions options;
  options.message = arguments.text_or("--message", "");
  options.author = session.author(arguments.find("--author"));
  return options;
}

Exit report_saved(Session& session, const std::string& name, const Saved& saved, bool explain) {
  if (saved.outcome == Saved::Outcome::conflict) fail_conflict(name, saved);
  if (session.json()) {
    session.out().json_line(saved_value(name, saved, explain));
    return Exit::done;
  }
  const bool done = saved.outcome == Saved::Outcome::done;
  session.say(fmt::format("{} {}: {}version {}{}", done ? "saved" : "unchanged", printable(name),
                          done ? "" : "still ", short_id(*saved.id),
                          explain ? cost_text(saved.cost) : ""));
  return Exit::done;
}

}  // namespace stet::cli
