#include "ask/gather.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "ask/due_facts.hpp"
#include "ask/flight_keys.hpp"
#include "ask/helper.hpp"
#include "ask/local.hpp"
#include "ask/memory.hpp"
#include "ask/merge.hpp"
#include "ask/remembered.hpp"
#include "ask/request.hpp"
#include "ask/waiting_place.hpp"
#include "cache/times.hpp"
#include "facts/handle.hpp"
#include "facts/kinds.hpp"

namespace badclients::ask {

namespace {

using facts::Facts;
using facts::Provenance;
using facts::Wanted;

/// How long we remember, at most, that a source was silent: so long nobody waits for it again. That
/// is longer than the usual deadline, so that nobody waits for the process in the background that
/// goes on asking.
constexpr std::chrono::seconds longest_silence{10};

/// For how many askers in a row, none of which leaves an answer, a login waits before it asks
/// itself. One asker may die; after three something is wrong (a full disk, say).
constexpr unsigned most_rounds = 3;

class Gatherer {
 public:
  Gatherer(const net::Address& address, const Wanted& wanted, const Gathering& how,
           bool in_background, std::vector<std::string>& warnings)
      : address_(address),
        wanted_(wanted),
        askable_(ask::askable(wanted, how.config)),
        how_(how),
        in_background_(in_background),
        warnings_(warnings),
        kept_(how.kept == nullptr ? own_ : *how.kept),
        memory_(address_, how.config, how.now, kept_.cache, !in_background, warnings) {
    if (wanted_.dnsbl_zones.size() > most_zones) {
      warnings_.push_back(fmt::format("{} DNSBL zones in the lists: only the first {} are asked",
                                      wanted_.dnsbl_zones.size(), most_zones));
      wanted_.dnsbl_zones.resize(most_zones);
      askable_.dnsbl_zones = wanted_.dnsbl_zones;
    }
  }

  void gather(Facts& facts) {
    fill_locally(wanted_, facts);
    leave_out_for_line(how_.by_rules, facts);
    remembered_ = Remembered{address_, {}, 0, {}};
    if (due(facts).any()) fill_from_cache(facts);
    look_up_geoip(facts);
    leave_out_what_nobody_needs(facts);
    if (how_.ask) {
      reopen_given_up(facts);
      ask_in_turn(facts);
      if (until_ != base::not_at_all) describe_anew(facts);
    }
    if (facts.registration.known()) facts.without_persons = {};
    if (remembered_ && warnings_.empty() &&
        are_remembered(facts, askable_, how_.by_rules, how_.now)) {
      remembered_->files = files_of(how_.config, how_.now, kept_);
      kept_.remembered = std::move(remembered_);
    }
    drop_unwanted(wanted_, facts);
  }

  void refresh(SingleFlight& flights) {
    memory_.open(how_.deadline);
    if (!memory_.is_open()) return;
    Facts facts;
    // Not the registration: it is due because registry data has none, or none with persons'
    // handles.
    auto local = wanted_;
    local.registration = false;
    fill_locally(local, facts);
    memory_.fill(askable_, facts);
    Wanted ours;
    for (auto& key : keys(due(facts), facts)) {
      if (flights.take(key.question) && is_open(key, facts)) ours = ours + key.part;
    }
    ask(ours, facts);
    describe_anew(facts);
  }

 private:
  void look_up_geoip(Facts& facts) {
    look_up_geo(geo_databases(how_.config), address_, kept_.databases, facts, warnings_);
  }

  // ---- what registry data leaves to the cache ---------------------------------------------------

  void fill_from_cache(Facts& facts) {
    memory_.open(how_.deadline);
    const auto told = told_locally(facts);
    const auto wanted = askable_ - told;
    const bool goes_by_told = told.origin && wanted.as_description;  // whose they are
    if (!told.any() || goes_by_told) {
      memory_.fill(wanted, facts);
    } else {
      Facts found;
      memory_.fill(wanted, found);
      if (told.origin) found.origin = {};  // for a registration that is to be asked for
      facts::adopt(std::move(found), facts);
    }
    remembered_->wanted = wanted;
    remembered_->number = kept_.cache ? kept_.cache->number() : 0;
    if (remembered_->number == 0) remembered_.reset();
  }

  // ---- what registry data leaves to ask ---------------------------------------------------------

  void fill_locally(const Wanted& wanted, Facts& facts) {
    ask::fill_locally(address_, wanted, how_.config, how_.now, kept_.registry, facts, warnings_);
  }

  void leave_out_what_nobody_needs(Facts& facts) {
    auto lacking = about_network(wanted_) - told_locally(facts);
    const bool persons =
        how_.persons && facts::is_from_ripes_data(facts.registration) && askable_.registration;
    lacking.registration |= persons;
    const bool answered = told_locally(facts).any();
    if (!(answered ? lacking : lacking - askable_).any()) return;
    facts::Needed needed;
    if ((lacking & how_.by_rules).any()) {
      needed =
          how_.needed ? how_.needed(facts, lacking) : facts::Needed{how_.by_rules, how_.persons};
    }
    leave_out_for_line(needed.wanted, facts);
    let_fail_unheld(about_network(wanted_) - askable_ - told_locally(facts), facts);
    if (persons && needed.persons) want_persons(facts);
  }

  /// If registry data answered a login, nobody is asked for the rest that only its line shows. If
  /// it did not, what nobody can be asked for is left out, too, and has not failed.
  void leave_out_for_line(const Wanted& by_rules, const Facts& facts) {
    if (!how_.wait_until) return;
    const auto told = told_locally(facts);
    const auto for_line = about_network(wanted_) - told - by_rules;
    wanted_ = wanted_ - (told.any() ? for_line : for_line - askable_);
    askable_ = askable_ & wanted_;
  }

  /// Asks for the registration again: the live source has the persons' handles.
  void want_persons(Facts& facts) {
    facts.without_persons = std::exchange(facts.registration, {});
    remembered_.reset();  // the cache is read again
    if (!memory_.is_open()) memory_.open(how_.deadline);
    Wanted wanted;
    wanted.registration = true;
    memory_.fill(wanted, facts);
  }

  /// What has no other source than registry data fails.
  void let_fail_unheld(const Wanted& wanted, Facts& facts) {
    if (!wanted.any()) return;
    Facts failed;
    ask::let_fail(request_for(wanted, facts), "registry data has nothing about it", how_.now,
                  failed);
    adopt(std::move(failed), facts);
  }

  /// What has to be asked for now.
  [[nodiscard]] Wanted due(const Facts& facts) const {
    if (how_.anew) return askable_ - told_locally(facts);
    const auto due =
        due_facts(askable_, how_.by_rules, facts, how_.now, how_.config.cache.negative_ttl);
    return how_.refresh ? due.missing + due.stale : due.missing;
  }

  [[nodiscard]] std::vector<FlightKey> keys(const Wanted& wanted, const Facts& facts) const {
    return flight_keys(address_, blocks_, wanted, facts);
  }

  /// Forgets failures of facts that another login gave up, if this login's rules need these facts,
  /// whatever else is unknown. Call it when all is filled in that is known without asking.
  void reopen_given_up(Facts& facts) {
    const auto given_up = failed_by_patience(facts);
    if (!given_up.any()) return;
    auto without = facts;
    forget_given_up(without);
    if (!how_.wait_until || how_.wait_until(without, given_up) == how_.deadline) {
      facts = std::move(without);
    }
  }

  // ---- one question, one asker: the others wait for its answer ----------------------------------

  /// Asks what no other process asks, and waits for what others ask. When another has ended, its
  /// answer is in the cache, or we ask.
  void ask_in_turn(Facts& facts) {
    auto open = keys(due(facts), facts);
    if (open.empty() || !is_worth_waiting(facts) || !may_wait(sum(open), facts)) return;
    auto flights = open_flights();
    for (;;) {
      const auto ours = flights ? take(open, *flights, facts) : std::exchange(open, {});
      ask(sum(ours), facts);
      if (until_ == base::not_at_all) return;
      for (const auto& key : ours) {
        if (flights) flights->give_up(key.question);
      }
      if (open.empty()) return;
      if (!wait_for_another(*flights, open, facts)) return let_fail(sum(open), facts);
      if (!is_worth_waiting(facts)) return;
    }
  }

  bool is_worth_waiting(const Facts& facts) {
    if (how_.wait_until) until_ = std::min(until_, how_.wait_until(facts, askable_));
    return until_ != base::not_at_all;
  }

  /// Takes a place among the logins that wait, if they are counted. If there is none, `wanted`
  /// fails.
  bool may_wait(const Wanted& wanted, Facts& facts) {
    if (how_.counted_user == nullptr || !wanted.any()) return true;
    if (!place_) {
      place_ = WaitingPlace::take(how_.config.general.state_path, *how_.counted_user,
                                  net::Network{address_, blocks_.around(address_)});
    }
    if (*place_) return true;
    Facts failed;
    leave_unanswered(request_for(wanted, facts), place_->error(), how_.now, failed);
    adopt(std::move(failed), facts);
    return false;
  }

  /// Nothing: there is no cache to find another's answer in, or no such answer will do (anew).
  std::optional<SingleFlight> open_flights() {
    if (!memory_.is_open() || how_.anew) return std::nullopt;
    auto flights = SingleFlight::open(how_.config.general.state_path);
    if (flights) return std::move(*flights);
    warnings_.push_back(flights.error());
    return std::nullopt;
  }

  /// Moves the questions that we take out of `open`, and drops those that somebody has just had
  /// answered.
  std::vector<FlightKey> take(std::vector<FlightKey>& open, SingleFlight& flights, Facts& facts) {
    std::vector<FlightKey> ours, others;
    for (auto& key : open) {
      auto* taker = &ours;
      while (taker == &ours && flights.rounds(key.question) < most_rounds) {
        const auto question = key.question;
        if (!flights.take(question)) {
          taker = &others;
        } else if (!is_open(key, facts)) {
          flights.give_up(question);
          taker = nullptr;
        } else if (key.question == question) {
          break;
        } else {
          flights.give_up(question);
        }
      }
      if (taker != nullptr) taker->push_back(std::move(key));
    }
    open = std::move(others);
    return ours;
  }

  /// False: the time is over.
  bool wait_for_another(SingleFlight& flights, std::vector<FlightKey>& open, Facts& facts) {
    std::vector<SingleFlight::Question> questions;
    for (const auto& key : open) questions.push_back(key.question);
    const auto over = flights.wait_for_any(questions, until_);
    if (!over) return false;
    const auto key = std::find_if(open.begin(), open.end(),
                                  [&](const FlightKey& one) { return one.question == *over; });
    if (!is_open(*key, facts)) open.erase(key);
    return true;
  }

  /// Fills in what the cache knows of the question by now; whether some of it is still unknown. The
  /// question may change: to that of the address alone, instead of its block.
  bool is_open(FlightKey& key, Facts& facts) {
    auto anew = facts;
    forget(key.part, anew);
    if (!memory_.fill(key.part, anew)) return true;
    reopen_given_up(anew);
    facts = std::move(anew);
    auto rest = keys(key.part & due(facts), facts);
    if (rest.empty()) return false;
    key = std::move(rest.front());
    return true;
  }

  static Wanted sum(const std::vector<FlightKey>& keys) {
    Wanted all;
    for (const auto& key : keys) all = all + key.part;
    return all;
  }

  // ---- asking -----------------------------------------------------------------------------------

  void ask(const Wanted& wanted, Facts& facts) {
    if (!wanted.any()) return;
    auto request = request_for(wanted, facts);
    // Not into `facts`: a failure is remembered even if a stale answer serves.
    Facts answered;
    look_around(memory_, facts, how_.refresh, blocks_, request, answered);
    auto servers = memory_.servers();
    std::optional<LoginWait> login;
    if (how_.wait_until) {
      login = LoginWait{until_, [&](const Facts& now) { return wait_until(facts, now, wanted); }};
    }
    const auto told = ask_helper(how_.config.lookup.helper, how_.config_path, request, how_.now,
                                 answered, warnings_, &servers, blocks_, login);
    if (in_background_) cache_local_failures(answered);
    shorten_silences(answered, longest_silence);
    memory_.store(answered, how_.deadline);
    warn_of_failures(wanted, answered, told);
    adopt(std::move(answered), facts);
    memory_.fill_unpermitted(facts);
    drop_other_descriptions(facts::likely_origin(facts), facts.as_descriptions);
  }

  /// Until when to wait for further answers. When all are there the helper ends by itself at once:
  /// it gets until the deadline to give up its lease in the shared cache.
  base::Deadline wait_until(const Facts& facts, const Facts& answered, const Wanted& wanted) {
    auto all = facts;
    adopt(answered, all);
    drop_other_descriptions(facts::likely_origin(all), all.as_descriptions);
    const bool is_worth_it = is_worth_waiting(all);
    if (!(due(all) & wanted).any()) return how_.deadline;
    return is_worth_it ? until_ : base::not_at_all;
  }

  [[nodiscard]] Request request_for(const Wanted& wanted, const Facts& facts) const {
    return ask::request_for(address_, wanted, facts, how_, blocks_);
  }

  void let_fail(const Wanted& wanted, Facts& facts) {
    Facts failed;
    ask::let_fail(request_for(wanted, facts),
                  "another login asks for it, and had no answer in time", how_.now, failed);
    warn_of_failures(wanted, failed);
    adopt(std::move(failed), facts);
  }

  /// Not for a login, whose facts say it. In the background only failures of a single question: a
  /// silent source or a budget concerns many logins. `told`: a reason that a warning names already.
  void warn_of_failures(const Wanted& asked, Facts facts, const std::string& told = {}) {
    if (how_.wait_until) return;
    drop_unwanted(asked, facts);
    facts::forget_if(facts, [&](const auto& fact) {
      return fact.trouble == told || (in_background_ && fact.cause != facts::Cause::question);
    });
    for (const auto& text : facts::failures(facts)) {
      warnings_.push_back(fmt::format("{}: {}", address_.str(), text));
    }
  }

  /// Gets the descriptions that are missing, because those remembered are of the ASes that
  /// announced the network before.
  void describe_anew(Facts& facts) {
    if (!askable_.as_description || !lacks_description(facts)) return;
    memory_.fill(askable_, facts);
    reopen_given_up(facts);
    Wanted description;
    description.as_description = due(facts).as_description;
    if (may_wait(description, facts)) ask(description, facts);
  }

  net::Address address_;
  Wanted wanted_;
  Wanted askable_;  ///< the part of wanted_ that has a source over the network
  const Gathering& how_;
  bool in_background_;  ///< nobody waits: failures count, whatever they come from
  std::vector<std::string>& warnings_;
  Kept own_;
  Kept& kept_;
  Memory memory_;
  cache::Blocks blocks_ = cache::blocks_in(how_.config.cache);
  /// What gather() found, as far as it would find it again. Nothing: it was more.
  std::optional<Remembered> remembered_;
  base::Deadline until_ =
      how_.deadline;  ///< to wait for answers; base::not_at_all: the known facts are enough
  /// Nothing: not needed so far.
  std::optional<tl::expected<WaitingPlace, std::string>> place_;
};

/// What was not learnt before the internal error fails: `on_error` then decides.
void break_off(const net::Address& address, const Wanted& wanted, const Gathering& how,
               const std::string& why, Facts& facts) {
  const auto request = request_for(address, wanted, facts, how, cache::blocks_in(how.config.cache));
  Facts failed;
  let_fail(request, why, how.now, failed);
  adopt(std::move(failed), facts);
  const auto& [city, asn, anonymous] = geo_databases(how.config);
  const auto fail = [&why](const std::string& database, auto& fact) {
    if (database.empty() || fact.known()) return;
    fact.knowledge = facts::Knowledge::failed;
    fact.trouble = why;
  };
  fail(city, facts.geo_city);
  fail(asn, facts.geo_asn);
  fail(anonymous, facts.geo_anonymous);
}

}  // namespace

facts::Facts gather(const net::Address& address, const facts::Wanted& wanted, const Gathering& how,
                    std::vector<std::string>& warnings) {
  Facts facts;
  if (how.kept != nullptr) how.kept->remembered.reset();
  try {
    Gatherer{address.carried(), wanted, how, false, warnings}.gather(facts);
  } catch (const std::exception& error) {
    const auto why = fmt::format("internal error while gathering facts: {}", error.what());
    warnings.push_back(why);
    break_off(address.carried(), wanted, how, why, facts);
  }
  return facts;
}

void refresh(const net::Address& address, const facts::Wanted& wanted, Gathering how,
             SingleFlight& flights, std::vector<std::string>& warnings) {
  how.refresh = true;
  try {
    Gatherer{address.carried(), wanted, how, true, warnings}.refresh(flights);
  } catch (const std::exception& error) {
    warnings.push_back(fmt::format("internal error while refreshing: {}", error.what()));
  }
}

}  // namespace badclients::ask
