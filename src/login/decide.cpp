#include "login/decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "ask/background.hpp"
#include "ask/gather.hpp"
#include "facts/facts.hpp"
#include "lists/login_rules.hpp"
#include "login/line_form.hpp"
#include "login/missed.hpp"
#include "login/warner.hpp"
#include "verdict/decider.hpp"

namespace badclients::login {

namespace {

using audit::Level;
using facts::Facts;
using facts::Verdict;
using facts::Wanted;
using std::chrono::milliseconds;
using verdict::Waits;
using Clock = std::chrono::steady_clock;

/// A login waits for facts for nine tenths of the deadline at most. The rest is for what follows:
/// ending the helper, storing what was learnt, deciding, the log. That takes a few milliseconds,
/// unless something holds it up. With a deadline of 5 s and the door's grace (a quarter of a
/// second) 0.75 s are left before the door answers without this process.
constexpr int tenths_for_facts = 9;

/// How long a login waits to count itself among those that missed facts; but at most half of what
/// is left of the deadline.
constexpr milliseconds longest_counting{200};

constexpr const char* reading = "reading the lists";
constexpr const char* learning = "learning about the address";
constexpr const char* writing = "writing the log";
constexpr const char* tempfail_reason =
    "a fact that a rule looks at could not be had, or a pattern was too much work, and on_error is "
    "tempfail";

Verdict undecided() {
  Verdict verdict;
  verdict.decision = Verdict::Decision::tempfail;
  return verdict;
}

const Facts nothing_known;

/// For a login that is refused nobody is asked.
bool refuses(const Verdict& verdict) {
  return verdict.refused() || verdict.would_block;
}

/// One login on its way.
class Way {
 public:
  explicit Way(const Request& request) : request_(request), warner_(request.sink) {}

  Verdict go() {
    try {
      return decide();
    } catch (const std::exception& error) {
      return break_off(fmt::format("internal error: {}", error.what()));
    }
  }

 private:
  Verdict decide() {
    before_ = decided_before();
    if (before_) {
      arm_as(before_->first, reading);
    } else {
      auto known = verdict::before_lists(request_.login, request_.config);
      const bool settled = known.waits == Waits::for_nothing;
      arm(known.verdict, nothing_known, known.by_rule, settled ? learning : reading);
      if (settled) return without_rules(std::move(known.verdict));
      if (request_.configuration != 0) first_ = armed_;
    }
    try {
      return with_rules(true);
    } catch (const lists::DamagedIndex& damage) {
      damage_ = fmt::format("{}; it is made anew", damage.what());
      return with_rules(false);
    }
  }

  /// The decision about a login that said the same. Rules and facts may have changed since.
  std::shared_ptr<const Decided::Decision> decided_before() {
    const auto* const kept = request_.kept;
    if (kept == nullptr || !kept->rules || request_.configuration == 0) return nullptr;
    return kept->decided.find(kept->rules, request_.configuration, request_.login);
  }

  void arm_as(const Armed& other, const char* next) {
    if (before_armed_) {
      armed_.line.before_took = other.line.before_took;
    } else {
      armed_.line = audit::prepare_again(request_.login, other.line);
    }
    before_armed_ = true;
    armed_.verdict = other.verdict;
    armed_.founded = other.founded;
    armed_.next = next;
    request_.arm(armed_);
  }

  /// No rule counts: facts are for the audit line alone.
  Verdict without_rules(Verdict verdict) {
    warner_.warn(request_.problems);
    if (!verdict.logged) return verdict;
    const auto wanted = request_.login.scope.narrowed(verdict::wanted_by_audit(request_.config));
    auto how = gathering(!refuses(verdict));
    const auto until = line_deadline(how);
    how.wait_until = [until](const Facts&, const Wanted&) { return until; };
    const auto facts = gather(wanted, how);
    return conclude({wanted, facts, {}}, std::move(verdict), how);
  }

  /// `trusted`: what lists.verified says of the index.
  Verdict with_rules(bool trusted) {
    const auto& general = request_.config.general;
    lists::LoginRules::Request request{general.list_path, general.state_path, deadline(), trusted};
    request.hear_last = [&](const lists::Index& last) { hear(last); };
    const auto rules = open(request);
    if (!rules) return break_off(rules.error());
    return before_ && gives_again() ? as_before() : by_rules(**rules);
  }

  /// Whether the facts are as they were; the rules are.
  bool gives_again() {
    arm_as(before_->early, learning);
    return ask::gives_again(before_->facts, request_.config, request_.kept->facts);
  }

  Verdict as_before() {
    arm_as(before_->last, writing);
    log("");
    if (before_->geoip) log_geoip(*before_->geoip);
    return armed_.verdict;
  }

  /// The rules of the login before, if they hold; else new ones, and what was decided by the old
  /// ones is forgotten.
  tl::expected<std::shared_ptr<const lists::LoginRules>, std::string> open(
      const lists::LoginRules::Request& request) {
    auto* const kept = request_.kept;
    if (kept != nullptr) {
      if (kept->rules && kept->rules->hold(request)) return kept->rules;  // by_last_ is of these
      if (before_) first_ = std::exchange(before_, nullptr)->first;
      // Unmaps first: address space is limited (Dovecot's vsz_limit), also for the process that
      // makes an index.
      kept->rules.reset();
      kept->decided.forget();
      kept->facts.databases.close();
    }
    auto opened = lists::LoginRules::open(request);
    by_last_.reset();
    matcher_ = {};  // what the old rules took of its steps, the new ones still have
    if (!opened) return tl::unexpected(std::move(opened.error()));
    auto rules = std::make_shared<const lists::LoginRules>(std::move(*opened));
    if (kept != nullptr && rules->from_file()) kept->rules = rules;
    return rules;
  }

  /// Arms what a rule of the last index says, until the lists were looked at: they may have
  /// changed.
  void hear(const lists::Index& last) {
    if (before_) {
      if (before_->early.founded) arm_as(before_->early, reading);
      return;
    }
    const verdict::Decider decider(last, request_.config, matcher_);
    by_last_ = decider.so_far(request_.login, nothing_known);
    if (by_last_->by_rule) arm(by_last_->verdict, nothing_known, true, reading);
  }

  Verdict by_rules(const lists::LoginRules& rules) {
    const verdict::Decider decider(rules.index(), request_.config, matcher_);
    const auto& wanted = decider.wanted();
    const auto known = by_last_ ? *by_last_ : decider.so_far(request_.login, nothing_known);
    arm_by(known, nothing_known);
    std::optional<Armed> early;
    if (is_kept(rules)) early = armed_;
    const bool settled = known.waits == Waits::for_nothing;
    warner_.warn(request_.problems);
    warn_of_damage();
    if (!rules.trouble().empty()) request_.sink.write(Level::warning, rules.trouble());
    if (rules.fault_count() != 0) warner_.warn_of_lines(rules.faults(), rules.fault_count());
    auto how = gathering(!settled);
    how.by_rules = decider.wanted_by_rules();
    how.persons = decider.looks_at_persons();
    how.needed = [&](const Facts& so_far, const Wanted& of) {
      return decider.needed(request_.login, so_far, of);
    };
    const auto for_line = line_deadline(how);
    how.wait_until = [&](const Facts& so_far, const Wanted& to_come) -> base::Deadline {
      const auto now = decider.so_far(request_.login, so_far, to_come);
      arm_by(now, so_far);
      switch (now.waits) {
        case Waits::for_nothing:
          return base::not_at_all;
        case Waits::for_line:
          return for_line;
        case Waits::for_rules:
          break;
      }
      return how.deadline;
    };
    const auto facts = gather(wanted, how);
    // Not the last `so_far`: now a provisional answer serves, too, where the own one could not be
    // asked for.
    auto verdict = settled ? known.verdict : decider.decide(request_.login, facts);
    if (!matcher_.trouble().empty()) request_.sink.write(Level::warning, matcher_.trouble());
    std::vector<std::string> not_compared;
    if (any_failed(facts, false)) {
      not_compared = decider.not_compared(request_.login, facts, verdict);
    }
    const bool is_quiet = request_.problems.empty() && damage_.empty() && rules.trouble().empty() &&
                          rules.fault_count() == 0 && matcher_.trouble().empty() &&
                          not_compared.empty() && verdict.logged;
    verdict = conclude({wanted, facts, std::move(not_compared)}, std::move(verdict), how);
    if (early && is_quiet) remember(decider, facts, *std::move(early));
    return verdict;
  }

  /// Keeps the decision for the next login that says the same. This login had no other effect than
  /// its answer and its line.
  void remember(const verdict::Decider& decider, const Facts& facts, Armed early) {
    auto& kept = *request_.kept;
    const auto& remembered = kept.facts.remembered;
    if (!remembered || remembered->address != request_.login.origin()) return;
    const bool has_geoip = facts.geo_city.known() || facts.geo_asn.known();
    auto geoip = has_geoip ? std::make_shared<const Facts>(facts) : nullptr;
    kept.decided.begin(kept.rules, request_.configuration, decider.looks_at_names());
    kept.decided.keep(request_.login,
                      {*remembered, std::move(geoip), before_ ? before_->first : first_,
                       std::move(early), armed_});
  }

  /// Whether the next login can know that it is decided by the same rules and settings.
  [[nodiscard]] bool is_kept(const lists::LoginRules& rules) const {
    return request_.configuration != 0 && request_.kept != nullptr &&
           request_.kept->rules.get() == &rules;
  }

  /// Facts that are known may refuse already: from now on the login ends with that.
  void arm_by(const verdict::SoFar& known, const Facts& facts) {
    arm(known.verdict, facts, known.by_rule, learning);
  }

  /// What a verdict was found on.
  struct Grounds {
    const Wanted& wanted;
    const Facts& facts;
    std::vector<std::string> not_compared;  ///< Decider::not_compared
  };

  /// Until when a login waits for facts that the audit line alone shows, counted from now.
  static Clock::time_point line_deadline(const ask::Gathering& how) {
    return std::min(how.deadline, Clock::now() + ask::longest_for_line);
  }

  /// From now on the login ends with `verdict`. `facts`: those that its line shows.
  void arm(Verdict verdict, const Facts& facts, bool founded, const char* next) {
    const bool shows_facts = &facts != &nothing_known;
    const bool same = !shows_facts && shows_nothing_ && verdict == armed_.verdict;
    if (!same)
      armed_.line = audit::prepare(request_.login, facts, verdict, line_form(request_.config));
    shows_nothing_ = !shows_facts;
    armed_.verdict = std::move(verdict);
    armed_.founded = founded;
    armed_.next = next;
    request_.arm(armed_);
  }

  Verdict conclude(Grounds grounds, Verdict verdict, const ask::Gathering& how) {
    const auto& facts = grounds.facts;
    arm(std::move(verdict), facts, true, writing);
    if (armed_.verdict.logged) {
      const bool tempfail = armed_.verdict.decision == Verdict::Decision::tempfail;
      log(tempfail ? tempfail_reason : "");
      log_geoip(facts);
    }
    leave_to_background(grounds.wanted, facts, how);
    const bool of_consequence = !grounds.not_compared.empty();
    if (of_consequence || any_failed(facts, true)) tell_of_missed(std::move(grounds));
    return armed_.verdict;
  }

  /// Warns once a minute, for all logins.
  void tell_of_missed(Grounds grounds) {
    const auto now = std::chrono::system_clock::now;
    const auto one = missed(grounds.facts, std::move(grounds.not_compared));
    const auto& config = request_.config;
    const auto patience =
        std::clamp(base::left_until(deadline()) / 2, milliseconds{0}, longest_counting);
    auto sums = budget::MissedLog{config.general.state_path, now}.add(one, patience);
    if (!sums) sums = budget::MissedSums::of(one, now());  // nobody else will warn of it
    if (!*sums) return;
    const auto address = request_.login.origin();
    request_.sink.write(Level::warning,
                        warning_of(**sums, now(), config, address.value(), grounds.facts));
  }

  /// The login cannot go on.
  Verdict break_off(const std::string& why) {
    warn_of_damage();
    request_.sink.write(Level::error, why);
    if (!armed_.holds()) arm(undecided(), nothing_known, true, writing);
    log(why);
    return armed_.verdict;
  }

  void warn_of_damage() {
    if (!damage_.empty()) request_.sink.write(Level::warning, damage_);
  }

  void log(std::string_view error) {
    request_.sink.write(Level::info, armed_.line.text(Clock::now() - request_.begin, error));
    if (request_.line_written) request_.line_written("leaving questions to the background");
  }

  /// The second line.
  void log_geoip(const Facts& facts) {
    const auto line = audit::maxmind_line(request_.login, facts, line_form(request_.config));
    if (line) request_.sink.write(Level::info, *line);
  }

  [[nodiscard]] ask::Gathering gathering(bool ask) const {
    const auto until = request_.begin + request_.config.lookup.deadline / 10 * tenths_for_facts;
    ask::Gathering how{request_.config, request_.config_path, until,
                       std::chrono::system_clock::now(), ask};
    how.proven = request_.proven;
    if (request_.counted) how.counted_user = &request_.login.user;
    if (request_.kept != nullptr) how.kept = &request_.kept->facts;
    return how;
  }

  [[nodiscard]] Clock::time_point deadline() const {
    return request_.begin + request_.config.lookup.deadline;
  }

  Facts gather(const Wanted& wanted, const ask::Gathering& how) {
    const auto address = request_.login.origin();
    if (!address) return {};
    std::vector<std::string> warnings;
    auto facts = ask::gather(*address, wanted, how, warnings);
    warner_.warn(warnings);
    return facts;
  }

  void leave_to_background(const Wanted& wanted, const Facts& facts, const ask::Gathering& how) {
    const auto address = request_.login.origin();
    if (!address || !how.ask) return;
    std::vector<std::string> warnings;
    ask::leave_to_background(*address, wanted, facts, how, request_.background_program, warnings);
    warner_.warn(warnings);
  }

  const Request& request_;
  Warner warner_;
  lists::PatternMatcher matcher_;
  /// Nothing: no login said the same, or the rules have changed since.
  std::shared_ptr<const Decided::Decision> before_;
  /// What the rules say before any fact is known, if hear() has asked those of by_rules() already.
  std::optional<verdict::SoFar> by_last_;
  /// What is wrong with the index that was there. It is not written before the lists have had their
  /// say: a log that hangs lets nobody in.
  std::string damage_;
  Armed armed_;
  Armed first_;  ///< what was armed before the lists were looked at; else before_ has it
  bool before_armed_ = false;   ///< armed_.line is this login's, and of this form
  bool shows_nothing_ = false;  ///< armed_.line is that of nothing_known
};

}  // namespace

Verdict decide(const Request& request) {
  return Way(request).go();
}

audit::Line undecided_line(const facts::Login& login, audit::Form form) {
  return audit::prepare(login, {}, undecided(), form);
}

void log_undecided(audit::Sink& sink, const facts::Login& login, audit::Form form,
                   Clock::time_point begin, const std::string& why) {
  sink.write(Level::error, why);
  sink.write(Level::info, undecided_line(login, form).text(Clock::now() - begin, why));
}

}  // namespace badclients::login
