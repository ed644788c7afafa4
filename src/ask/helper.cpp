#include "ask/helper.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "ask/permit_desk.hpp"
#include "ask/wire/dialogue.hpp"
#include "base/fields.hpp"
#include "base/process.hpp"
#include "cache/placement.hpp"
#include "facts/escape.hpp"

namespace badclients::ask {

namespace {

constexpr std::size_t most_output = 256 * 1024;
constexpr std::size_t most_stderr_text = 4 * 1024;
constexpr unsigned most_line_warnings = 8;

/// What the lines say, one after the other. Bad ones are counted, the first few are named.
class Reader {
 public:
  Reader(const Request& request, facts::Time now, const cache::Blocks& blocks,
         std::vector<std::string>& warnings)
      : request_(request), now_(now), blocks_(blocks), warnings_(warnings) {}

  /// Hears a whole line; returns what the helper gets to read. `usher`: null: nobody gives permits.
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
  /// Whether there is an answer since the last time.
  bool has_news() { return std::exchange(has_news_, false); }

  /// What they said, when the helper has ended.
  facts::Facts finish(const base::Ran& ran) {
    // A helper that was killed may well have been in the middle of a line.
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

/// Why a fact that was wanted is not there.
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

/// Somebody or the kernel, for want of memory, killed it: that says nothing about what was asked.
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

/// Why what is wanted and missing has failed.
struct Failure {
  std::string reason;
  facts::Provenance from;
  facts::Cause cause = facts::Cause::question;
};

/// Moves what was answered to where it is wanted, and lets fail what is wanted and missing.
class Taker {
 public:
  /// Nothing: it has not failed.
  Taker(facts::Time now, std::optional<Failure> failure)
      : now_(now), failure_(std::move(failure)) {}

  template <class T>
  void take(bool wanted, facts::Fact<T>& answer, facts::Fact<T>& into) {
    const bool came = answer.known() || (answer.failed() && !into.known());
    if (came) {
      into = std::move(answer);
    } else if (wanted && failure_ && !into.known()) {
      const auto& [reason, from, cause] = *failure_;
      into = {facts::Knowledge::failed, from, std::move(into.value), {}, reason, now_, now_, cause};
    }
  }

  /// The one fact of a list whose value's `key` is `wanted`.
  template <class T, class Key>
  void take_one(Key T::*key, const Key& wanted, std::vector<facts::Fact<T>>& answers,
                std::vector<facts::Fact<T>>& into) {
    const auto same = [&](const auto& fact) { return fact.value.*key == wanted; };
    auto target = std::find_if(into.begin(), into.end(), same);
    if (target == into.end()) {
      target = into.emplace(into.end());
      target->value.*key = wanted;
    }
    const auto answer = std::find_if(answers.begin(), answers.end(), same);
    facts::Fact<T> none;
    take(true, answer == answers.end() ? none : *answer, *target);
    if (target->knowledge == facts::Knowledge::not_asked) into.erase(target);
  }

  /// Which they are, the origin tells.
  void take_descriptions(const facts::Wanted& wanted, const facts::Origin* origin,
                         std::vector<facts::Fact<facts::AsDescription>>& answers,
                         std::vector<facts::Fact<facts::AsDescription>>& into) {
    if (origin == nullptr) return;
    for (const auto asn : facts::described_asns(*origin)) {
      const auto same = [&](const auto& fact) { return fact.value.asn == asn; };
      if (!wanted.as_description && std::none_of(answers.begin(), answers.end(), same)) continue;
      take_one(&facts::AsDescription::asn, asn, answers, into);
    }
  }

  template <class T>
  static bool will_do(const facts::Fact<T>& provisional, bool own) {
    return provisional.known() && !own;
  }

  void take_all(const Request& request, facts::Facts answered, facts::Facts& into) {
    const auto& wanted = request.wanted;
    const auto& own = request.own;
    const auto* const known_origin = request.origin ? &*request.origin : nullptr;
    const bool names = wanted.reverse_names || wanted.confirmed_names;
    const bool network = wanted.origin || wanted.as_description || wanted.registration;
    if (names) take(true, answered.reverse_names, into.reverse_names);
    if (network) {
      take(wanted.origin && !will_do(answered.provisional.origin, own.origin), answered.origin,
           into.origin);
      into.provisional = std::move(answered.provisional);
      const auto* origin = facts::likely_origin(into);
      take_descriptions(wanted, origin != nullptr ? origin : known_origin, answered.as_descriptions,
                        into.as_descriptions);
    }
    if (wanted.registration) {
      take(!will_do(into.provisional.registration, own.registration), answered.registration,
           into.registration);
    }
    for (const auto& zone : wanted.dnsbl_zones) {
      take_one(&facts::DnsblListing::zone, zone, answered.dnsbl, into.dnsbl);
    }
  }

 private:
  facts::Time now_;
  std::optional<Failure> failure_;
};

}  // namespace

void ask_helper(const std::string& program, const std::string& config_path, const Request& request,
                facts::Time now, facts::Facts& into, std::vector<std::string>& warnings,
                budget::Servers* servers, const cache::Blocks& blocks,
                const std::optional<Waiting>& login) {
  if (std::chrono::steady_clock::now() >= request.deadline) {
    return let_fail(request, "no time left to ask", now, into);
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
      if (reader.has_news()) until = login->judge(reader.so_far());
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
    return let_fail(request, ran.error(), now, into);
  }
  auto answered = reader.finish(*ran);
  pass_on_stderr_text(ran->stderr_text, warnings);
  if (until == given_up) return Taker{now, {}}.take_all(request, std::move(answered), into);
  Failure failure{reason_of(*ran), provenance_of(*ran)};
  const bool was_cut_short = ran->end == base::Ran::End::timed_out && until < request.deadline;
  if (was_cut_short) failure.reason = "no answer as long as it was waited for";
  if (was_cut_short || (desk && !desk->silent().empty())) {
    failure.cause = facts::Cause::silence;
  }
  if (is_trouble(*ran)) warnings.push_back(fmt::format("{}: {}", program, failure.reason));
  Taker{now, failure}.take_all(request, std::move(answered), into);
}

void let_fail(const Request& request, const std::string& reason, facts::Time now,
              facts::Facts& into) {
  Taker{now, Failure{reason, facts::Provenance::local}}.take_all(request, {}, into);
}

}  // namespace badclients::ask
