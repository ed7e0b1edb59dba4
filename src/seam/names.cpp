#include "stet/seam.hpp"

namespace stet {

std::string_view durability_name(Durability durability) noexcept {
  switch (durability) {
    case Durability::none:
      return "none";
    case Durability::process:
      return "process";
    case Durability::power_loss:
      return "power-loss";
  }
  return "unknown";
}

}  // namespace stet
