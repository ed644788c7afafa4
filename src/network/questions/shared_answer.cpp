#include "network/questions/shared_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include "cache/redis/facts.hpp"
#include "cache/redis/lease.hpp"
#include "cache/times.hpp"
#include "facts/serialise.hpp"
#include "network/questions/origin.hpp"
#include "network/questions/questions.hpp"
#include "network/transport/threads.hpp"

namespace badclients::network {

namespace {

using std::chrono::milliseconds;

/// How long to wait before another look whether the host with the lease is done: longer each time.
constexpr milliseconds first_pause{5}, longest_pause{50};
/// Another host was too slow for us. It may well be done the next moment.
constexpr std::chrono::seconds not_long{5};
constexpr auto too_slow = "another host asks, and has no answer in time";

bool wants_network(const facts::Wanted& wanted) {
  return wanted.origin || wanted.as_description || wanted.registration;
}

template <class T>
bool is_unpermitted(const facts::Fact<T>& fact) {
  return fact.failed() && fact.cause == facts::Cause::budget;
}

class SharedAnswer {
 public:
  SharedAnswer(cache::SharedCache& shared, const ask::Request& request, const QueryContext& context,
               facts::Time now, const std::function<void(const std::string& line)>& say)
      : cache_(shared), rest_(request), context_(context), now_(now), say_(say) {}

  void run() {
    recall(nullptr);
    auto personal = rest_;
    personal.wanted.origin = personal.wanted.as_description = personal.wanted.registration = false;
    if (!wants_network(rest_.wanted)) return ask(personal);
    rest_.wanted.reverse_names = rest_.wanted.confirmed_names = false;
    rest_.wanted.dnsbl_zones.clear();
    Threads threads;
    threads.start([this, personal] { ask(personal); });
    ask_in_turn();
  }

 private:
  enum class Holder { us, another, nobody };
  enum class Wait { done, ours, too_late };

  /// Asks the shared cache, and tries to take the lease at the same time, if there is one.
  template <class Take>
  Holder look(const cache::SharedFacts& facts, const cache::Lease* lease, Take take_facts) {
    std::vector<cache::RedisCommand> commands;
    if (lease != nullptr) commands.push_back(lease->take());
    if (facts.any()) commands.push_back(facts.command());
    const auto replies =
        commands.empty() ? std::nullopt : cache_.converse(commands, context_.deadline);
    if (!replies) return Holder::nobody;
    if (facts.any()) take_facts(read(facts, replies->back()));
    if (lease == nullptr) return Holder::nobody;
    return cache::Lease::is_taken(replies->front()) ? Holder::us : Holder::another;
  }

  /// Asks the shared cache for all that is left of the request, says what it knows, and takes that
  /// out of the request.
  Holder recall(const cache::Lease* lease) {
    return look(
        cache::SharedFacts(rest_.address, rest_.wanted, rest_.origin, context_.config.cache), lease,
        [this](const facts::Facts& facts) { take(facts); });
  }

  /// Looks again and again, as long as another host has the lease and nothing is `done`.
  template <class Look, class Done>
  Wait wait_for(cache::Lease& lease, Look look_again, Done done) {
    for (auto pause = first_pause; !done();) {
      const auto holder = look_again();
      if (holder == Holder::us) lease.keep();
      if (done()) break;
      if (holder != Holder::another) return Wait::ours;
      if (std::chrono::steady_clock::now() + pause >= context_.deadline) return Wait::too_late;
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, longest_pause);
    }
    return Wait::done;
  }

  facts::Facts read(const cache::SharedFacts& facts, const cache::RedisReply& reply) {
    return facts.read(reply, now_, [this](std::string_view key, std::string_view what) {
      cache_.complain_of(key, what);
    });
  }

  void take(const facts::Facts& facts) {
    facts::Wanted had;
    facts::each(facts, [&](const auto& fact) {
      if (say_known(fact, ask::Result::known)) facts::want(had, fact.value);
    });
    const auto& [origin, registration] = facts.provisional;
    if (!had.origin) had.origin = say_once(origin, has_provisional_.origin) && !rest_.own.origin;
    if (!had.registration) {
      had.registration =
          say_once(registration, has_provisional_.registration) && !rest_.own.registration;
    }
    if (had.origin) rest_.origin = *facts::likely_origin(facts);
    // Where one of several is not there, all are asked for.
    had.as_description =
        rest_.origin && facts.as_descriptions.size() == facts::described_asns(*rest_.origin).size();
    had.confirmed_names = had.reverse_names;
    rest_.wanted = rest_.wanted - had;
  }

  template <class T>
  [[nodiscard]] std::chrono::seconds left(const facts::Fact<T>& fact) const {
    return std::chrono::duration_cast<std::chrono::seconds>(fact.expires - now_);
  }

  /// False: it is not known.
  template <class T>
  bool say_known(const facts::Fact<T>& fact, ask::Result result) {
    if (!fact.known()) return false;
    say(ask::encode_known(fact.value, left(fact), fact.source, result));
    return true;
  }

  /// Of a provisional answer. False: there is none.
  template <class T>
  bool say_once(const facts::Fact<T>& fact, bool& said) {
    if (fact.known() && !std::exchange(said, true)) say_known(fact, ask::Result::provisional);
    return fact.known();
  }

  /// What belongs to the block around the address. Descriptions that are left, where the origin is
  /// known, have turns of their own.
  [[nodiscard]] bool wants_block() const {
    const auto& wanted = rest_.wanted;
    return wanted.origin || wanted.registration || (wanted.as_description && !rest_.origin);
  }

  /// A block's answer serves all of it; where it is known to be wider than the block, each address
  /// has a question of its own.
  [[nodiscard]] std::string question() const {
    const auto& wanted = rest_.wanted;
    const bool wide = (wanted.origin || wanted.registration) &&
                      (!wanted.origin || has_provisional_.origin) &&
                      (!wanted.registration || has_provisional_.registration);
    if (wide) return rest_.address.str();
    const auto blocks = cache::blocks_in(context_.config.cache);
    return net::Network(rest_.address, blocks.around(rest_.address)).str();
  }

  void ask_in_turn() {
    while (wants_block()) {
      const auto one = question();
      cache::Lease lease(cache_, one, context_.deadline);
      const auto look_again = [&] { return recall(&lease); };
      const auto done = [&] { return !wants_block() || question() != one; };
      switch (wait_for(lease, look_again, done)) {
        case Wait::too_late:
          return give_up();
        case Wait::ours:
          return ask(rest_);
        case Wait::done:
          break;
      }
    }
    ask(rest_);
  }

  /// The description of an AS, which many blocks have in common: from the shared cache, or asked
  /// for in turn and shared at once.
  Outcome<facts::AsDescription> describe(std::uint32_t asn) {
    note_described(asn);
    facts::Wanted wanted;
    wanted.as_description = true;
    const cache::SharedFacts facts(rest_.address, wanted, facts::Origin{{asn}, {}, {}, {}},
                                   context_.config.cache);
    const facts::Fact<facts::AsDescription>* found = nullptr;
    facts::Facts shared;
    cache::Lease lease(cache_, fmt::format("AS{}", asn), context_.deadline);
    const auto look_again = [&] {
      return look(facts, &lease, [&](facts::Facts answer) {
        shared = std::move(answer);
        found = facts::description_of(shared, asn);
      });
    };
    switch (wait_for(lease, look_again, [&] { return found != nullptr; })) {
      case Wait::done:
        return Learnt<facts::AsDescription>{found->value, left(*found), found->source};
      case Wait::too_late:
        return tl::unexpected(QueryFailure{"shared cache", too_slow, not_long});
      case Wait::ours:
        break;
    }
    auto outcome = ask_as_description(context_, asn);
    if (outcome) share_description(*outcome);
    return outcome;
  }

  void share_description(const Learnt<facts::AsDescription>& learnt) {
    facts::Facts facts;
    facts.as_descriptions.push_back({facts::Knowledge::known,
                                     facts::Provenance::asked,
                                     learnt.value,
                                     learnt.source,
                                     {},
                                     now_,
                                     now_ + learnt.ttl});
    cache_.converse(cache::share(rest_.address, facts, context_.config.cache, now_),
                    context_.deadline);
  }

  void note_described(std::uint32_t asn) {
    const std::lock_guard lock(mutex_);
    described_.push_back(asn);
  }
  [[nodiscard]] bool was_described(std::uint32_t asn) {
    const std::lock_guard lock(mutex_);
    return std::ranges::find(described_, asn) != described_.end();
  }

  /// The deadline comes before another host's answer.
  void give_up() {
    facts::Facts facts;
    const auto* origin = rest_.origin ? &*rest_.origin : nullptr;
    facts::each_wanted(rest_.wanted, facts, origin, [this](const auto& fact) {
      say(ask::encode_failed(fact.value, ask::Result::failed, not_long, "shared cache", too_slow));
    });
  }

  /// Asks the network, and tells the shared cache.
  void ask(const ask::Request& request) {
    if (!request.wanted.any()) return;
    facts::Wanted unpermitted;
    const auto hear = [&](const std::string& line) {
      facts::Facts one;
      (void)ask::decode_answer(std::string_view(line).substr(0, line.size() - 1), now_, one);
      unpermitted.origin |= is_unpermitted(one.origin);
      unpermitted.registration |= is_unpermitted(one.registration);
      // Shared before it is said: the parent ends us as soon as an answer refuses the login.
      share_answer(request.address, std::move(one));
      say(line);
    };
    answer(request, context_, hear, [this](std::uint32_t asn) { return describe(asn); });
    if (unpermitted.any()) look_for_allocation(unpermitted);
  }

  void share_answer(const net::Address& address, facts::Facts answer) {
    std::erase_if(answer.as_descriptions,
                  [this](const auto& fact) { return was_described(fact.value.asn); });
    const auto commands = cache::share(address, answer, context_.config.cache, now_);
    if (!commands.empty()) cache_.converse(commands, context_.deadline);
  }

  /// Where the address' own answer needs a permit that it did not get, what the shared cache knows
  /// of its allocation is better than nothing.
  void look_for_allocation(const facts::Wanted& wanted) {
    look(cache::SharedFacts::of_allocation(rest_.address, wanted, context_.config.cache), nullptr,
         [this](const facts::Facts& facts) {
           const auto& [origin, registration] = facts.provisional;
           say_once(origin, has_provisional_.origin);
           say_once(registration, has_provisional_.registration);
         });
  }

  void say(const std::string& line) {
    const std::lock_guard lock(mutex_);
    say_(line);
  }

  cache::SharedCache& cache_;
  ask::Request rest_;
  const QueryContext& context_;
  facts::Time now_;
  const std::function<void(const std::string& line)>& say_;
  std::mutex mutex_;
  std::vector<std::uint32_t> described_;  ///< ASes that describe() takes care of
  struct {
    bool origin = false, registration = false;
  } has_provisional_;  ///< and the parent has been told
};

}  // namespace

void answer_with_shared_cache(cache::SharedCache& shared, const ask::Request& request,
                              const QueryContext& context, facts::Time now,
                              const std::function<void(const std::string& line)>& say) {
  if (!shared.alive()) return answer(request, context, say);
  SharedAnswer(shared, request, context, now, say).run();
}

}  // namespace badclients::network
