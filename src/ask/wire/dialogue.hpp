#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "budget/servers.hpp"

/// What badclients-lookup and its parent say to each other besides request and answers
/// (protocol.hpp), a line each. If the request has the line `permits`, the helper asks before each
/// question to a server whose questions are counted, and waits for the answer on its standard
/// input:
///   permit NUMBER SERVICE NAME           helper: may I? NUMBER is its own, to tell answers apart
///   go NUMBER                            parent: one question
///   wait NUMBER MILLISECONDS REASON      parent: no, and for so long; REASON is the rest
///   closed SERVICE NAME SECONDS REASON   helper: that server does not want to be asked for so long
///   silent SOURCE                        helper: no answer from it for long_silence
///   answered SOURCE                      helper: an answer from it
/// Of one source the helper says each once at most. SOURCE: budget::Source's name; SERVICE: rdap
/// whois; NAME: budget::ServerName's. Both sides take what they read for foreign data.
namespace badclients::ask {

struct PermitQuestion {
  unsigned number = 0;
  budget::ServerName server;
};
struct PermitAnswer {
  unsigned number = 0;
  std::optional<budget::Refusal> refusal;  ///< nothing: go
};
struct Closing {
  budget::ServerName server;
  std::chrono::seconds length{};
  std::string reason;
};

struct SourceNews {
  budget::Source source;
  bool answered = false;  ///< else: it is silent
};

/// A source that has not answered for so long is silent. Longer than budget::patience_with_silent,
/// which is how long a known silent source is waited for; shorter than the shortest time that a
/// login gives a source.
inline constexpr std::chrono::milliseconds long_silence{400};

/// With LF.
std::string encode(const PermitQuestion& question);
std::string encode(const PermitAnswer& answer);
std::string encode(const Closing& closing);
std::string encode(const SourceNews& news);

/// Whether a line of the helper's belongs to the dialogue, and is no answer.
bool is_dialogue(std::string_view line);

/// Without LF. Error: what is wrong with the line, without its bytes.
tl::expected<PermitQuestion, std::string> decode_permit_question(std::string_view line);
tl::expected<PermitAnswer, std::string> decode_permit_answer(std::string_view line);
tl::expected<Closing, std::string> decode_closing(std::string_view line);
tl::expected<SourceNews, std::string> decode_source_news(std::string_view line);

/// The longest line of the dialogue, in bytes.
inline constexpr std::size_t longest_dialogue_line = 1024;

}  // namespace badclients::ask
