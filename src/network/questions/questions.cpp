#include "network/questions/questions.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "cache/placement.hpp"
#include "cache/times.hpp"
#include "network/questions/dnsbl.hpp"
#include "network/questions/origin.hpp"
#include "network/questions/registration.hpp"
#include "network/questions/reverse_names.hpp"
#include "network/transport/threads.hpp"

namespace badclients::network {

namespace {

/// Enough for any sane list of DNSBLs to be asked all at once.
constexpr std::size_t most_zones_at_once = 64;

class Questions {
 public:
  Questions(const ask::Request& request, const QueryContext& context,
            const std::function<void(const std::string& line)>& say, const Describe& describe)
      : request_(request), context_(context), say_(say), describe_(describe) {}

  void run() {
    const auto& wanted = request_.wanted;
    if (wanted.reverse_names) {
      threads_.start([this] { ask_names(); });
    }
    if (wanted.origin || wanted.as_description || wanted.registration) {
      threads_.start([this] { ask_network(); });
    }
    for (std::size_t i = 0; i < std::min(wanted.dnsbl_zones.size(), most_zones_at_once); ++i) {
      threads_.start([this] { ask_zones(); });
    }
    threads_.join();
  }

 private:
  template <class T>
  void settle(const Learnt<T>& learnt) {
    say(ask::encode_known(learnt.value, learnt.ttl, learnt.source));
  }
  /// `about`: the one of several facts of that kind.
  template <class T>
  void settle(const Outcome<T>& outcome, T about = {}) {
    if (outcome) return settle(*outcome);
    fail(std::move(about), outcome.error());
  }
  template <class T>
  void fail(T about, const QueryFailure& failure) {
    // A server that is left alone until a certain time may be asked then.
    const auto usual = context_.config.cache.negative_ttl;
    const auto ttl = std::min(usual, failure.again.value_or(usual));
    say(ask::encode_failed(std::move(about), result_of(failure), ttl, failure.source,
                           failure.text));
  }
  [[nodiscard]] ask::Result result_of(const QueryFailure& failure) const {
    if (failure.cause == facts::Cause::budget) return ask::Result::unasked;
    const bool silent = context_.watch != nullptr && context_.watch->anyone_silent();
    return silent ? ask::Result::silent : ask::Result::failed;
  }
  void say(const std::string& line) {
    const std::lock_guard lock(mutex_);
    say_(line);
  }

  void ask_names() {
    settle(ask_reverse_names(context_, request_.address, request_.wanted.confirmed_names));
  }

  /// The origin, and then what depends on it.
  void ask_network() {
    auto outcome = origin();
    if (request_.wanted.as_description && outcome) describe(*outcome);
    if (!request_.wanted.registration) return;
    const auto registry = outcome ? registry_named(outcome->value.origin.registry) : std::nullopt;
    settle(ask_registration(context_, request_.address, registry));
  }

  /// From the request where that brings it, else from the network.
  Outcome<OriginAnswer> origin() {
    if (request_.origin) return Learnt<OriginAnswer>{{*request_.origin, {}}, {}, ""};
    const bool switched_off = config::live(context_.config.lookup.origin).empty();
    auto outcome = ask_origin(context_, request_.address);
    if (outcome) {
      settle(Learnt<facts::Origin>{outcome->value.origin, outcome->ttl, outcome->source});
      note_allocation(outcome->value.origin);
    } else if (request_.wanted.origin || !switched_off) {
      fail(facts::Origin{}, outcome.error());
    }
    return outcome;
  }

  /// The parent has it from the line.
  void note_allocation(const facts::Origin& origin) {
    const auto networks = cache::allocations(request_.address, cache::range_of(origin),
                                             cache::blocks_in(context_.config.cache));
    if (context_.permits != nullptr && !networks.empty()) {
      context_.permits->belongs_to(networks.front());
    }
  }

  void describe(const Learnt<OriginAnswer>& answer) {
    const auto& [origin, descriptions] = answer.value;
    const auto& known = request_.described;
    for (const auto asn : facts::described_asns(origin)) {
      if (std::ranges::find(known, asn) != known.end()) continue;
      const auto found = std::ranges::find(descriptions, asn, &facts::AsDescription::asn);
      if (found == descriptions.end()) {
        threads_.start([this, asn] { ask_description(asn); });
      } else {
        settle(Learnt<facts::AsDescription>{*found, answer.ttl, answer.source});
      }
    }
  }

  void ask_description(std::uint32_t asn) {
    settle(describe_ ? describe_(asn) : ask_as_description(context_, asn), {asn, {}});
  }

  /// One zone after the other, as long as there is one that nobody has taken yet.
  void ask_zones() {
    const auto& zones = request_.wanted.dnsbl_zones;
    for (auto i = next_zone_++; i < zones.size(); i = next_zone_++) {
      settle(ask_dnsbl(context_, request_.address, zones[i]), {zones[i], {}, {}});
    }
  }

  const ask::Request& request_;
  const QueryContext& context_;
  const std::function<void(const std::string& line)>& say_;
  const Describe& describe_;
  std::mutex mutex_;
  std::atomic<std::size_t> next_zone_ = 0;
  Threads threads_;  // last, so that all of them have ended before the rest goes
};

}  // namespace

void answer(const ask::Request& request, const QueryContext& context,
            const std::function<void(const std::string& line)>& say, const Describe& describe) {
  Questions(request, context, say, describe).run();
}

bool needs_https(const ask::Request& request, const config::Config& config) {
  const auto& sources = config.lookup.registration;
  return request.wanted.registration &&
         std::ranges::find(sources, config::RegistrationSource::rdap) != sources.end();
}

}  // namespace badclients::network
