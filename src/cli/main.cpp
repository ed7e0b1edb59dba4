// The command `stet`.
#include "cli/run.hpp"

int main(int count, char** words) {
  return static_cast<int>(stet::cli::run({words + 1, words + count}));
}
