#include "command/transcript.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>

#include "stet/codec.hpp"

namespace stet::test {

namespace {

using Pipe = std::array<int, 2>;

Pipe open_pipe() {
  Pipe pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  return pipe;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

int exit_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

int wait_for(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return exit_of(status);
}

struct Streams {
  int in, out, err;
};

// Everything that allocates is done before the fork.
pid_t spawn(const Words& words, std::vector<std::string> environment, const std::string& folder,
            Streams streams) {
  Words command = {STET_BINARY_DIR "/stet"};
  command.insert(command.end(), words.begin(), words.end());
  const std::vector<char*> arguments = pointers(command);
  const std::vector<char*> variables = pointers(environment);
  const pid_t process = fork();
  if (process != 0) return process;
  if (chdir(folder.c_str()) != 0) _exit(127);
  dup2(streams.in, STDIN_FILENO);
  dup2(streams.out, STDOUT_FILENO);
  dup2(streams.err, STDERR_FILENO);
  signal(SIGPIPE, SIG_DFL);
  execve(arguments[0], arguments.data(), variables.data());
  _exit(127);
}

// Feeds standard input and gathers both outputs until they end.
void exchange(int in, std::string_view input, int out, int err, Ran& ran) {
  fcntl(in, F_SETFL, O_NONBLOCK);
  std::array<pollfd, 3> files = {{{in, POLLOUT, 0}, {out, POLLIN, 0}, {err, POLLIN, 0}}};
  const auto gather = [](pollfd& file, std::string& text) {
    std::array<char, 65536> buffer;
    const ssize_t got = ::read(file.fd, buffer.data(), buffer.size());
    if (got > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(got));
    } else {
      close(file.fd);
      file.fd = -1;
    }
  };
  while (files[1].fd >= 0 || files[2].fd >= 0) {
    if (files[0].fd >= 0 && input.empty()) {
      close(files[0].fd);
      files[0].fd = -1;
    }
    if (poll(files.data(), files.size(), -1) < 0) continue;
    if (files[0].fd >= 0 && files[0].revents != 0) {
      const ssize_t written = ::write(files[0].fd, input.data(), input.size());
      input.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : input.size());
    }
    if (files[1].fd >= 0 && files[1].revents != 0) gather(files[1], ran.out);
    if (files[2].fd >= 0 && files[2].revents != 0) gather(files[2], ran.err);
  }
  if (files[0].fd >= 0) close(files[0].fd);
}

std::vector<std::string> environment_of(const std::map<std::string, std::string>& own) {
  std::map<std::string, std::string> all = {{"PATH", "/usr/bin:/bin"}, {"TERM", "xterm"}};
  for (const auto& [name, value] : own) all[name] = value;
  std::vector<std::string> environment;
  for (const auto& [name, value] : all) environment.push_back(name + "=" + value);
  return environment;
}

}  // namespace

Value Ran::json() const { return decode_json(as_bytes(out)).value(); }

std::vector<Value> Ran::json_lines() const {
  std::vector<Value> values;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    values.push_back(decode_json(as_bytes(line)).value());
  }
  return values;
}

Value Ran::error() const { return decode_json(as_bytes(err)).value(); }

std::ostream& operator<<(std::ostream& stream, const Ran& ran) {
  return stream << "exit " << ran.exit << "\nout: " << ran.out << "\nerr: " << ran.err;
}

Running::~Running() {
  if (process_ <= 0) return;
  send(SIGKILL);
  wait_for(process_);
}

void Running::send(int signal) { kill(leads_group_ ? -process_ : process_, signal); }

int Running::wait() {
  const int exit = wait_for(process_);
  process_ = -1;
  return exit;
}

Ran Transcript::stet(const Words& words, const std::string& input) {
  // A command that doesn't read its input must not end the test.
  signal(SIGPIPE, SIG_IGN);
  const Pipe in = open_pipe(), out = open_pipe(), err = open_pipe();
  const pid_t process =
      spawn(words, environment_of(environment_), folder_.path(), {in[0], out[1], err[1]});
  for (int end : {in[0], out[1], err[1]}) close(end);
  Ran ran;
  exchange(in[1], input, out[0], err[0], ran);
  ran.exit = wait_for(process);
  return ran;
}

Running Transcript::start(const Words& words, const std::string& out) {
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int file = open(path(out).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const pid_t process =
      spawn(words, environment_of(environment_), folder_.path(), {nothing, file, file});
  close(nothing);
  close(file);
  return Running(process);
}

std::string Transcript::write(const std::string& name, const std::string& content) {
  std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
  std::ofstream file(path(name), std::ios::binary);
  file << content;
  EXPECT_TRUE(file.good()) << name;
  return name;
}

std::string Transcript::read(const std::string& name) const {
  std::ifstream file(path(name), std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<std::string> Transcript::files() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string text_of(const Value& map, std::string_view key) {
  const auto member = map.member(key);
  if (!member || !member->is_text()) {
    ADD_FAILURE() << "no text '" << key << "' in " << encode_json(map, TextLayout::compact);
    return {};
  }
  return std::string(*member->to_text());
}

std::int64_t number_of(const Value& map, std::string_view key) {
  const auto member = map.member(key);
  if (!member || !member->to_int64()) {
    ADD_FAILURE() << "no number '" << key << "' in " << encode_json(map, TextLayout::compact);
    return -1;
  }
  return *member->to_int64();
}

std::vector<std::string> keys_of(const Value& map) {
  std::vector<std::string> keys;
  for (const auto& member : map.members()) keys.emplace_back(member.key);
  return keys;
}

}  // namespace stet::test
