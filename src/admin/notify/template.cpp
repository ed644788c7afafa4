#include "admin/notify/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "admin/terminal.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace badclients::admin::notify {

namespace {

constexpr std::array<std::string_view, 3> header_names{"From", "Reply-To", "Subject"};

std::string_view header_name(std::string_view word) {
  for (const auto name : header_names) {
    if (base::same_word(name, word)) return name;
  }
  return {};
}

bool has_control(std::string_view text) {
  while (!text.empty()) {
    const auto character = base::first_character(text);
    if (text.front() != '\t' && base::is_control(character.code)) return true;
    text.remove_prefix(character.length);
  }
  return false;
}

}  // namespace

std::string_view Template::usual() {
  return "Subject: {client} logs in to your mailbox with your password\n"
         "\n"
         "Hello,\n"
         "\n"
         "the app or service {client} logs in to your mailbox {user}\n"
         "from its vendor's servers. For that your password was handed to its vendor.\n"
         "\n"
         "{message}\n"
         "\n"
         "App:        {client}\n"
         "Vendor:     {vendor}\n"
         "Logins:     {logins}\n"
         "Last login: {last}\n";
}

tl::expected<Template::Line, std::string> Template::pieces(std::string_view line) {
  Line found(1);
  while (!line.empty()) {
    if (line.starts_with("{{") || line.starts_with("}}")) {
      found.back().text += line.front();
      line.remove_prefix(2);
      continue;
    }
    if (line.front() != '{') {
      found.back().text += line.front();
      line.remove_prefix(1);
      continue;
    }
    const auto end = line.find('}');
    const auto word = line.substr(1, end == std::string_view::npos ? end : end - 1);
    const auto known = std::find_if(placeholders.begin(), placeholders.end(),
                                    [&](const auto& one) { return one.first == word; });
    if (end == std::string_view::npos || known == placeholders.end()) {
      return tl::unexpected(
          fmt::format("'{}' is no placeholder; a brace that is none is written twice",
                      printable(line.substr(0, end == std::string_view::npos ? end : end + 1))));
    }
    found.back().value = known->second;
    found.emplace_back();
    line.remove_prefix(end + 1);
  }
  return found;
}

tl::expected<Template, std::string> Template::read(std::string_view text, std::string_view name) {
  Template result;
  bool in_headers = true;
  for (int number = 1; !text.empty(); ++number) {
    const auto wrong = [&](std::string_view why) {
      return tl::unexpected(fmt::format("{}:{}: {}", name, number, why));
    };
    auto line = base::cut(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!base::is_utf8(line)) return wrong("it is not UTF-8");
    if (has_control(line)) return wrong("it has a control character");
    if (in_headers && line.empty()) {
      in_headers = false;
      continue;
    }
    auto rest = line;
    const auto header = in_headers ? header_name(base::cut(rest, ':')) : std::string_view{};
    if (in_headers && header.empty()) {
      return wrong("a header is From:, Reply-To: or Subject:, and an empty line ends the headers");
    }
    while (in_headers && rest.starts_with(' ')) rest.remove_prefix(1);
    auto parts = pieces(in_headers ? rest : line);
    if (!parts) return wrong(parts.error());
    if (!in_headers) {
      result.body_.push_back(*std::move(parts));
      continue;
    }
    if (header != "Subject" && parts->size() > 1) {
      return wrong("placeholders stand in Subject: and in the text alone");
    }
    for (const auto& [before, value] : result.headers_) {
      if (before == header) return wrong(fmt::format("there is a {}: before", header));
    }
    result.headers_.emplace_back(header, *std::move(parts));
  }
  if (result.body_.empty()) {
    return tl::unexpected(fmt::format("{}: it has no text behind the headers", name));
  }
  return result;
}

std::string Template::filled(const Line& line, const Values& values) {
  std::string text;
  for (const auto& piece : line) {
    text += piece.text;
    if (piece.value != nullptr) text += printable(values.*piece.value);
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> Template::headers(const Values& values) const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& [name, line] : headers_) all.emplace_back(name, filled(line, values));
  return all;
}

std::string Template::text(const Values& values) const {
  std::string all;
  for (const auto& line : body_) {
    const bool nothing =
        line.size() > 1 && std::all_of(line.begin(), line.end() - 1, [&](const Piece& piece) {
          return (values.*piece.value).empty();
        });
    if (!nothing) all += filled(line, values) + '\n';
  }
  return all;
}

}  // namespace badclients::admin::notify
