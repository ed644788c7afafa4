#include "authpolicy/secret.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"

namespace badclients::authpolicy {

namespace {

constexpr std::size_t most_bytes = 4096;

tl::expected<std::string, std::string> read(const std::string& path) {
  const auto file = base::open_to_read(path);
  struct stat status {};
  if (!file.is_open() || ::fstat(file.number(), &status) != 0) {
    return tl::unexpected(std::string(std::strerror(errno)));
  }
  if (S_ISREG(status.st_mode) && (status.st_mode & 077U) != 0) {
    return tl::unexpected(
        fmt::format("its mode is {:04o}, and others than its owner may use it: "
                    "chmod 0600",
                    status.st_mode & 07777U));
  }
  return base::read_regular(file, most_bytes);
}

}  // namespace

tl::expected<std::string, std::string> read_secret(const std::string& path) {
  const auto failed = [&](const std::string& why) {
    return tl::unexpected(fmt::format("policy/secret_file: {}: {}", path, why));
  };
  const auto text = read(path);
  if (!text) return failed(text.error());
  const auto secret = base::trimmed(*text, " \t\r\n");
  if (secret.empty()) return failed("is empty");
  const bool one_line = std::all_of(secret.begin(), secret.end(),
                                    [](char c) { return base::is_visible(c) || c == ' '; });
  if (!one_line) return failed("is not one line of ASCII");
  return std::string(secret);
}

bool same_secret(std::string_view given, std::string_view secret) {
  unsigned char different = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char other = secret.empty() ? '\0' : secret[i % secret.size()];
    different = static_cast<unsigned char>(different | (given[i] ^ other));
  }
  return different == 0;
}

}  // namespace badclients::authpolicy
