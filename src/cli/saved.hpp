// How verbs that make a version say so.
#pragma once

#include <string>

#include "cli/session.hpp"
#include "stet/store.hpp"

namespace stet::cli {

// Options of every verb that makes a version.
Option message_option();
Option author_option();
Option explain_option();

// Message and author as given.
SaveOptions save_options(Session& session, const Arguments& arguments);

// Prints what came of it. Throws conflict where the head was another.
Exit report_saved(Session& session, const std::string& name, const Saved& saved, bool explain);

}  // namespace stet::cli
