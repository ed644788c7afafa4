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
struct Stop {
  Endpoint server;
  std::optional<Registry> registry;
  bool iana = false;
  AddressPolicy address_policy = AddressPolicy::anywhere;
};

/// From server to server, until one of them knows the network.
class Journey {
 public:
  Journey(const QueryContext& context, const net::Address& address)
      : context_(context), address_(address) {}

  Outcome<facts::Registration> run(std::optional<Registry> registry) {
    std::optional<Stop> next = registry ? at_registry(*registry) : at_iana();
    while (next) {
      const auto stop = *next;
      next.reset();
      visited_.push_back(stop.server);
      auto failed = visit(stop, next);
      if (!failed) continue;
      // A stranger's server that fails leaves us what the registry said, until it is asked again.
      if (found_ && !stop.registry && !stop.iana) {
        found_->ttl = std::min(found_->ttl, context_.config.cache.negative_ttl);
        break;
      }
      return tl::unexpected(std::move(*failed));
    }
    return std::move(*found_);
  }

 private:
  [[nodiscard]] Stop at_registry(Registry registry) const {
    return {whois_server(context_.config.whois, registry), registry};
  }
  [[nodiscard]] Stop at_iana() const { return {context_.config.whois.iana, std::nullopt, true}; }

  /// The form in which a server wants the question. ARIN: all matching networks, in full. RIPE:
  /// without the contacts' personal data, which are rationed.
  [[nodiscard]] std::string question_for(const Stop& stop) const {
    if (stop.registry == Registry::arin) return "n + " + address_.str();
    if (stop.registry == Registry::ripencc) return "-r " + address_.str();
    return address_.str();
  }

  /// Asks one server. Afterwards there is a trouble, or a `next` server to ask, or the answer is
  /// `found_`.
  std::optional<Trouble> visit(const Stop& stop, std::optional<Stop>& next) {
    const auto name = whois_name(stop.server);
    const auto counted = this->counted(stop);
    if (auto no = refused(context_, counted, name)) return no;
    const auto answer =
        ask_whois(context_.to(counted), stop.server, question_for(stop), stop.address_policy);
    if (!answer) return Trouble{name, answer.error()};
    auto reading = read_whois(answer->text, address_);
    const auto trouble = [&](std::string_view what) {
      return Trouble{name, fmt::format("{}: {}", name, what)};
    };
    switch (reading.kind) {
      case Kind::not_now:
        return left_alone(context_, counted, name, reading.denied ? after_denied : after_too_much,
                          fmt::format("'{}'", reading.said));
      case Kind::nothing:
        if (!found_) found_ = learnt({}, stop);
        return std::nullopt;
      case Kind::elsewhere:
        next = owner(reading, answer->server);
        if (next) return std::nullopt;
        return trouble("says that the address is none of its own");
      case Kind::cut_off:
        return trouble("an answer that is cut off");
      case Kind::unreadable:
        if (stop.iana && reading.referral) break;
        return trouble(fmt::format("an answer without a network: '{}'", reading.said));
      case Kind::network:
        bound(reading.registration.range, stop);
        if (!stop.iana) found_ = learnt(std::move(reading.registration), stop);
        break;
    }
    if (reading.referral) {
      auto to = referred_to(*reading.referral, answer->server);
      if (!found_ || to.server != stop.server) return go_on(stop, std::move(to), next);
    }
    if (!found_) found_ = learnt({}, stop);  // IANA's own: not given to any registry
    return std::nullopt;
  }

  /// A stranger's server speaks for no more than the range whose registration names it.
  void bound(std::optional<Range>& range, const Stop& stop) {
    const bool stranger = !stop.registry && !stop.iana;
    if (stranger && range && referring_) {
      range = {std::max(range->first, referring_->first),
               std::min(range->second, referring_->second)};
    } else if (stranger) {
      range.reset();  // the address alone
    }
    referring_ = range;
  }

  [[nodiscard]] static budget::ServerName counted(const Stop& stop) {
    if (stop.iana) return {config::Service::whois, "iana"};
    return stop.registry ? counted_as(*stop.registry, config::Service::whois)
                         : counted_as(stop.server);
  }

  [[nodiscard]] bool was_at(const Stop& stop) const {
    return std::ranges::find(visited_, stop.server) != visited_.end();
  }

  [[nodiscard]] Stop referred_to(const Endpoint& server, const net::Address& by) const {
    if (const auto registry = registry_at(context_.config.whois, server)) {
      return at_registry(*registry);
    }
    return {server, std::nullopt, false, policy_for_named(by)};
  }

  /// Where to ask after a server that only says that the address is another's: the registry that
  /// it names, else IANA, and ARIN, which knows where all early registrations went. Nothing where
  /// all of them were asked, or too many.
  [[nodiscard]] std::optional<Stop> owner(const WhoisReading& reading, const net::Address& by) {
    std::vector<Stop> candidates;
    if (reading.registry) {
      candidates.push_back(at_registry(*reading.registry));
    } else if (reading.referral) {
      candidates.push_back(referred_to(*reading.referral, by));
    }
    candidates.push_back(at_iana());
    candidates.push_back(at_registry(Registry::arin));
    const auto fresh =
        std::ranges::find_if(candidates, [&](const Stop& to) { return !was_at(to); });
    if (fresh == candidates.end() || visited_.size() > most_referrals) return std::nullopt;
    return std::move(*fresh);
  }

  std::optional<Trouble> go_on(const Stop& from, Stop to, std::optional<Stop>& next) {
    // IANA names the registry of the whole block, which has said that this address is not its own.
    if (from.iana && was_at(to)) to = at_registry(Registry::arin);
    const bool was_there = was_at(to);
    if (was_there || visited_.size() > most_referrals) {
      if (found_ && !to.registry && !to.iana) return std::nullopt;
      const auto name = whois_name(from.server);
      return Trouble{name, fmt::format("{}: refers to {}: {}", name, whois_name(to.server),
                                       was_there ? "a circle" : "too many referrals")};
    }
    next = std::move(to);
    return std::nullopt;
  }

  [[nodiscard]] Learnt<facts::Registration> learnt(facts::Registration registration,
                                                   const Stop& stop) const {
    return {std::move(registration), context_.config.cache.ttl, whois_name(stop.server)};
  }

  const QueryContext& context_;
  const net::Address& address_;
  std::vector<Endpoint> visited_;
  std::optional<Range> referring_;  ///< of the last answer about a network
  std::optional<Learnt<facts::Registration>> found_;
};

}  // namespace

Outcome<facts::Registration> ask_registration_by_whois(const QueryContext& context,
                                                       const net::Address& address,
                                                       std::optional<Registry> registry) {
  return Journey(context, address).run(registry);
}

}  // namespace badclients::network
