#include "cli/run.hpp"

#include <fmt/format.h>

#include <new>

#include "cli/help.hpp"
#include "cli/interrupt.hpp"
#include "cli/parse.hpp"
#include "cli/session.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs.hpp"

namespace stet::cli {

namespace {

Exit start(const Invocation& invocation, Session& session) {
  if (invocation.version) {
    if (session.json()) {
      session.out().json_line(Value::map({{"version", Value(version_number())}}));
    } else {
      session.out().line(version_text());
    }
    return Exit::done;
  }
  if (invocation.help || !invocation.verb) {
    session.out().write(invocation.verb ? verb_help(*invocation.verb) : overview(session.verbs()));
    return Exit::done;
  }
  return invocation.verb->run(session, invocation.arguments);
}

// A name that isn't there gets the nearest one that is.
Error with_suggestion(const Error& error, Session& session) {
  const std::string& document = error.context().document;
  if (error.code() != ErrorCode::not_found || document.empty()) return error;
  const std::string near = session.near_document(document);
  if (near.empty() || near == document) return error;
  return Error(error.code(), fmt::format("{}: did you mean {}?", error.message(), near),
               error.context());
}

Exit run_in(const Invocation& invocation, Session& session) {
  // On a terminal both go to, results and errors stand where the bar was.
  const auto flush = [&session] {
    session.messages().clear();
    return session.out().flush();
  };
  const auto fail = [&](Exit exit, const Error& error) {
    flush();
    print_error(with_suggestion(error, session), invocation.json);
    return exit;
  };
  try {
    const Exit exit = start(invocation, session);
    if (flush()) return exit;
    return fail(Exit::storage, Error(ErrorCode::io, "standard output could not be written"));
  } catch (const Failure& failure) {
    return fail(failure.exit(), failure);
  } catch (const Error& error) {
    return fail(exit_for(error.code()), error);
  } catch (const std::bad_alloc&) {
    return fail(Exit::storage, Error(ErrorCode::too_large, "not enough memory for this document"));
  } catch (const std::exception& error) {
    return fail(Exit::storage, Error(ErrorCode::internal, error.what()));
  }
}

}  // namespace

Exit run(const std::vector<std::string>& words) {
  const std::vector<Verb> verbs = all_verbs();
  const std::vector<Verb> inner = {torture_writer_verb()};
  try {
    const bool is_inner = !words.empty() && words.front() == inner.front().name;
    const Invocation invocation = parse(words, is_inner ? inner : verbs);
    const Exit exit = [&] {
      Session session(invocation.store, invocation.json, invocation.quiet, verbs);
      return run_in(invocation, session);
    }();
    end_if_interrupted();
    return exit;
  } catch (const Failure& failure) {
    print_error(failure, asks_for_json(words));
    return failure.exit();
  }
}

}  // namespace stet::cli
