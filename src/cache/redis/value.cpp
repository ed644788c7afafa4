#include "cache/redis/value.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.hpp"
#include "base/text.hpp"
#include "facts/escape.hpp"
#include "facts/serialise.hpp"

namespace badclients::cache {

namespace {

constexpr std::string_view version = "1";
/// Of all that stands before the payload.
constexpr std::size_t longest_head = 2048;

std::string_view cut(std::string_view& text) {
  return base::cut(text, '\t');
}

tl::unexpected<std::string> wrong(const char* what) {
  return tl::unexpected<std::string>(what);
}

}  // namespace

std::string encode_shared(std::string_view key, const SharedValue& value) {
  const auto expires =
      std::chrono::duration_cast<std::chrono::seconds>(value.expires.time_since_epoch());
  return fmt::format("{}\t{}\t{}\t{}\t{}\n", version, facts::escaped(key), expires.count(),
                     facts::printable(value.source, facts::longest_source), value.payload);
}

tl::expected<SharedValue, std::string> decode_shared(std::string_view key, std::string_view text,
                                                     facts::Time now,
                                                     std::chrono::seconds longest) {
  if (text.size() > longest_head + facts::longest_line) return wrong("too long");
  const auto first = text.substr(0, text.find('\t'));
  if (first != version) return wrong("of no version that is known here");
  if (!text.ends_with('\n')) return wrong("ends early");
  text = text.substr(first.size() + 1, text.size() - first.size() - 2);
  if (cut(text) != facts::escaped(key)) return wrong("belongs to another key");
  const auto seconds = base::number<std::int64_t>(cut(text));
  if (!seconds || *seconds < 0) return wrong("bad time");
  const auto latest =
      std::chrono::duration_cast<std::chrono::seconds>((now + longest).time_since_epoch());
  const auto source = cut(text);
  if (source.size() > facts::longest_source ||
      facts::printable(source, facts::longest_source) != source) {
    return wrong("bad source");
  }
  const facts::Time time{std::chrono::seconds{std::min(*seconds, latest.count())}};
  return SharedValue{time, std::string(source), std::string(text)};
}

}  // namespace badclients::cache
