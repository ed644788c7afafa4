#include "ask/permit_desk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ask/wire/dialogue.hpp"

namespace badclients::ask {

namespace {

using std::chrono::milliseconds;

constexpr unsigned most_complaints = 4;
constexpr milliseconds longest_wait{1000};

}  // namespace

std::string PermitDesk::hear(std::string_view line) {
  if (!is_dialogue(line)) return {};
  if (line.starts_with("permit")) return answer_question(line);
  if (line.starts_with("closed")) {
    close(line);
  } else {
    note(line);
  }
  return {};
}

std::string PermitDesk::answer_question(std::string_view line) {
  const auto question = decode_permit_question(line);
  if (!question) {
    complain(question.error());
    return {};
  }
  if (++asked_ > most_permits) {
    if (asked_ == most_permits + 1) complain("too many questions");
    return encode(PermitAnswer{question->number, budget::Refusal{{}, "asked too many questions"}});
  }
  const auto left = base::left_until(deadline_);
  // The question itself needs time, too.
  const auto wait = std::clamp(left / 4, milliseconds{0}, longest_wait);
  auto refusal = servers_.permit(question->server, purpose_, left, wait);
  if (!refusal) permitted_.insert(question->server);
  return encode(PermitAnswer{question->number, std::move(refusal)});
}

void PermitDesk::close(std::string_view line) {
  const auto closing = decode_closing(line);
  if (!closing) return complain(closing.error());
  if (!permitted_.contains(closing->server)) return complain("about a server that was not asked");
  if (++closed_ > most_permits) return;
  servers_.close(closing->server, closing->length, closing->reason);
}

void PermitDesk::note(std::string_view line) {
  auto news = decode_source_news(line);
  if (!news) return complain(news.error());
  const auto is_source = [&](const budget::ServerName& server) {
    return budget::Source::of(server) == news->source;
  };
  if (news->source != budget::Source::nameservers() &&
      std::none_of(permitted_.begin(), permitted_.end(), is_source)) {
    return complain("about a server that was not asked");
  }
  if (news->answered) {
    silent_.erase(news->source);
    answered_.insert(std::move(news->source));
  } else if (!answered_.contains(news->source)) {
    silent_.insert(std::move(news->source));
  }
}

void PermitDesk::report(const std::vector<budget::Silence>& before, bool of_login) {
  for (const auto& silence : before) {
    if (answered_.contains(silence.source)) servers_.answered(silence.source);
  }
  if (!of_login) return;
  // A source that is known to be silent is not counted further.
  const auto is_known = [&](const budget::Source& source) {
    return std::any_of(before.begin(), before.end(), [&](const budget::Silence& silence) {
      return silence.source == source && silence.is_known();
    });
  };
  for (const auto& source : silent_) {
    if (!is_known(source)) servers_.did_not_answer(source);
  }
}

void PermitDesk::complain(std::string_view what) {
  if (++complaints_ > most_complaints) return;
  warnings_.push_back(fmt::format("badclients-lookup: what it says about permits: {}", what));
}

}  // namespace badclients::ask
