#include "support/history.hpp"

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

std::ostream& operator<<(std::ostream& out, const Violation& violation) {
  return out << violation.what;
}

std::optional<Violation> History::objection(const State& shown, std::uint64_t place) const {
  std::size_t oldest = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].acknowledged && *entries_[i].acknowledged <= place) oldest = i;
  }
  Violation wrong{Oracle::committed, "is no state that was ever committed"};
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.state != shown) continue;
    if (i < oldest) {
      wrong = {Oracle::acknowledged,
               fmt::format("is change {}, but {} was acknowledged", i, oldest)};
    } else if (entry.begun > place) {
      wrong = {Oracle::committed, fmt::format("is change {}, which had not begun", i)};
    } else if (entry.withdrawn && *entry.withdrawn <= place) {
      wrong = {Oracle::honest, fmt::format("is change {}, which was said not to have happened", i)};
    } else {
      return std::nullopt;
    }
  }
  wrong.what = text_of(shown) + " " + wrong.what;
  return wrong;
}

}  // namespace stet::test
