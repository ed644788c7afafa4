#include "admin/report/known.hpp"

#include <fmt/format.h>

#include "base/number.hpp"
#include "base/text.hpp"
#include "lists/file.hpp"
#include "lists/lines.hpp"

namespace badclients::admin::report {

namespace {

bool is_domain(std::string_view text) {
  if (text.empty() || text.find("..") != std::string_view::npos) return false;
  for (const char c : text) {
    if (!base::is_letter_or_digit(c) && !base::is_one_of(c, ".-_")) return false;
  }
  return base::is_letter(text.back());
}

}  // namespace

tl::expected<Known, std::string> Known::read(const std::string& path) {
  const auto text = lists::read_file(path);
  if (!text) return tl::unexpected(fmt::format("{}: {}", path, text.error().reason));
  Known known;
  lists::LineReader lines{std::string_view(*text)};
  while (const auto line = lines.next()) {
    auto entry = base::lowered(base::trimmed(line->text.substr(0, line->text.find_first_of("#;"))));
    if (entry.empty() || entry.starts_with("--")) continue;
    const auto number = entry.starts_with("as")
                            ? base::number<std::uint32_t>(std::string_view(entry).substr(2))
                            : std::nullopt;
    if (number) {
      known.asns_.insert(*number);
      continue;
    }
    if (entry.starts_with('.')) entry.erase(0, 1);
    if (!is_domain(entry)) {
      return tl::unexpected(
          fmt::format("{}:{}: '{}' is neither an AS (AS680) nor a domain (example.net)", path,
                      line->number, entry));
    }
    known.domains_.insert(std::move(entry));
  }
  return known;
}

bool Known::holds(const logs::Login& login) const {
  if (login.asn != 0 && asns_.contains(login.asn)) return true;
  if (domains_.empty() || login.host.empty()) return false;
  const auto host = base::lowered(login.host);
  std::string_view rest = host;
  while (!rest.empty()) {
    if (domains_.contains(rest)) return true;
    base::cut(rest, '.');
  }
  return false;
}

}  // namespace badclients::admin::report
