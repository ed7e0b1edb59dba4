#include "subject.hpp"

#include <utility>

namespace stet::bench {

std::string url_of(const std::string& path) { return "file:" + path; }

Edit Editor::next() {
  const std::size_t id = picker_.next();
  const Note note = picker_.changed(id);
  return {Path::parse(note.pointer() + "/duration").value(),
          Value::list({Value(note.numerator), Value(note.denominator)})};
}

Path Editor::next_note() { return Path::parse(score_->notes[picker_.next()].pointer()).value(); }

StetScore::StetScore(const std::string& path, const Score& score, Value value)
    : store_(Store::open(url_of(path)).value()), value_(std::move(value)), editor_(score) {
  store_.save(kDocument, value_).value();
}

Sample StetScore::save_edit() {
  const Edit edit = editor_.next();
  return measure(Clock::wall, [&] {
    value_ = value_.with(edit.path, edit.duration).value();
    store_.save(kDocument, value_).value();
  });
}

Sample StetScore::patch_edit() {
  const Edit edit = editor_.next();
  const Patch patch = {{Operation::Kind::add, edit.path, {}, edit.duration}};
  return measure(Clock::wall, [&] { store_.patch(kDocument, patch).value(); });
}

}  // namespace stet::bench
