#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "network/questions/registration.hpp"
#include "network/questions/whois_reading.hpp"
#include "network/transport/backoff.hpp"
#include "network/transport/whois.hpp"

namespace badclients::network {

namespace {

using Endpoint = config::Config::Endpoint;
using Kind = WhoisReading::Kind;
using Range = std::pair<net::Address, net::Address>;

constexpr unsigned most_referrals = 3;

/// One server to ask, and how.
struct Target {
  Endpoint server;
  std::optional<Registry> registry;
  bool iana = false;
  AddressPolicy policy = AddressPolicy::anywhere;
};

/// Follows referrals, until a server knows the network.
class ReferralChain {
 public:
  ReferralChain(const QueryContext& context, const net::Address& address)
      : context_(context), address_(address) {}

  Outcome<facts::Registration> run(std::optional<Registry> registry) {
    std::optional<Target> next = registry ? at_registry(*registry) : at_iana();
    while (next) {
      const auto target = *next;
      next.reset();
      asked_.push_back(target.server);
      auto failed = ask(target, next);
      if (!failed) continue;
      // A stranger's server that fails leaves us what the registry said, until it is asked again.
      if (found_ && !target.registry && !target.iana) {
        found_->ttl = std::min(found_->ttl, context_.config.cache.negative_ttl);
        break;
      }
      return tl::unexpected(std::move(*failed));
    }
    return std::move(*found_);
  }

 private:
  [[nodiscard]] Target at_registry(Registry registry) const {
    return {whois_server(context_.config.whois, registry), registry};
  }
  [[nodiscard]] Target at_iana() const { return {context_.config.whois.iana, std::nullopt, true}; }

  /// The form in which a server wants the question. ARIN: all matching networks, in full. RIPE:
  /// without the contacts' personal data, which are rationed.
  [[nodiscard]] std::string question_for(const Target& target) const {
    if (target.registry == Registry::arin) return "n + " + address_.str();
    if (target.registry == Registry::ripencc) return "-r " + address_.str();
    return address_.str();
  }

  /// Asks one server. Afterwards there is a failure, or a `next` server to ask, or the answer is
  /// `found_`.
  std::optional<QueryFailure> ask(const Target& target, std::optional<Target>& next) {
    const auto name = whois_name(target.server);
    const auto counted = this->counted(target);
    if (auto no = refused(context_, counted, name)) return no;
    const auto answer =
        ask_whois(context_.to(counted), target.server, question_for(target), target.policy);
    if (!answer) return QueryFailure{name, answer.error()};
    auto reading = read_whois(answer->text, address_);
    const auto fail = [&](std::string_view what) {
      return QueryFailure{name, fmt::format("{}: {}", name, what)};
    };
    switch (reading.kind) {
      case Kind::not_now:
        return left_alone(context_, counted, name, reading.denied ? after_denied : after_too_much,
                          fmt::format("'{}'", reading.said));
      case Kind::nothing:
        if (!found_) found_ = learnt({}, target);
        return std::nullopt;
      case Kind::elsewhere:
        next = owner(reading, answer->server);
        if (next) return std::nullopt;
        return fail("says that the address is none of its own");
      case Kind::cut_off:
        return fail("an answer that is cut off");
      case Kind::unreadable:
        if (target.iana && reading.referral) break;
        return fail(fmt::format("an answer without a network: '{}'", reading.said));
      case Kind::network:
        bound(reading.registration.range, target);
        if (!target.iana) found_ = learnt(std::move(reading.registration), target);
        break;
    }
    if (reading.referral) {
      auto to = referred_to(*reading.referral, answer->server);
      if (!found_ || to.server != target.server) return go_on(target, std::move(to), next);
    }
    if (!found_) found_ = learnt({}, target);  // IANA's own: not given to any registry
    return std::nullopt;
  }

  /// A stranger's server speaks for no more than the range whose registration names it.
  void bound(std::optional<Range>& range, const Target& target) {
    const bool stranger = !target.registry && !target.iana;
    if (stranger && range && referring_) {
      range = {std::max(range->first, referring_->first),
               std::min(range->second, referring_->second)};
    } else if (stranger) {
      range.reset();  // the address alone
    }
    referring_ = range;
  }

  [[nodiscard]] static budget::ServerName counted(const Target& target) {
    if (target.iana) return {config::Service::whois, "iana"};
    return target.registry ? counted_as(*target.registry, config::Service::whois)
                           : counted_as(target.server);
  }

  [[nodiscard]] bool was_at(const Target& target) const {
    return std::ranges::find(asked_, target.server) != asked_.end();
  }

  [[nodiscard]] Target referred_to(const Endpoint& server, const net::Address& by) const {
    if (const auto registry = registry_at(context_.config.whois, server)) {
      return at_registry(*registry);
    }
    return {server, std::nullopt, false, policy_for_named(by)};
  }

  /// Where to ask after a server that only says that the address is another's: the registry that
  /// it names, else IANA, and ARIN, which knows where all early registrations went. Nothing where
  /// all of them were asked, or too many.
  [[nodiscard]] std::optional<Target> owner(const WhoisReading& reading, const net::Address& by) {
    std::vector<Target> candidates;
    if (reading.registry) {
      candidates.push_back(at_registry(*reading.registry));
    } else if (reading.referral) {
      candidates.push_back(referred_to(*reading.referral, by));
    }
    candidates.push_back(at_iana());
    candidates.push_back(at_registry(Registry::arin));
    const auto fresh =
        std::ranges::find_if(candidates, [&](const Target& to) { return !was_at(to); });
    if (fresh == candidates.end() || asked_.size() > most_referrals) return std::nullopt;
    return std::move(*fresh);
  }

  std::optional<QueryFailure> go_on(const Target& from, Target to, std::optional<Target>& next) {
    // IANA names the registry of the whole block, which has said that this address is not its own.
    if (from.iana && was_at(to)) to = at_registry(Registry::arin);
    const bool was_there = was_at(to);
    if (was_there || asked_.size() > most_referrals) {
      if (found_ && !to.registry && !to.iana) return std::nullopt;
      const auto name = whois_name(from.server);
      return QueryFailure{name, fmt::format("{}: refers to {}: {}", name, whois_name(to.server),
                                            was_there ? "a circle" : "too many referrals")};
    }
    next = std::move(to);
    return std::nullopt;
  }

  [[nodiscard]] Learnt<facts::Registration> learnt(facts::Registration registration,
                                                   const Target& target) const {
    return {std::move(registration), context_.config.cache.ttl, whois_name(target.server)};
  }

  const QueryContext& context_;
  const net::Address& address_;
  std::vector<Endpoint> asked_;
  std::optional<Range> referring_;  ///< of the last answer about a network
  std::optional<Learnt<facts::Registration>> found_;
};

}  // namespace

Outcome<facts::Registration> ask_registration_by_whois(const QueryContext& context,
                                                       const net::Address& address,
                                                       std::optional<Registry> registry) {
  return ReferralChain(context, address).run(registry);
}

}  // namespace badclients::network
