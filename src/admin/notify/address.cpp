#include "admin/notify/address.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace badclients::admin::notify {

namespace {

// RFC 5321, 4.5.3.1.
constexpr std::size_t longest_local = 64;
constexpr std::size_t longest_domain = 255;
constexpr std::size_t longest_label = 63;

bool is_label(std::string_view label) {
  const auto good = [](char c) { return base::is_letter_or_digit(c) || c == '-'; };
  return !label.empty() && label.size() <= longest_label && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), good);
}

bool is_domain(std::string_view domain) {
  if (domain.empty() || domain.size() > longest_domain || domain.ends_with('.')) return false;
  while (!domain.empty()) {
    if (!is_label(base::cut(domain, '.'))) return false;
  }
  return true;
}

/// Without blanks, controls and what shows as nothing.
bool is_local_character(std::uint32_t code) {
  constexpr std::uint32_t ascii_end = 0x80;
  if (code < ascii_end) {
    const auto c = static_cast<char>(code);
    return base::is_letter_or_digit(c) || base::is_one_of(c, "#$&'*+-=?^_`{}~.");
  }
  constexpr std::uint32_t first_letter = 0xaa;  // U+00A0 is a blank, others there are signs
  const bool blank = (code >= 0x2000 && code <= 0x206f) || code == 0x1680 || code == 0x3000 ||
                     code == 0xad || code == 0xfeff || code >= 0xe0000;
  return code >= first_letter && !blank && !base::is_control(code);
}

bool is_local_part(std::string_view local) {
  const bool dots =
      local.starts_with('.') || local.ends_with('.') || local.find("..") != std::string_view::npos;
  if (local.empty() || local.size() > longest_local || dots || local.front() == '-') return false;
  while (!local.empty()) {
    const auto character = base::first_character(local);
    if (character.length == 0 || !is_local_character(character.code)) return false;
    local.remove_prefix(character.length);
  }
  return true;
}

}  // namespace

tl::expected<Domains, std::string> Domains::read(std::string_view text) {
  Domains domains;
  do {
    const auto word = base::lowered(base::cut(text, ','));
    if (word == "*") {
      domains.any_ = true;
      continue;
    }
    if (!is_domain(word)) {
      return tl::unexpected(fmt::format("'{}' is no domain (try example.org)", word));
    }
    if (domains.first_.empty()) domains.first_ = word;
    domains.all_.push_back(word);
  } while (!text.empty());
  return domains;
}

bool Domains::hold(std::string_view domain) const {
  return any_ || std::find(all_.begin(), all_.end(), domain) != all_.end();
}

tl::expected<std::string, std::string> address_of(std::string_view user, const Domains& domains) {
  const auto at = user.rfind('@');
  const auto local = user.substr(0, at);
  if (!is_local_part(local)) {
    return tl::unexpected(std::string("the name is not the local part of a plain address"));
  }
  if (at == std::string_view::npos) {
    if (domains.first().empty()) {
      return tl::unexpected(std::string("the name has no domain, and --domain names none"));
    }
    return fmt::format("{}@{}", local, domains.first());
  }
  const auto domain = base::lowered(user.substr(at + 1));
  if (!is_domain(domain)) return tl::unexpected(std::string("its domain is none"));
  if (!domains.hold(domain)) return tl::unexpected(std::string("its domain is not in --domain"));
  return fmt::format("{}@{}", local, domain);
}

}  // namespace badclients::admin::notify
