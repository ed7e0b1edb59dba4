#include <array>

#include "rows.hpp"

namespace stet::bench {

std::span<const RowEntry> all_rows() {
  static constexpr std::array kRows = {
      RowEntry{"durable_edit", durable_edit},
      RowEntry{"larger_document", larger_document},
      RowEntry{"edit_in_memory", edit_in_memory},
      RowEntry{"sixteen_writers", sixteen_writers},
      RowEntry{"decode", decode},
      RowEntry{"encode", encode},
      RowEntry{"full_save", full_save},
      RowEntry{"full_load", full_load},
      RowEntry{"read_one_note", read_one_note},
      RowEntry{"bytes_a_version", bytes_a_version},
      RowEntry{"memory", memory},
      RowEntry{"diff", diff_of_versions},
      RowEntry{"json_import", json_import},
      RowEntry{"open_large_store", open_large_store},
  };
  return kRows;
}

}  // namespace stet::bench
