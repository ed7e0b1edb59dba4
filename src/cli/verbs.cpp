#include "cli/verbs.hpp"

namespace stet::cli {

std::vector<Verb> all_verbs() {
  std::vector<Verb> verbs;
  for (auto* make :
       {save_verb,   load_verb,      set_verb,      patch_verb,  list_verb,   log_verb,
        show_verb,   diff_verb,      restore_verb,  remove_verb, copy_verb,   convert_verb,
        id_verb,     apply_verb,     validate_verb, export_verb, import_verb, verify_verb,
        repair_verb, compact_verb,   backup_verb,   doctor_verb, bench_verb,  torture_verb,
        help_verb,   completion_verb}) {
    verbs.push_back(make());
  }
  return verbs;
}

}  // namespace stet::cli
