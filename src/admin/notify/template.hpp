#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace badclients::admin::notify {

/// What a template's `{user}` and others stand for. Foreign bytes.
struct Values {
  std::string user, address, client, client_id, vendor, message, logins, last;
};
/// Their names and places, in the order of the manual.
inline constexpr std::array<std::pair<std::string_view, std::string Values::*>, 8> placeholders{
    {{"user", &Values::user},
     {"address", &Values::address},
     {"client", &Values::client},
     {"client_id", &Values::client_id},
     {"vendor", &Values::vendor},
     {"message", &Values::message},
     {"logins", &Values::logins},
     {"last", &Values::last}}};

/// A message before anybody is named: lines of headers (From, Reply-To, Subject), an empty line,
/// the text. UTF-8.
class Template {
 public:
  /// `name`: how messages call the file. Error: "FILE:LINE: why".
  static tl::expected<Template, std::string> read(std::string_view text, std::string_view name);
  /// The one that is built in.
  static std::string_view usual();

  /// Headers with their values filled in: no line ends or controls among them.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> headers(
      const Values& values) const;
  /// The text. A line whose placeholders all stand for nothing is left out. Controls are \xHH.
  [[nodiscard]] std::string text(const Values& values) const;

 private:
  /// Text, then what a placeholder stands for; null at the end of a line.
  struct Piece {
    std::string text;
    std::string Values::*value = nullptr;
  };
  using Line = std::vector<Piece>;
  static tl::expected<Line, std::string> pieces(std::string_view line);
  static std::string filled(const Line& line, const Values& values);

  std::vector<std::pair<std::string, Line>> headers_;
  std::vector<Line> body_;
};

}  // namespace badclients::admin::notify
