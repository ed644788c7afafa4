#include "ask/wire/dialogue.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.hpp"
#include "base/text.hpp"
#include "facts/escape.hpp"

namespace badclients::ask {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Enough for what a registry may say, and for what we say about it.
constexpr std::size_t longest_reason = 512;
constexpr std::string_view permit_word = "permit", closed_word = "closed", go_word = "go",
                           wait_word = "wait", silent_word = "silent", answered_word = "answered";

tl::unexpected<std::string> wrong(std::string_view what) {
  return tl::unexpected<std::string>(std::string{what});
}

/// Cuts off the first word and the blank behind it.
std::string_view cut(std::string_view& text) {
  return base::cut(text, ' ');
}

/// `SERVICE NAME`
tl::expected<budget::ServerName, std::string> cut_server(std::string_view& text) {
  const auto service = config::service_named(cut(text));
  if (!service) return wrong("unknown service");
  budget::ServerName server{*service, std::string{cut(text)}};
  if (!server.valid()) return wrong("bad server");
  return server;
}

std::string written(const budget::ServerName& server) {
  return fmt::format("{} {}", config::to_string(server.service), server.name);
}

bool reason_is_good(std::string_view reason) {
  return facts::printable(reason, longest_reason) == reason;
}

}  // namespace

std::string encode(const PermitQuestion& question) {
  return fmt::format("{} {} {}\n", permit_word, question.number, written(question.server));
}

std::string encode(const PermitAnswer& answer) {
  if (!answer.refusal) return fmt::format("{} {}\n", go_word, answer.number);
  return fmt::format("{} {} {} {}\n", wait_word, answer.number,
                     std::max(answer.refusal->wait, milliseconds{0}).count(),
                     facts::printable(answer.refusal->reason, longest_reason));
}

std::string encode(const Closing& closing) {
  return fmt::format("{} {} {} {}\n", closed_word, written(closing.server),
                     std::max(closing.length, seconds{0}).count(),
                     facts::printable(closing.reason, longest_reason));
}

std::string encode(const SourceNews& news) {
  return fmt::format("{} {}\n", news.answered ? answered_word : silent_word, news.source.name);
}

bool is_dialogue(std::string_view line) {
  const auto word = cut(line);
  return word == permit_word || word == closed_word || word == silent_word || word == answered_word;
}

tl::expected<PermitQuestion, std::string> decode_permit_question(std::string_view line) {
  if (line.size() > longest_dialogue_line) return wrong("line too long");
  if (cut(line) != permit_word) return wrong("no question for a permit");
  const auto id = base::number<unsigned>(cut(line));
  if (!id) return wrong("bad number");
  auto server = cut_server(line);
  if (!server) return wrong(server.error());
  if (!line.empty()) return wrong("too many words");
  return PermitQuestion{*id, std::move(*server)};
}

tl::expected<PermitAnswer, std::string> decode_permit_answer(std::string_view line) {
  if (line.size() > longest_dialogue_line) return wrong("line too long");
  const auto word = cut(line);
  const auto id = base::number<unsigned>(cut(line));
  if (!id) return wrong("bad number");
  if (word == go_word) {
    if (!line.empty()) return wrong("too many words");
    return PermitAnswer{*id, std::nullopt};
  }
  if (word != wait_word) return wrong("neither go nor wait");
  const auto wait = base::number<std::uint32_t>(cut(line));
  if (!wait) return wrong("bad time");
  if (!reason_is_good(line)) return wrong("bad reason");
  return PermitAnswer{*id, budget::Refusal{milliseconds{*wait}, std::string{line}}};
}

tl::expected<Closing, std::string> decode_closing(std::string_view line) {
  if (line.size() > longest_dialogue_line) return wrong("line too long");
  if (cut(line) != closed_word) return wrong("not about a closed server");
  auto server = cut_server(line);
  if (!server) return wrong(server.error());
  const auto length = base::number<std::uint32_t>(cut(line));
  if (!length) return wrong("bad time");
  if (!reason_is_good(line)) return wrong("bad reason");
  return Closing{std::move(*server), seconds{*length}, std::string{line}};
}

tl::expected<SourceNews, std::string> decode_source_news(std::string_view line) {
  if (line.size() > longest_dialogue_line) return wrong("line too long");
  const auto word = cut(line);
  if (word != silent_word && word != answered_word) return wrong("not about a source");
  auto source = budget::Source::named(line);
  if (!source) return wrong("unknown source");
  return SourceNews{*std::move(source), word == answered_word};
}

}  // namespace badclients::ask
