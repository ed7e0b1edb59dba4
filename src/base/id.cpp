#include "stet/base/id.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

#include "base/multibase.hpp"

namespace stet {

namespace {

constexpr std::array<std::uint8_t, 4> kCidPrefix = {0x01, 0x71, 0x12, 0x20};
constexpr std::size_t kIdTextCharacters = 59;

// Fetching the algorithm costs more than hashing a chunk, so it is fetched once, and each thread
// keeps a context.
const EVP_MD* sha256() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

}  // namespace

Id id_of(BytesView plain) {
  thread_local const std::unique_ptr<EVP_MD_CTX, ContextDeleter> context(EVP_MD_CTX_new());
  Id id;
  unsigned int length = 0;
  const bool done = context != nullptr &&
                    EVP_DigestInit_ex2(context.get(), sha256(), nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), plain.data(), plain.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), id.bytes.data(), &length) == 1;
  // Only a lack of memory or a broken installation gets here; an id that is wrong must never leave.
  if (!done || length != kIdBytes) std::abort();
  return id;
}

std::array<std::uint8_t, kIdCidBytes> cid_bytes_of(const Id& id) {
  std::array<std::uint8_t, kIdCidBytes> bytes{};
  std::copy(kCidPrefix.begin(), kCidPrefix.end(), bytes.begin());
  std::copy(id.bytes.begin(), id.bytes.end(), bytes.begin() + kCidPrefix.size());
  return bytes;
}

std::string Id::to_string() const {
  const auto cid = cid_bytes_of(*this);
  return "b" + multibase::encode_base32(cid);
}

std::string Id::short_form(std::size_t characters) const {
  return to_string().substr(kIdTextPrefix.size(), characters);
}

Result<Id> Id::parse(std::string_view text) {
  if (text.size() == kIdTextCharacters) {
    if (auto cid = Cid::parse(text); cid.ok()) {
      if (const auto id = cid->to_id(); id && id->to_string() == text) return *id;
    }
  }
  return Error(ErrorCode::invalid,
               fmt::format("'{}' is not an id: ids are {} characters and begin with {}", text,
                           kIdTextCharacters, kIdTextPrefix));
}

}  // namespace stet
