#include "admin/report/pseudonyms.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/file.hpp"
#include "base/state_file.hpp"

namespace badclients::admin::report {

namespace {

constexpr std::size_t key_size = 32;
constexpr const char* key_file = "report.key";

}  // namespace

tl::expected<Pseudonyms, std::string> Pseudonyms::of_site(const std::string& state_path) {
  const auto wrong = [&](const std::string& why) {
    return tl::unexpected(fmt::format("{}/{}: {}", state_path, key_file, why));
  };
  const auto file = base::open_state_file(state_path, key_file);
  if (!file.is_open()) return wrong(std::strerror(errno));
  auto key = base::read_to_end(file.number(), 2 * key_size);
  if (!key) return wrong(std::strerror(key.error()));
  if (key->empty()) {
    key->resize(key_size);
    if (::getrandom(key->data(), key_size, 0) != static_cast<ssize_t>(key_size)) {
      return wrong("the kernel gives no random bytes");
    }
    if (!base::write_all(file.number(), *key)) return wrong(std::strerror(errno));
  }
  if (key->size() != key_size) {
    return wrong(
        fmt::format("it has to hold {} random bytes; without it others are made, and "
                    "with them other pseudonyms",
                    key_size));
  }
  return Pseudonyms(*std::move(key));
}

std::string Pseudonyms::make(std::string_view kind, std::string_view text) const {
  std::string message{kind};
  message += '\0';
  message += text;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(),
       &size);
  constexpr std::size_t shown = 6;
  std::string name{kind};
  name += '-';
  for (std::size_t i = 0; i < shown; ++i) name += fmt::format("{:02x}", digest.at(i));
  return name;
}

}  // namespace badclients::admin::report
