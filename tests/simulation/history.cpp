#include "history.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace stet::test {

std::string text_of(const State& state) {
  std::string text = "{";
  for (const auto& [name, content] : state) {
    text += fmt::format(" {}=", name);
    for (const char c : content.substr(0, 6))
      text += fmt::format("{:02x}", static_cast<std::uint8_t>(c));
  }
  return text + " }";
}

void History::begin(State state, std::uint64_t place) {
  entries_.push_back({std::move(state), place, std::nullopt, std::nullopt});
}

void History::acknowledge(std::uint64_t place) { entries_.back().acknowledged = place; }
void History::withdraw(std::uint64_t place) { entries_.back().withdrawn = place; }

const State& History::current() const {
  std::size_t newest = entries_.size() - 1;
  while (newest > 0 && entries_[newest].withdrawn) --newest;
  return entries_[newest].state;
}

bool History::acknowledged_by(std::uint64_t place) const {
  for (const Entry& entry : entries_) {
    if (entry.acknowledged && *entry.acknowledged <= place) return true;
  }
  return false;
}

std::optional<std::string> History::objection(const State& shown, std::uint64_t place) const {
  std::size_t oldest = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].acknowledged && *entries_[i].acknowledged <= place) oldest = i;
  }
  std::string why = "is no state that was ever committed";
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.state != shown) continue;
    if (i < oldest) {
      why = fmt::format("is change {}, but {} was acknowledged", i, oldest);
    } else if (entry.begun > place) {
      why = fmt::format("is change {}, which had not begun", i);
    } else if (entry.withdrawn && *entry.withdrawn <= place) {
      why = fmt::format("is change {}, which was said not to have happened", i);
    } else {
      return std::nullopt;
    }
  }
  return fmt::format("{} {}", text_of(shown), why);
}

}  // namespace stet::test
