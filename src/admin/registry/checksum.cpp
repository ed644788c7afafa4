#include "admin/registry/checksum.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "base/file.hpp"
#include "base/text.hpp"

namespace badclients::admin::registry_command {

namespace {

constexpr std::size_t digits = 32;

bool is_hexadecimal(char c) {
  return base::is_digit(c) || base::is_one_of(base::lower(c), "abcdef");
}

}  // namespace

tl::expected<std::string, std::string> md5_of(int descriptor) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free};
  if (!context || EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr) != 1) {
    return tl::unexpected(std::string("this machine's OpenSSL has no MD5"));
  }
  std::vector<char> buffer(std::size_t{64} * 1024);
  for (std::uint64_t offset = 0;;) {
    const auto count = base::read_some_at(descriptor, buffer, offset);
    if (count < 0) return tl::unexpected(std::string(std::strerror(errno)));
    if (count == 0) break;
    EVP_DigestUpdate(context.get(), buffer.data(), static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  EVP_DigestFinal_ex(context.get(), bytes.data(), nullptr);
  std::string sum;
  for (std::size_t i = 0; i < digits / 2; ++i) sum += fmt::format("{:02x}", bytes[i]);
  return sum;
}

std::optional<std::string> sum_in(std::string_view text) {
  std::optional<std::string> found;
  while (!text.empty()) {
    const auto* const begin = std::ranges::find_if(text, is_hexadecimal);
    const auto* const end = std::find_if_not(begin, text.end(), is_hexadecimal);
    const std::string word(begin, end);
    text = {end, static_cast<std::size_t>(text.end() - end)};
    if (word.size() != digits) continue;
    if (found) return std::nullopt;
    found = base::lowered(word);
  }
  return found;
}

}  // namespace badclients::admin::registry_command
