#include "registry/compile/texts.hpp"

#include <openssl/evp.h>

#include <bit>
#include <cstring>
#include <stdexcept>

namespace badclients::registry {

TextNumbers::TextNumbers(std::size_t most)
    : slots_(std::bit_ceil(most / 7 * 8 + 8)),
      most_(most),
      context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL: no SHA-256");
  }
}

TextNumbers::~TextNumbers() = default;

TextNumbers::Slot& TextNumbers::slot_of(const std::array<std::uint32_t, 4>& digest) {
  auto at = digest[0] & (slots_.size() - 1);
  while (slots_[at].number != 0 && slots_[at].digest != digest) at = (at + 1) & (slots_.size() - 1);
  return slots_[at];
}

TextNumbers::Number TextNumbers::of(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  const bool done = EVP_DigestInit_ex(context_.get(), nullptr, nullptr) == 1 &&
                    EVP_DigestUpdate(context_.get(), text.data(), text.size()) == 1 &&
                    EVP_DigestFinal_ex(context_.get(), bytes.data(), nullptr) == 1;
  if (!done) throw std::runtime_error("OpenSSL: SHA-256 failed");
  std::array<std::uint32_t, 4> digest{};
  std::memcpy(digest.data(), bytes.data(), sizeof digest);

  auto& slot = slot_of(digest);
  if (slot.number != 0) return {slot.number - 1U, false};
  const auto number = count_++;
  if (number < most_) slot = {digest, static_cast<std::uint32_t>(number + 1)};
  return {number, true};
}

}  // namespace badclients::registry
