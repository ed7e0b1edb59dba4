// Saves a song, changes a note, and goes back: the example of the README.
#include <stet/stet.hpp>

#include <iostream>

int main() {
  stet::Store store = stet::Store::open("file:quickstart.stet").value();

  stet::Value song = stet::Value::map({
      {"title", "Frère Jacques"},
      {"notes", stet::Value::list({"C4", "D4", "E4", "C4"})},
  });
  store.save("song", song, {.message = "four notes"}).value();

  // Values never change: an edit gives a new one, and saving it costs the edit, not the song.
  song = song.with(stet::Path::parse("/notes/3").value(), "G4").value();
  const stet::Saved saved = store.save("song", song, {.message = "another ending"}).value();
  std::cout << "flushes: " << saved.cost.flushes << "\n";

  store
      .log("song",
           [](const stet::VersionInfo& info) {
             std::cout << info.id.short_form() << "  " << info.version.message << "\n";
             return true;
           })
      .value();

  const stet::Value before = store.load("song~1").value();
  std::cout << stet::encode_json(before) << "\n";
  store.restore("song~1", {.message = "as it was"}).value();
}
