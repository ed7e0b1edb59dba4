#include <array>

#include "rows.hpp"

namespace stet::bench {

std::span<const RowEntry> all_rows() {
  static constexpr std::array kRows = {
      RowEntry{"durable_edit", durable_edit},
      RowEntry{"sixteen_writers", sixteen_writers},
      RowEntry{"decode", decode},
      RowEntry{"encode", encode},
      RowEntry{"full_save", full_save},
      RowEntry{"full_load", full_load},
      RowEntry{"read_one_note", read_one_note},
  };
  return kRows;
}

}  // namespace stet::bench
