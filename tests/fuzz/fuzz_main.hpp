// Makes a fuzz target of a property: a function from bytes to what is wrong, or "".
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include "stet/base/bytes.hpp"

#define STET_FUZZ(property)                                                           \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    const std::string wrong = property(stet::BytesView(data, size));                  \
    if (!wrong.empty()) {                                                             \
      std::fprintf(stderr, "property violated: %s\n", wrong.c_str());                 \
      std::abort();                                                                   \
    }                                                                                 \
    return 0;                                                                         \
  }                                                                                   \
  static_assert(true)
