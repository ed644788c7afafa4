#include "ask/helper.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "ask/merge.hpp"
#include "ask/permit_desk.hpp"
#include "ask/wire/dialogue.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "cache/placement.hpp"
#include "facts/escape.hpp"
#include "facts/kinds.hpp"

namespace badclients::ask {

namespace {

constexpr std::size_t most_output = 256 * 1024;
constexpr std::size_t most_stderr_text = 4 * 1024;
constexpr unsigned most_line_warnings = 8;

/// Takes the helper's lines, one after the other. Counts the bad ones, and names the first few.
class Reader {
 public:
  Reader(const Request& request, facts::Time now, const cache::Blocks& blocks,
         std::vector<std::string>& warnings)
      : request_(request), now_(now), blocks_(blocks), warnings_(warnings) {}

  /// Takes a whole line; returns what the helper gets to read. `desk`: null: there are no permits.
  std::string hear(std::string_view line, PermitDesk* desk) {
    ++number_;
    if (is_dialogue(line)) return desk != nullptr ? desk->hear(line) : std::string{};
    const bool knew_origin = answered_.origin.known();
    has_news_ = true;
    if (const auto read = decode_answer(line, now_, answered_); !read) complain(read.error());
    if (desk != nullptr && !knew_origin && answered_.origin.known()) {
      const auto range = cache::range_of(answered_.origin.value);
      const auto networks = cache::allocations(request_.address, range, blocks_);
      if (!networks.empty()) desk->belongs_to(networks.front());
    }
    return {};
  }

  [[nodiscard]] const facts::Facts& so_far() const { return answered_; }
  /// Whether an answer came since the last call.
  bool has_news() { return std::exchange(has_news_, false); }

  /// All answers, when the helper has ended.
  facts::Facts finish(const base::Ran& ran) {
    // A helper that was killed may have been in the middle of a line: that is no fault.
    const bool whole = ran.end == base::Ran::End::exited || ran.end == base::Ran::End::hung_up;
    if (whole && !ran.output.empty() && !ran.output.ends_with('\n')) {
      ++number_;
      complain("ends early");
    }
    if (bad_ > most_line_warnings) {
      warnings_.push_back(fmt::format("badclients-lookup: {} more bad lines in its answer",
                                      bad_ - most_line_warnings));
    }
    return std::move(answered_);
  }

 private:
  void complain(std::string_view what) {
    if (++bad_ > most_line_warnings) return;
    warnings_.push_back(fmt::format("badclients-lookup: line {} of its answer: {}", number_, what));
  }

  const Request& request_;
  facts::Time now_;
  cache::Blocks blocks_;
  std::vector<std::string>& warnings_;
  facts::Facts answered_;
  unsigned number_ = 0, bad_ = 0;
  bool has_news_ = false;
};

void pass_on_stderr_text(std::string_view stderr_text, std::vector<std::string>& warnings) {
  unsigned count = 0;
  while (!stderr_text.empty() && count < most_line_warnings) {
    const auto line = base::cut(stderr_text, '\n');
    if (line.empty()) continue;
    ++count;
    warnings.push_back("badclients-lookup: " + facts::printable(line, longest_trouble));
  }
}

/// Why a wanted fact did not come.
std::string reason_of(const base::Ran& ran) {
  switch (ran.end) {
    case base::Ran::End::died:
      return fmt::format("the helper died: signal {} ({})", ran.code, strsignal(ran.code));
    case base::Ran::End::timed_out:
      return "no answer within the deadline";
    case base::Ran::End::said_too_much:
      return "the helper was killed: it printed more than 256 KiB";
    case base::Ran::End::exited:
      if (ran.code != 0) return fmt::format("the helper failed: exit code {}", ran.code);
      break;
    case base::Ran::End::hung_up:
      break;
  }
  return "the helper gave no answer";
}

bool is_trouble(const base::Ran& ran) {
  return ran.end == base::Ran::End::died || ran.end == base::Ran::End::said_too_much ||
         (ran.end == base::Ran::End::exited && ran.code != 0);
}

/// Who failed. That a helper was killed (by the kernel when memory is short, or by hand) says
/// nothing about the server that it asked.
facts::Provenance provenance_of(const base::Ran& ran) {
  const bool killed =
      ran.end == base::Ran::End::died && (ran.code == SIGKILL || ran.code == SIGTERM);
  return killed ? facts::Provenance::local : facts::Provenance::asked;
}

std::vector<budget::Source> known(const std::vector<budget::Silence>& silences) {
  std::vector<budget::Source> sources;
  for (const auto& silence : silences) {
    if (silence.is_known()) sources.push_back(silence.source);
  }
  return sources;
}

/// Why the facts that are wanted and missing have failed.
struct Failure {
  std::string reason;
  facts::Provenance from;
  facts::Cause cause = facts::Cause::question;
};

/// The origin whose ASes are described: the one learnt now, else the request's.
const facts::Origin* described_origin(const Request& request, const facts::Facts& answered) {
  const auto* origin = facts::likely_origin(answered);
  return origin == nullptr && request.origin ? &*request.origin : origin;
}

/// Fills in the answers that were asked for; with a registration also the origin and its
/// descriptions.
void take(const Request& request, facts::Facts answered, facts::Facts& into) {
  auto heard = request.wanted;
  heard.origin |= heard.as_description || heard.registration;
  heard.as_description = heard.origin;
  drop_unwanted(heard, answered);
  auto provisional = answered.provisional;
  auto descriptions = std::exchange(answered.as_descriptions, {});
  facts::adopt(std::move(answered), into);
  into.provisional = std::move(provisional);
  drop_other_descriptions(described_origin(request, into), descriptions);
  facts::adopt(descriptions, into.as_descriptions);
}

/// Lets wanted facts without an answer fail. A provisional answer counts if it is enough.
void fail(const Request& request, const Failure& failure, facts::Time now, facts::Facts& into) {
  auto wanted = request.wanted;
  const auto& provisional = into.provisional;
  wanted.origin &= request.own.origin || !provisional.origin.known();
  wanted.registration &= request.own.registration || !provisional.registration.known();
  facts::each_wanted(wanted, into, described_origin(request, into), [&](auto& fact) {
    if (fact.knowledge != facts::Knowledge::not_asked) return;
    fact.knowledge = facts::Knowledge::failed;
    fact.from = failure.from;
    fact.trouble = failure.reason;
    fact.learnt = fact.expires = now;
    fact.cause = failure.cause;
  });
}

}  // namespace

std::string ask_helper(const std::string& program, const std::string& config_path,
                       const Request& request, facts::Time now, facts::Facts& into,
                       std::vector<std::string>& warnings, budget::Servers* servers,
                       const cache::Blocks& blocks, const std::optional<LoginWait>& login) {
  if (std::chrono::steady_clock::now() >= request.deadline) {
    let_fail(request, "no time left to ask", now, into);
    return {};
  }
  base::Command command{program,     {"--config", config_path}, "", request.deadline,
                        most_output, most_stderr_text};
  std::optional<PermitDesk> desk;
  auto asked = request;
  std::vector<budget::Silence> silences;
  if (servers != nullptr) {
    silences = servers->silences();
    if (login) asked.silent = known(silences);
    asked.permits = command.answers = true;
    desk.emplace(*servers, request.purpose, request.deadline, warnings);
  }
  Reader reader(request, now, blocks, warnings);
  command.listener = [&](std::string_view line) {
    return reader.hear(line, desk ? &*desk : nullptr);
  };
  auto until = request.deadline;
  if (login) {
    until = login->until;
    command.patience = [&] {
      if (reader.has_news()) until = login->until_now(reader.so_far());
      return until;
    };
  }
  command.input = encode(asked);
  const auto ran = base::run(command);
  if (desk) desk->report(silences, login.has_value());
  if (servers != nullptr && !servers->trouble().empty() &&
      std::find(warnings.begin(), warnings.end(), servers->trouble()) == warnings.end()) {
    warnings.push_back(servers->trouble());
  }
  if (!ran) {
    warnings.push_back(ran.error());
    let_fail(request, ran.error(), now, into);
    return ran.error();
  }
  auto answered = reader.finish(*ran);
  pass_on_stderr_text(ran->stderr_text, warnings);
  take(request, std::move(answered), into);
  if (until == base::not_at_all) return {};
  Failure failure{reason_of(*ran), provenance_of(*ran)};
  const bool was_cut_short = ran->end == base::Ran::End::timed_out && until < request.deadline;
  if (was_cut_short) {
    failure.reason = "no answer as long as it was waited for";
    failure.cause = facts::Cause::patience;
  } else if (desk && !desk->silent().empty()) {
    failure.cause = facts::Cause::silence;
  }
  fail(request, failure, now, into);
  if (!is_trouble(*ran)) return {};
  warnings.push_back(fmt::format("{}: {}", program, failure.reason));
  return failure.reason;
}

void let_fail(const Request& request, const std::string& reason, facts::Time now,
              facts::Facts& into) {
  fail(request, {reason, facts::Provenance::local}, now, into);
}

void leave_unanswered(const Request& request, const std::string& reason, facts::Time now,
                      facts::Facts& into) {
  fail(request, {reason, facts::Provenance::asked, facts::Cause::silence}, now, into);
}

}  // namespace badclients::ask
