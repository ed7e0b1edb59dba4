// WriterProcess: a writer as its torturer has it: started, listened to, killed.
//
// Thread rule: one thread.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/torture/deed.hpp"
#include "cli/torture/writer.hpp"
#include "stet/base.hpp"

namespace stet::cli::torture {

inline constexpr const char* kWriterVerb = "torture-writer";

class WriterProcess {
 public:
  // This program once more, on the scratch folder.
  static Result<std::unique_ptr<WriterProcess>> start(const std::string& folder,
                                                      const WriterPlan& plan);
  ~WriterProcess();  // kills it where it runs
  WriterProcess(const WriterProcess&) = delete;
  WriterProcess& operator=(const WriterProcess&) = delete;

  using Hear = std::function<void(const Report&)>;
  // What it has reported since the last time, without waiting for more. False: it has ended, and
  // all is heard.
  bool listen(const Hear& hear);
  // SIGKILL, and then all that it had reported.
  void kill(const Hear& hear);
  // What it ended with on its own; nothing where it was killed.
  std::optional<Error> failure();

  int pipe() const noexcept { return pipe_; }

 private:
  WriterProcess(pid_t process, int pipe, std::string errors)
      : process_(process), pipe_(pipe), errors_(std::move(errors)) {}
  void wait();

  const pid_t process_;
  const int pipe_;
  const std::string errors_;  // path of what it says on standard error
  std::optional<int> status_;
};

}  // namespace stet::cli::torture
