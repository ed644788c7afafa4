#include "admin/notify/message.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "admin/notify/address.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace badclients::admin::notify {

namespace {

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // and the NUL that OpenSSL writes
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  text.pop_back();
  return text;
}

bool is_ascii_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string encoded_words(std::string_view text) {
  constexpr std::size_t most_bytes = 45;  // 60 digits, 72 characters with what stands around them
  std::string words;
  while (!text.empty()) {
    std::size_t size = 0;
    while (size < text.size()) {
      const auto length = std::max<std::size_t>(base::first_character(text.substr(size)).length, 1);
      if (size + length > most_bytes) break;
      size += length;
    }
    words +=
        fmt::format("{}=?UTF-8?B?{}?=", words.empty() ? "" : "\n ", base64(text.substr(0, size)));
    text.remove_prefix(size);
  }
  return words;
}

/// "Sat, 21 Nov 2026 22:05:24 +0000", whatever the locale.
std::string date(facts::Time time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace

std::string header_text(std::string_view text) {
  constexpr std::size_t most = 200;  // a line may have 998
  const bool plain =
      is_ascii_text(text) && text.size() <= most && text.find("=?") == std::string_view::npos;
  return plain ? std::string(text) : encoded_words(text);
}

tl::expected<std::string, std::string> mailbox(std::string_view text) {
  auto name = text, address = text;
  const auto open = text.rfind('<');
  if (open != std::string_view::npos && text.ends_with('>')) {
    address = text.substr(open + 1, text.size() - open - 2);
    name = text.substr(0, open);
    while (name.ends_with(' ')) name.remove_suffix(1);
  } else {
    name = {};
  }
  const auto any = Domains::read("*");
  const bool at = address.find('@') != std::string_view::npos;
  if (!at || !address_of(address, *any)) {
    return tl::unexpected(
        fmt::format("'{}' is no address (try 'Postmaster <postmaster@example.org>')", text));
  }
  if (name.empty()) return std::string(address);
  const bool quoted = name.size() > 1 && name.starts_with('"') && name.ends_with('"');
  if (quoted) name = name.substr(1, name.size() - 2);
  if (!base::is_utf8(name)) return tl::unexpected(fmt::format("'{}' is not UTF-8", text));
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return base::is_letter_or_digit(c) || base::is_one_of(c, " -_.'&/,:;()@");
  });
  if (plain) return fmt::format("\"{}\" <{}>", name, address);
  return fmt::format("{} <{}>", encoded_words(name), address);
}

std::string quoted_printable(std::string_view text) {
  constexpr std::size_t longest = 75;  // and the "=" of a soft line end
  std::string result;
  while (!text.empty()) {
    const auto line = base::cut(text, '\n');
    std::size_t column = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      const bool blank_at_end = (c == ' ' || c == '\t') && i + 1 == line.size();
      const bool begins_badly = column == 0 && (c == '.' || line.substr(i).starts_with("From "));
      const bool plain =
          ((c >= ' ' && c <= '~' && c != '=') || c == '\t') && !blank_at_end && !begins_badly;
      const std::string piece =
          plain ? std::string(1, c) : fmt::format("={:02X}", static_cast<unsigned char>(c));
      if (column + piece.size() > longest) {
        result += "=\n";
        column = 0;
        --i;  // again, at the beginning of a line
        continue;
      }
      result += piece;
      column += piece.size();
    }
    result += '\n';
  }
  return result;
}

std::string message(const std::vector<std::pair<std::string, std::string>>& headers,
                    const std::string& to, std::string_view text, const std::string& id,
                    facts::Time now) {
  std::string all;
  for (const auto& [name, value] : headers) {
    all += fmt::format("{}: {}\n", name, name == "Subject" ? header_text(value) : value);
  }
  const auto domain = to.substr(to.rfind('@') + 1);
  // Auto-Submitted (RFC 3834): no vacation program answers it.
  all += fmt::format(
      "To: {}\nDate: {}\nMessage-ID: <{}@{}>\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n"
      "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: quoted-printable\n\n",
      to, date(now), id, domain);
  return all + quoted_printable(text);
}

}  // namespace badclients::admin::notify
