// Saves a document and loads it again, with nothing but what is installed.
#include <cstdio>

#include "stet/stet.hpp"

int main(int, char** arguments) {
  auto store = stet::Store::open(arguments[1]).value();
  const auto song = stet::Value::map({{"title", "Ground"}, {"tempo", 72}});
  if (store.save("song", song).value().outcome != stet::Saved::Outcome::done) return 1;
  const bool equal = store.load("song").value() == song;
  std::printf("outside: %s\n", equal ? "the same" : "different");
  return equal ? 0 : 1;
}
