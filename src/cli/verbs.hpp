// The table of verbs. Each comes from a file of src/cli/verbs/.
#pragma once

#include <vector>

#include "cli/verb.hpp"

namespace stet::cli {

Verb save_verb();
Verb load_verb();
Verb set_verb();
Verb patch_verb();
Verb list_verb();
Verb log_verb();
Verb show_verb();
Verb diff_verb();
Verb restore_verb();
Verb remove_verb();
Verb copy_verb();
Verb convert_verb();
Verb id_verb();
Verb apply_verb();
Verb validate_verb();
Verb export_verb();
Verb import_verb();
Verb verify_verb();
Verb repair_verb();
Verb compact_verb();
Verb backup_verb();
Verb doctor_verb();
Verb bench_verb();
Verb torture_verb();
Verb help_verb();
Verb completion_verb();

// In the order of help.
std::vector<Verb> all_verbs();

// What the command only says to itself; nobody is told of it.
Verb torture_writer_verb();

}  // namespace stet::cli
