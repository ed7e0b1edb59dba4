// Real files and public suites that lie beside the checkout (../shared): used in place, never
// copied.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "stet/base/bytes.hpp"

namespace stet::test {

// $STET_SHARED, else ../shared beside the source folder.
std::filesystem::path shared_folder();
bool has_shared_folder();
bool in_ci();

// The whole file; fails the test where it can't be read.
Bytes read_file(const std::filesystem::path& path);

}  // namespace stet::test

// First line of a test that needs the shared folder: skips loudly without it, and fails in CI.
#define STET_NEEDS_SHARED()                                                           \
  do {                                                                                \
    if (!::stet::test::has_shared_folder()) {                                         \
      if (::stet::test::in_ci()) FAIL() << "no shared data beside the checkout";      \
      GTEST_SKIP() << "SKIPPED: no shared data at " << ::stet::test::shared_folder(); \
    }                                                                                 \
  } while (false)
