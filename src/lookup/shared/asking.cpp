#include "lookup/shared/asking.hpp"

#include <algorithm>
#include <mutex>
#include <thread>

#include "cache/key.hpp"
#include "facts/serialise.hpp"
#include "lookup/questions/questions.hpp"
#include "lookup/shared/facts.hpp"
#include "lookup/shared/turn.hpp"
#include "lookup/transport/threads.hpp"

namespace badclients::lookup {

namespace {

using std::chrono::milliseconds;

/// How long to wait before another look whether the host that has the turn is done: longer each
/// time.
constexpr milliseconds first_pause{5}, longest_pause{50};
/// Another host was too slow for us. It may well be done the next moment.
constexpr std::chrono::seconds not_long{5};

bool wants_network(const facts::Wanted& wanted) {
  return wanted.origin || wanted.as_description || wanted.registration;
}

class SharedAsking {
 public:
  SharedAsking(SharedLine& line, const Request& request, const Asking& asking, const Https& https,
               facts::Time now, const std::function<void(const std::string& line)>& say)
      : line_(line), rest_(request), asking_(asking), https_(https), now_(now), say_(say) {}

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
  enum class Turn { ours, anothers, nobodys };

  /// Asks the shared cache for all that is left of the request, says what it knows, and takes that
  /// out of the request. `turn`, where there is one, is tried for at the same time.
  Turn recall(const SharedTurn* turn) {
    std::vector<RedisCommand> commands;
    if (turn != nullptr) commands.push_back(turn->take());
    const SharedFacts facts(rest_, asking_.config.cache);
    if (facts.any()) commands.push_back(facts.command());
    const auto replies =
        commands.empty() ? std::nullopt : line_.converse(commands, asking_.deadline);
    if (!replies) return Turn::nobodys;
    if (facts.any()) take(read(facts, replies->back()));
    if (turn == nullptr) {
      // The description of an AS lies under its number, which may be known only now.
      if (rest_.wanted.as_description && rest_.origin && !knew_origin_) describe();
      return Turn::nobodys;
    }
    return SharedTurn::is_taken(replies->front()) ? Turn::ours : Turn::anothers;
  }

  void describe() {
    auto request = rest_;
    request.wanted = {};
    request.wanted.as_description = true;
    const SharedFacts facts(request, asking_.config.cache);
    if (!facts.any()) return;
    if (const auto replies = line_.converse({facts.command()}, asking_.deadline)) {
      take(read(facts, replies->front()));
    }
  }

  facts::Facts read(const SharedFacts& facts, const RedisReply& reply) {
    return facts.read(reply, now_, [this](std::string_view key, std::string_view what) {
      line_.complain_of(key, what);
    });
  }

  void take(const facts::Facts& facts) {
    auto& wanted = rest_.wanted;
    if (settle("ptr", facts.reverse_names)) {
      wanted.reverse_names = wanted.confirmed_names = false;
    }
    if (settle("origin", facts.origin)) {
      wanted.origin = false;
      rest_.origin = facts.origin.value;
    }
    for (const auto& description : facts.as_descriptions) settle("as", description);
    // Where one of several is not there, all are asked for.
    const auto described = facts.as_descriptions.size();
    if (rest_.origin && described == facts::described_asns(*rest_.origin).size()) {
      wanted.as_description = false;
    }
    if (settle("registration", facts.registration)) wanted.registration = false;
    for (const auto& listing : facts.dnsbl) {
      if (settle("dnsbl", listing)) std::erase(wanted.dnsbl_zones, listing.value.zone);
    }
  }

  template <class T>
  bool settle(std::string_view kind, const facts::Fact<T>& fact) {
    if (!fact.known()) return false;
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(fact.expires - now_);
    say(encode_answer(kind, true, left, fact.source, facts::encode(fact.value)));
    return true;
  }

  void ask_in_turn() {
    const cache::Blocks blocks{asking_.config.cache.ipv4_network,
                               asking_.config.cache.ipv6_network};
    const net::Network block(rest_.address, blocks.around(rest_.address));
    SharedTurn turn(line_, block.str(), asking_.deadline);
    for (auto pause = first_pause; wants_network(rest_.wanted);) {
      const auto whose = recall(&turn);
      if (whose == Turn::ours) turn.keep();
      if (whose != Turn::anothers) return ask(rest_);
      if (std::chrono::steady_clock::now() + pause >= asking_.deadline) return give_up();
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, longest_pause);
    }
  }

  /// The deadline comes before another host's answer.
  void give_up() {
    const std::string why = "another host asks, and has no answer in time";
    const auto fail = [this](bool wanted, std::string_view kind, const std::string& payload) {
      if (wanted) say(encode_answer(kind, false, not_long, "shared cache", payload));
    };
    fail(rest_.wanted.origin, "origin", why);
    fail(rest_.wanted.registration, "registration", why);
    if (!rest_.origin) return;
    for (const auto asn : facts::described_asns(*rest_.origin)) {
      fail(rest_.wanted.as_description, "as", facts::encode(facts::AsDescription{asn, why}));
    }
  }

  /// Asks the network, and tells the shared cache.
  void ask(const Request& request) {
    if (!request.wanted.any()) return;
    facts::Facts learnt;
    answer(request, asking_, https_, [&](const std::string& line) {
      say(line);
      (void)decode_answer(std::string_view(line).substr(0, line.size() - 1), now_, learnt);
    });
    const auto commands = share(request.address, learnt, asking_.config.cache, now_);
    if (!commands.empty()) line_.converse(commands, asking_.deadline);
  }

  void say(const std::string& line) {
    const std::lock_guard lock(mutex_);
    say_(line);
  }

  SharedLine& line_;
  Request rest_;
  const Asking& asking_;
  const Https& https_;
  facts::Time now_;
  const std::function<void(const std::string& line)>& say_;
  const bool knew_origin_ = rest_.origin.has_value();
  std::mutex mutex_;
};

}  // namespace

void answer_by_shared(SharedLine& line, const Request& request, const Asking& asking,
                      const Https& https, facts::Time now,
                      const std::function<void(const std::string& line)>& say) {
  if (!line.alive()) return answer(request, asking, https, say);
  SharedAsking(line, request, asking, https, now, say).run();
}

}  // namespace badclients::lookup
