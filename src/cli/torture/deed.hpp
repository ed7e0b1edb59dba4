// What writers do to a scratch store, in the words that writers and the judge share.
//
// Lists are everybody's: each append brings a token that is used once. The other documents belong
// to one writer each, and are at a number, which tells their whole content, or absent.
//
// Thread rule: plain values and pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "stet/value.hpp"

namespace stet::cli::torture {

inline constexpr std::uint32_t kProcesses = 3;
inline constexpr std::uint32_t kThreads = 2;  // of each process
inline constexpr std::uint32_t kWriters = kProcesses * kThreads;

// The last two are appended to together, in one transaction.
inline constexpr std::array<const char*, 4> kLists = {"lists/first", "lists/second", "pair/left",
                                                      "pair/right"};
inline constexpr std::size_t kSingleLists = 2;
inline constexpr std::size_t kLeft = 2;
inline constexpr std::size_t kRight = 3;

enum class Own : std::uint8_t {
  turned,   // saved, and turned back to what it was
  removed,  // saved and removed
  large,    // of several megabytes: written ahead while it is encoded
};
inline constexpr std::size_t kOwns = 3;

enum class Act : std::uint8_t { append, transact, save, restore, remove, prune, compact };
inline constexpr std::size_t kActs = 7;

struct Deed {
  Act act = Act::append;
  std::uint8_t target = 0;   // which list, or which Own
  std::uint16_t writer = 0;  // below kWriters
  std::uint64_t token = 0;   // of this deed alone
  std::uint64_t number = 0;  // of an Own: where it is afterwards; 0 is absent
};

// What a writer tells before and after a deed. Goes through a pipe as it lies in memory: both ends
// are the same program.
struct Report {
  bool is_done = false;
  Deed deed;
};

// Tokens of different rounds, writers and deeds differ, and grow with each.
std::uint64_t first_token(std::uint64_t round, std::uint32_t writer);
std::uint64_t series_of(std::uint64_t token);  // the same for one writer in one round
std::string token_text(std::uint64_t token);   // "deed 17 of writer 2 in round 5"

std::string own_name(std::uint32_t writer, Own own);
bool is_large(const Deed& deed);
std::string deed_text(const Deed& deed);  // "to restore writer-2/turned"

// In every third round one writer is alone: a large save is written ahead only where nobody else
// holds the writer's lock.
bool is_alone_in(std::uint64_t round);

// What such a document holds at a number.
Value own_content(Own own, std::uint64_t number);
// The number that it says it is at; 0 where it says none.
std::uint64_t number_in(const Value& content);

}  // namespace stet::cli::torture
