#include "config/ini.hpp"

#include "base/text.hpp"
namespace badclients::config {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

IniLine split_line(std::string_view line, unsigned number) {
  IniLine result{IniLine::Kind::neither, number, line, {}};
  if (line.find('\0') != std::string_view::npos) return result;
  if (line.front() == '[') {
    const auto header = without_comment(line);
    if (header.back() != ']') return result;
    result.kind = IniLine::Kind::section;
    result.name = base::trimmed(header.substr(1, header.size() - 2));
    return result;
  }
  const auto equals = line.find('=');
  if (equals == 0 || equals == std::string_view::npos) return result;
  result.kind = IniLine::Kind::setting;
  result.name = base::trimmed(line.substr(0, equals));
  // The blank behind the `=` stays for without_comment(): `key = ; comment` has an empty value.
  result.value = line.substr(equals + 1);
  return result;
}

}  // namespace

std::string_view without_comment(std::string_view value) {
  for (std::size_t i = 1; i < value.size(); ++i) {
    const bool mark = value[i] == ';' || value[i] == '#';
    if (mark && base::is_one_of(value[i - 1], base::blanks)) {
      return base::trimmed(value.substr(0, i));
    }
  }
  return base::trimmed(value);
}

std::vector<IniLine> split_ini(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::vector<IniLine> lines;
  for (unsigned number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const auto line = base::trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.empty() || line.front() == ';' || line.front() == '#') continue;
    lines.push_back(split_line(line, number));
  }
  return lines;
}

}  // namespace badclients::config
