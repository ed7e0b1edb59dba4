#include "cli/torture/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cli/files.hpp"
#include "stet/codec.hpp"

namespace stet::cli::torture {

namespace {

constexpr const char* kThisProgram = "/proc/self/exe";
constexpr int kPipeBytes = 1 << 20;

Error not_started(int number) {
  return {ErrorCode::unavailable,
          fmt::format("a writer could not be started: {}", std::strerror(number))};
}

class FileActions {
 public:
  FileActions(int out, const std::string& errors) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, errors.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
  }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

Result<pid_t> spawn(std::vector<std::string> words, int out, const std::string& errors) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const FileActions actions(out, errors);
  pid_t process = -1;
  const int failed =
      posix_spawn(&process, kThisProgram, actions.get(), nullptr, arguments.data(), environ);
  if (failed != 0) return not_started(failed);
  return process;
}

ErrorCode code_named(std::string_view name) {
  for (int code = 0; code < static_cast<int>(ErrorCode::internal); ++code) {
    if (error_code_name(static_cast<ErrorCode>(code)) == name) return static_cast<ErrorCode>(code);
  }
  return ErrorCode::internal;
}

// As print_error writes it under --json.
Error error_from(const std::string& text, int status) {
  const auto value = decode_json(as_bytes(text));
  const auto code = value.ok() && value->is_map() ? value->member("code") : std::nullopt;
  const auto message = code ? value->member("message") : std::nullopt;
  if (!message || !code->to_text() || !message->to_text()) {
    return {ErrorCode::internal,
            WIFSIGNALED(status)
                ? fmt::format("a writer crashed: {}", strsignal(WTERMSIG(status)))
                : fmt::format("a writer ended with {} and said: {}", WEXITSTATUS(status), text)};
  }
  return {code_named(*code->to_text()), std::string(*message->to_text())};
}

}  // namespace

Result<std::unique_ptr<WriterProcess>> WriterProcess::start(const std::string& folder,
                                                            const WriterPlan& plan) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return not_started(errno);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  ::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);  // so that it seldom waits for us
  const std::string errors = fmt::format("{}/writer-{}.log", folder, plan.process);
  const auto process = spawn({"stet", kWriterVerb, "--json", folder, std::to_string(plan.process),
                              std::to_string(plan.round), std::to_string(plan.seed)},
                             ends[1], errors);
  ::close(ends[1]);
  if (process.ok()) {
    return std::unique_ptr<WriterProcess>(new WriterProcess(*process, ends[0], errors));
  }
  ::close(ends[0]);
  return process.error();
}

WriterProcess::~WriterProcess() {
  if (!status_) {
    ::kill(process_, SIGKILL);
    wait();
  }
  ::close(pipe_);
}

bool WriterProcess::listen(const Hear& hear) {
  std::array<Report, 256> reports;
  while (true) {
    const ssize_t got = ::read(pipe_, reports.data(), sizeof reports);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return true;  // nothing now
    if (got == 0) break;
    const std::size_t count = static_cast<std::size_t>(got) / sizeof(Report);
    std::for_each_n(reports.begin(), count, hear);
  }
  wait();
  return false;
}

void WriterProcess::kill(const Hear& hear) {
  if (!status_) ::kill(process_, SIGKILL);
  wait();
  listen(hear);
}

void WriterProcess::wait() {
  int status = 0;
  while (!status_) {
    const pid_t ended = ::waitpid(process_, &status, 0);
    if (ended == process_ || (ended < 0 && errno != EINTR)) status_ = status;
  }
}

std::optional<Error> WriterProcess::failure() {
  if (!status_) return std::nullopt;
  constexpr std::array kFromOutside = {SIGKILL, SIGINT, SIGTERM, SIGHUP};
  const bool was_killed = WIFSIGNALED(*status_) &&
                          std::ranges::find(kFromOutside, WTERMSIG(*status_)) != kFromOutside.end();
  if (was_killed) return std::nullopt;
  return error_from(std::string(as_text(read_bytes(errors_))), *status_);
}

}  // namespace stet::cli::torture
