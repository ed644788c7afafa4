#include <fmt/format.h>

#include <array>

#include "admin/update/published.hpp"
#include "base/text.hpp"
#include "lists/lines.hpp"
#include "net/network_text.hpp"

namespace badclients::admin::update {

namespace {

/// Calls `line(text, number)` for each line that is not blank; `text` has no blanks around it.
template <class Line>
void each_line(std::string_view text, Line line) {
  lists::LineReader lines(text);
  while (const auto next = lines.next()) {
    const auto content = base::trimmed(next->text);
    if (!content.empty()) line(content, next->number);
  }
}

/// Networks as they come, faults as long as they are few.
class Collector {
 public:
  explicit Collector(const Filter& filter) : filter_(filter) {}

  /// `text`: a network, or a range of addresses, and nothing behind it.
  void add(std::string_view text, unsigned line, std::span<const Attribute> attributes) {
    if (auto added = published_.add(text, filter_.accepts(attributes)); !added) {
      fault(line, added.error());
    }
  }
  /// What stands behind it is a comment.
  void add_with_comment(std::string_view text, unsigned line) {
    const auto read = net::read_network(text);
    add(text.substr(0, read ? read->length : text.size()), line, {});
  }

  Reading take(std::string_view what) {
    if (faults_ <= most_faults) return std::move(published_);
    const auto& first = published_.faults.front();
    return tl::unexpected(fmt::format("not {}: {} lines are wrong, the first is line {}: {}", what,
                                      faults_, first.line, first.text));
  }

 private:
  void fault(unsigned line, const std::string& text) {
    if (++faults_ <= most_faults) published_.faults.push_back({line, text});
  }

  const Filter& filter_;
  Published published_;
  std::size_t faults_ = 0;
};

/// A web page in place of the file is the usual accident; its lines would be confusing to quote.
bool looks_like_markup(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  return first != std::string_view::npos && text[first] == '<';
}

/// The next field of a line of CSV (RFC 4180), without its quotes; `line` begins behind it then.
std::string take_field(std::string_view& line) {
  std::string field;
  bool quoted = false;
  std::size_t i = 0;
  for (; i < line.size() && (quoted || line[i] != ','); ++i) {
    if (line[i] != '"') {
      field += line[i];
    } else if (quoted && line.substr(i + 1).starts_with('"')) {
      field += line[i++];
    } else {
      quoted = !quoted;
    }
  }
  line.remove_prefix(std::min(i + 1, line.size()));
  return std::string(base::trimmed(field));
}

}  // namespace

Reading read_geofeed(std::string_view text, const Filter& filter) {
  if (looks_like_markup(text)) return tl::unexpected(std::string("a web page, not a geofeed"));
  Collector collector(filter);
  each_line(text, [&](std::string_view line, unsigned number) {
    // RFC 8805 section 2.1: from a # on, wherever it stands, a line is a comment.
    line = base::trimmed(line.substr(0, line.find('#')));
    if (line.empty()) return;
    std::array<std::string, 4> fields;
    for (auto& field : fields) field = take_field(line);
    const std::array attributes{Attribute{"country", fields[1]}, Attribute{"region", fields[2]},
                                Attribute{"city", fields[3]}};
    collector.add(fields[0], number, attributes);
  });
  return collector.take("a geofeed");
}

Reading read_text(std::string_view text, const Filter& filter) {
  if (looks_like_markup(text)) return tl::unexpected(std::string("a web page, not a list"));
  Collector collector(filter);
  each_line(text, [&](std::string_view line, unsigned number) {
    for (const auto* mark : {"#", ";", "--", "//"}) {
      if (line.starts_with(mark)) return;
    }
    collector.add_with_comment(line, number);
  });
  return collector.take("a list of networks");
}

}  // namespace badclients::admin::update
