#include "ask/gather.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "ask/due_facts.hpp"
#include "ask/failure_warnings.hpp"
#include "ask/flight_keys.hpp"
#include "ask/helper.hpp"
#include "ask/merge.hpp"
#include "budget/servers.hpp"
#include "cache/cache.hpp"
#include "cache/placement.hpp"
#include "facts/geoip.hpp"
#include "net/special.hpp"

namespace badclients::ask {

namespace {

using facts::Facts;
using facts::Provenance;
using facts::Wanted;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// What may be asked about an address at all.
Wanted permitted(const net::Address& address, const Wanted& wanted) {
  if (!net::special_purpose(address)) return wanted;
  Wanted names;
  names.reverse_names = wanted.reverse_names;
  names.confirmed_names = wanted.confirmed_names;
  return names;
}

constexpr milliseconds shortest_patience{20};

/// How long it is remembered that a source was silent, at most: so long nobody waits for it again.
/// Longer than the deadline mostly is, so that nobody waits for the process in the background that
/// goes on asking.
constexpr std::chrono::seconds longest_silence{10};

/// How often a login waits for the turn of another that brings no answer, before it asks without:
/// an asker may die, but three in a row, and something is wrong (a disk that is full, say).
constexpr unsigned most_waits = 3;

class Gatherer {
 public:
  Gatherer(const net::Address& address, const Wanted& wanted, const Gathering& how,
           std::vector<std::string>& warnings)
      : address_(address), wanted_(permitted(address, wanted)), how_(how), warnings_(warnings) {
    if (wanted_.dnsbl_zones.size() > most_zones) {
      warnings_.push_back(fmt::format("{} DNSBL zones in the lists: only the first {} are asked",
                                      wanted_.dnsbl_zones.size(), most_zones));
      wanted_.dnsbl_zones.resize(most_zones);
    }
  }

  void gather(Facts& facts) {
    if (wanted_.any()) open_cache();
    remember(wanted_, facts);
    look_up_geoip(facts);
    if (how_.ask) {
      ask_in_turn(due(facts), facts);
      if (!given_up_) describe_anew(facts);
    }
    drop_unwanted(wanted_, facts);
  }

  void refresh(SingleFlight& turns) {
    Facts facts;
    remembers_all_ = true;
    open_cache();
    if (!cache_) return;
    remember(wanted_, facts);
    std::vector<FlightKey> mine;
    for (auto& share : flight_keys(address_, how_.config.cache, due(facts), facts)) {
      if (turns.take(share.question) && still_open(share, facts)) mine.push_back(share);
    }
    ask(sum(mine), facts);
    describe_anew(facts);
  }

 private:
  void open_cache() {
    auto cache = cache::Cache::open(how_.config.general.state_path, how_.config.cache);
    if (cache) {
      cache_ = std::move(*cache);
    } else {
      warnings_.push_back(cache.error());
    }
  }

  /// False: it could not be read.
  bool remember(const Wanted& wanted, Facts& facts) {
    if (!cache_) return false;
    const auto read = cache_->read(address_, wanted, facts, how_.now);
    if (!read) warnings_.push_back(read.error());
    doubt_silences(facts);
    look_into_allocation(facts);
    return read.has_value();
  }

  /// That a source was silent is not remembered any longer once it has answered somebody.
  void doubt_silences(Facts& facts) {
    if (failed_by_silence(facts).any() && (remembers_all_ || servers().silences().empty())) {
      forget_silences(facts);
    }
  }

  [[nodiscard]] budget::Servers servers() const {
    // Not how_.now: that may be long ago, where another's answer was waited for.
    return {how_.config.general.state_path, how_.config.budget, std::chrono::system_clock::now};
  }

  /// Where the address' own answer is not to be had for want of a permit, one of its allocation
  /// serves provisionally.
  void look_into_allocation(Facts& facts) {
    const auto lacks = [](const auto& own, const auto& provisional) {
      return own.failed() && own.cause == facts::Cause::budget && !provisional.known();
    };
    Wanted lacking;
    lacking.origin = lacks(facts.origin, facts.provisional.origin);
    lacking.registration = lacks(facts.registration, facts.provisional.registration);
    if (lacking.any()) read_allocation(lacking, facts);
  }

  void read_allocation(const Wanted& wanted, Facts& facts) {
    if (!cache_) return;
    const auto read = cache_->read_allocation(address_, wanted, facts, how_.now);
    if (!read) warnings_.push_back(read.error());
  }

  void look_up_geoip(Facts& facts) {
    if (!how_.config.general.enable_maxmind) return;
    const auto& maxmind = how_.config.maxmind;
    look_up_geo({maxmind.geo_city, maxmind.geo_asn, maxmind.anonymous_ip}, address_, facts,
                warnings_);
  }

  /// What has to be asked for now.
  [[nodiscard]] Wanted due(const Facts& facts) const {
    if (how_.anew) return wanted_;
    const auto due =
        due_facts(wanted_, how_.by_rules, facts, how_.now, how_.config.cache.negative_ttl);
    return how_.refresh ? due.missing + due.old : due.missing;
  }

  /// Asks for those shares of the wish whose turn is ours, and waits for the others' askers; as
  /// they end, what they have learnt is in the cache, or it is our turn.
  void ask_in_turn(const Wanted& wish, Facts& facts) {
    auto open = flight_keys(address_, how_.config.cache, wish, facts);
    if (open.empty()) return;
    judge(facts);
    if (given_up_) return;
    auto turns = open_turns();
    while (true) {
      const auto mine = take(open, turns, facts);
      ask(sum(mine), facts);
      if (given_up_) return;
      if (turns) {
        for (const auto& share : mine) turns->give_up(share.question);
      }
      if (open.empty()) return;
      if (!wait_for_another(*turns, open, facts)) return let_fail(sum(open), facts);
      judge(facts);
      if (given_up_) return;
    }
  }

  /// How long the rest is worth waiting for, after what is known.
  void judge(const Facts& facts) {
    if (!how_.judge) return;
    switch (how_.judge(facts)) {
      case Patience::deadline:
        break;
      case Patience::line:
        until_ = std::min(until_, begin_ + longest_for_line);
        break;
      case Patience::none:
        given_up_ = true;
        break;
    }
  }

  /// Nothing where there is no cache to find another's answer in, or none of them will do.
  std::optional<SingleFlight> open_turns() {
    if (!cache_ || how_.anew) return std::nullopt;
    auto turns = SingleFlight::open(how_.config.general.state_path);
    if (turns) return std::move(*turns);
    warnings_.push_back(turns.error());
    return std::nullopt;
  }

  /// Moves those shares out of `open` that we may ask for, except those that somebody has just
  /// learnt.
  std::vector<FlightKey> take(std::vector<FlightKey>& open, std::optional<SingleFlight>& turns,
                              Facts& facts) {
    if (!turns) return std::exchange(open, {});
    std::vector<FlightKey> mine, others;
    for (auto& share : open) {
      switch (try_to_take(share, *turns, facts)) {
        case Taken::ours:
          mine.push_back(std::move(share));
          break;
        case Taken::anothers:
          others.push_back(std::move(share));
          break;
        case Taken::settled:
          break;
      }
    }
    open = std::move(others);
    return mine;
  }

  enum class Taken { ours, anothers, settled };
  Taken try_to_take(FlightKey& share, SingleFlight& turns, Facts& facts) {
    while (share.waits < most_waits) {
      const auto question = share.question;
      if (!turns.take(question)) return Taken::anothers;
      const bool open = still_open(share, facts);
      if (open && share.question == question) return Taken::ours;
      turns.give_up(question);
      if (!open) return Taken::settled;
    }
    return Taken::ours;
  }

  /// False: the time is over.
  bool wait_for_another(const SingleFlight& turns, std::vector<FlightKey>& open, Facts& facts) {
    std::vector<SingleFlight::Question> questions;
    for (const auto& share : open) questions.push_back(share.question);
    const auto free = turns.wait_for_any(questions, until_);
    if (!free) return false;
    const auto share = std::find_if(open.begin(), open.end(),
                                    [&](const FlightKey& each) { return each.question == *free; });
    ++share->waits;
    if (!still_open(*share, facts)) open.erase(share);
    return true;
  }

  /// Whether the cache still does not know it; what it knows is filled in. It may be another
  /// question by then: that of the address alone, no longer that of its block.
  bool still_open(FlightKey& share, Facts& facts) {
    auto anew = facts;
    forget(share.part, anew);
    if (!remember(share.part, anew)) return true;
    facts = std::move(anew);
    const auto rest = flight_keys(address_, how_.config.cache, share.part & due(facts), facts);
    if (rest.empty()) return false;
    if (rest.front().question != share.question) share.waits = 0;
    share.question = rest.front().question;
    share.part = rest.front().part;
    return true;
  }

  static Wanted sum(const std::vector<FlightKey>& shares) {
    Wanted all;
    for (const auto& share : shares) all = all + share.part;
    return all;
  }

  void ask(const Wanted& wish, Facts& facts) {
    if (!wish.any()) return;
    auto request = request_for(wish, facts);
    // Apart from what is known, so that a failure is remembered even where an old answer serves.
    Facts answered;
    look_around(facts, request, answered);
    auto servers = this->servers();
    const cache::Blocks blocks{how_.config.cache.ipv4_network, how_.config.cache.ipv6_network};
    std::optional<Waiting> login;
    if (how_.judge) {
      login = Waiting{until_, [&](const Facts& so_far) { return judge(facts, so_far, wish); }};
    }
    ask::ask_helper(how_.config.lookup.helper, how_.config_path, request, how_.now, answered,
                    warnings_, &servers, blocks, login);
    if (remembers_all_) cache_local_failures(answered);
    shorten_silences(answered, longest_silence);
    store(answered);
    warn_of_troubles(wish, answered);
    adopt(std::move(answered), facts);
    look_into_allocation(facts);
    drop_other_descriptions(facts);
  }

  /// The same while answers come. With all of them there the helper ends by itself at once, and is
  /// not kept from giving up the turn that it has in the shared cache.
  base::Deadline judge(const Facts& facts, const Facts& answered, const Wanted& wish) {
    auto all = facts;
    adopt(answered, all);
    drop_other_descriptions(all);
    judge(all);
    if (!(due(all) & wish).any()) return how_.deadline;
    return given_up_ ? ask::given_up : until_;
  }

  Request request_for(const Wanted& wish, const Facts& facts) {
    Request request;
    request.address = address_;
    request.wanted = wish;
    request.deadline = how_.deadline;
    const auto* origin = facts::likely_origin(facts);
    if (origin != nullptr && !wish.origin) request.origin = *origin;
    request.own.origin = how_.by_rules.origin;
    request.own.registration = how_.by_rules.registration;
    request.purpose.proven = how_.proven;
    const cache::Blocks blocks{how_.config.cache.ipv4_network, how_.config.cache.ipv6_network};
    request.purpose.about = net::Network(address_, blocks.around(address_)).str();
    return request;
  }

  /// What is known about the network around spares questions: the request says which allocations
  /// the address belongs to, and which ASes need no description; `answered` has these.
  void look_around(const Facts& facts, Request& request, Facts& answered) {
    if (!request.wanted.origin && !request.wanted.registration) return;
    Facts around;
    around.origin = facts.origin;
    around.registration = facts.registration;
    around.provisional = facts.provisional;
    Wanted both;
    both.origin = both.registration = true;
    read_allocation(both, around);
    const cache::Blocks blocks{how_.config.cache.ipv4_network, how_.config.cache.ipv6_network};
    const auto add = [&](const auto& fact) {
      if (!fact.known()) return;
      const auto networks = cache::allocations(address_, cache::range_of(fact.value), blocks);
      if (!networks.empty()) budget::add_allocation(request.purpose, networks.front());
    };
    add(around.origin);
    add(around.provisional.origin);
    add(around.registration);
    add(around.provisional.registration);
    if (request.wanted.as_description && !how_.refresh) {
      find_descriptions(around, request, answered);
    }
  }

  void find_descriptions(Facts& around, Request& request, Facts& answered) {
    Wanted descriptions;
    descriptions.as_description = true;
    if (!cache_ || !cache_->read(address_, descriptions, around, how_.now)) return;
    for (auto& description : around.as_descriptions) {
      if (!description.known() || description.from != Provenance::cache) continue;
      request.described.push_back(description.value.asn);
      answered.as_descriptions.push_back(std::move(description));
    }
  }

  void let_fail(const Wanted& wish, Facts& facts) {
    Facts failed;
    ask::let_fail(request_for(wish, facts), "another login asks for it, and had no answer in time",
                  how_.now, failed);
    warn_of_troubles(wish, failed);
    adopt(std::move(failed), facts);
  }

  /// Not for a login: it has them in its facts. Of what many logins leave to the background, only
  /// what is wrong with one.
  void warn_of_troubles(const Wanted& wish, Facts facts) {
    if (how_.judge) return;
    drop_unwanted(wish, facts);
    FailureWarnings(facts, remembers_all_).warn(address_, warnings_);
  }

  /// The descriptions that were remembered are of the ASes that announced the network before.
  void describe_anew(Facts& facts) {
    if (!wanted_.as_description || !lacks_description(facts)) return;
    remember(wanted_, facts);
    Wanted description;
    description.as_description = due(facts).as_description;
    ask(description, facts);
  }

  /// Others may wait for the answer, and many store at once: patience is better than to let the
  /// next one ask again.
  void store(const Facts& answered) {
    if (!cache_) return;
    const auto left = std::chrono::duration_cast<milliseconds>(how_.deadline - Clock::now());
    const auto stored = cache_->store(address_, answered, std::max(left / 2, shortest_patience));
    if (!stored) warnings_.push_back(stored.error());
  }

  net::Address address_;
  Wanted wanted_;
  const Gathering& how_;
  std::vector<std::string>& warnings_;
  std::optional<cache::Cache> cache_;
  base::Deadline begin_ = Clock::now();
  base::Deadline until_ = how_.deadline;  ///< for answers
  bool given_up_ = false;                 ///< what is known is enough
  bool remembers_all_ = false;  ///< failures that have nothing to do with who was asked, too
};

/// What was not learnt before something went wrong has failed: `on_error` has its say.
void break_off(const net::Address& address, const Wanted& wanted, const Gathering& how,
               const std::string& why, Facts& facts) {
  Request request;
  request.address = address;
  request.wanted = permitted(address, wanted);
  if (const auto* origin = facts::likely_origin(facts)) request.origin = *origin;
  Facts failed;
  let_fail(request, why, how.now, failed);
  adopt(std::move(failed), facts);
  if (!how.config.general.enable_maxmind) return;
  const auto& [city, asn, anonymous] = how.config.maxmind;
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
  try {
    Gatherer{address.carried(), wanted, how, warnings}.gather(facts);
  } catch (const std::exception& error) {
    const auto why = fmt::format("internal error while gathering facts: {}", error.what());
    warnings.push_back(why);
    break_off(address.carried(), wanted, how, why, facts);
  }
  return facts;
}

void refresh(const net::Address& address, const facts::Wanted& wanted, Gathering how,
             SingleFlight& turns, std::vector<std::string>& warnings) {
  how.refresh = true;
  try {
    Gatherer{address.carried(), wanted, how, warnings}.refresh(turns);
  } catch (const std::exception& error) {
    warnings.push_back(fmt::format("internal error while refreshing: {}", error.what()));
  }
}

}  // namespace badclients::ask
