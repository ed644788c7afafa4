#include "config/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/number.hpp"
#include "base/text.hpp"
#include "config/shared_place.hpp"
#include "net/address.hpp"

namespace badclients::config {

namespace {

using std::chrono::milliseconds;

/// Longest zone that leaves room for 32 nibbles and their dots in the 253 octets of a name.
constexpr std::size_t longest_zone = 253 - 64;

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 5> units{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63) return false;
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return base::is_letter_or_digit(c) || c == '-' || c == '_'; });
}

bool is_domain_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  while (true) {
    const auto dot = name.find('.');
    if (!is_label(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool is_address(std::string_view text) {
  return net::Address::parse(text).has_value();
}

/// A name whose last label is a number is a mistyped address (RFC 1123 section 2.1).
bool is_host(std::string_view text) {
  if (is_address(text)) return true;
  const auto last_label = text.substr(text.rfind('.') + 1);  // npos + 1 is 0
  return is_domain_name(text) && !base::number<std::uint64_t>(last_label);
}

/// `***` between the first colon from `begin` on and the last '@'.
std::string hide_password(std::string text, std::size_t begin) {
  const auto at = text.rfind('@');
  const auto colon = text.find(':', begin);
  if (at != std::string::npos && colon < at) text.replace(colon + 1, at - colon - 1, "***");
  return text;
}

}  // namespace

std::string without_password(std::string text) {
  const auto scheme = text.find("://");
  return scheme == std::string::npos ? text : hide_password(std::move(text), scheme + 3);
}

std::string quote(std::string_view whole) {
  constexpr std::size_t most = 80;
  const auto scheme = whole.find("://");  // which may be what is wrong
  const auto text =
      hide_password(std::string(whole), scheme == std::string_view::npos ? 0 : scheme + 3);
  auto shown = text.substr(0, most);
  for (auto& c : shown) {
    if ((c >= '\0' && c < ' ') || c == '\x7f') c = '?';
  }
  return fmt::format("'{}{}'", shown, text.size() > most ? "..." : "");
}

std::string duration_text(milliseconds value) {
  const auto count = value.count();
  for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {
    if (count >= unit->milliseconds && count % unit->milliseconds == 0) {
      return fmt::format("{}{}", count / unit->milliseconds, unit->name);
    }
  }
  return "0s";
}

std::string service_meant(std::string_view name) {
  struct Misnomer {
    std::string_view name, hint;
  };
  constexpr auto mail_server =
      "write smtp for a mail server that asks Dovecot, submission for "
      "Dovecot's own";
  constexpr std::array<Misnomer, 14> misnomers{{{"imaps", "write imap"},
                                                {"imap4", "write imap"},
                                                {"imap-login", "write imap"},
                                                {"pop", "write pop3"},
                                                {"pop3s", "write pop3"},
                                                {"pop3-login", "write pop3"},
                                                {"smtps", mail_server},
                                                {"smtpd", mail_server},
                                                {"esmtp", mail_server},
                                                {"submissions", mail_server},
                                                {"submission-login", "write submission"},
                                                {"managesieve", "write sieve"},
                                                {"managesieve-login", "write sieve"},
                                                {"timsieved", "write sieve"}}};
  if (name == "all" || name == "any" || name == "*") {
    return "write their names: imap, pop3, submission, sieve, smtp";
  }
  const auto* const found = std::find_if(misnomers.begin(), misnomers.end(),
                                         [&](const Misnomer& each) { return each.name == name; });
  return found == misnomers.end() ? std::string() : std::string(found->hint);
}

Read<bool> read_boolean(std::string_view text) {
  const auto word = base::lowered(text);
  if (word == "yes" || word == "true" || word == "on" || word == "1") return true;
  if (word == "no" || word == "false" || word == "off" || word == "0") return false;
  return tl::unexpected(fmt::format("{} is neither yes nor no", quote(text)));
}

Read<milliseconds> read_duration(std::string_view text, milliseconds least, milliseconds most) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = base::number<std::int64_t>(text.substr(0, digits));
  const auto suffix = text.substr(digits);
  const auto unit = std::find_if(units.begin(), units.end(),
                                 [&](const Unit& known) { return known.name == suffix; });
  if (digits == 0 || unit == units.end()) {
    const auto example = number && suffix.empty() ? fmt::format("{}s", *number) : "5s";
    return tl::unexpected(fmt::format("{} is not a duration (try {}; the units are ms s m h d)",
                                      quote(text), example));
  }
  // Compared by division: a number of any length is only out of range, never an overflow.
  const bool in_range = number && *number <= most.count() / unit->milliseconds &&
                        milliseconds(*number * unit->milliseconds) >= least;
  if (!in_range) {
    return tl::unexpected(fmt::format("{} is out of range ({} to {})", quote(text),
                                      duration_text(least), duration_text(most)));
  }
  return milliseconds(*number * unit->milliseconds);
}

Read<std::uint64_t> read_number(std::string_view text, std::uint64_t least, std::uint64_t most) {
  const auto number = base::number<std::uint64_t>(text);
  if (!number || *number < least || *number > most) {
    return tl::unexpected(
        fmt::format("{} is not a whole number from {} to {}", quote(text), least, most));
  }
  return *number;
}

Read<Config::Endpoint> read_endpoint(std::string_view text, std::uint16_t port) {
  const auto wrong = [&] {
    return tl::unexpected(fmt::format("{} is no host (HOST, HOST:PORT, [IPV6]:PORT)", quote(text)));
  };
  auto host = text;
  std::string_view behind;  // ":PORT" or nothing
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return wrong();
    host = text.substr(1, end - 1);
    behind = text.substr(end + 1);
    if (host.find(':') == std::string_view::npos || !is_address(host)) return wrong();
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    host = text.substr(0, text.find(':'));
    behind = text.substr(host.size());
  }
  if (!is_host(host)) return wrong();
  if (behind.empty()) return Config::Endpoint{std::string(host), port};
  if (behind.front() != ':') return wrong();
  const auto number = base::number<std::uint16_t>(behind.substr(1));
  if (!number || *number == 0) {
    return tl::unexpected(fmt::format("{} has no port from 1 to 65535", quote(text)));
  }
  return Config::Endpoint{std::string(host), *number};
}

Read<std::string> read_path(std::string_view text) {
  if (!text.starts_with('/')) {
    return tl::unexpected(fmt::format("{} is not an absolute path", quote(text)));
  }
  return std::string(text);
}

Read<std::string> read_zone(std::string_view text) {
  auto name = text;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (!is_domain_name(name) || name.size() > longest_zone) {
    return tl::unexpected(
        fmt::format("{} is not a DNS zone (try origin.asn.cymru.com)", quote(text)));
  }
  return std::string(name);
}

Read<std::string> read_base_url(std::string_view text) {
  const auto wrong = [&] {
    return tl::unexpected(
        fmt::format("{} is not a URL (try https://rdap.example.net/)", quote(text)));
  };
  auto rest = text;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return wrong();
  }
  const auto authority = rest.substr(0, rest.find('/'));
  if (is_address(authority) && authority.find(':') != std::string_view::npos) return wrong();
  if (!std::all_of(text.begin(), text.end(), base::is_visible) ||
      text.find_first_of("?#\"<>\\") != std::string_view::npos || !read_endpoint(authority, 443)) {
    return wrong();
  }
  return text.ends_with('/') ? std::string(text) : std::string(text) + '/';
}

Read<std::string> read_shared_cache(std::string_view text) {
  if (text.empty() || text == "none") return std::string();
  return read_shared_place(text).map([&](const SharedPlace&) { return std::string(text); });
}

}  // namespace badclients::config
