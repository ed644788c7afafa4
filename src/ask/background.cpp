#include "ask/background.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>

#include "ask/detached.hpp"
#include "ask/due_facts.hpp"
#include "ask/flight_keys.hpp"
#include "ask/merge.hpp"
#include "ask/single_flight.hpp"
#include "base/file.hpp"
#include "cache/times.hpp"
#include "cache/upkeep.hpp"
#include "facts/kinds.hpp"

namespace badclients::ask {

namespace {

using facts::Facts;
using facts::Provenance;
using facts::Wanted;

constexpr int task_descriptor = 0;
constexpr int flights_descriptor = 3;
static_assert(flights_descriptor < background_descriptors);

constexpr auto was_asked = [](const auto& fact) {
  return fact.knowledge != facts::Knowledge::not_asked && fact.from == Provenance::asked;
};

/// How many processes of a host, at most, go on asking at the same time what logins did not wait
/// for. If a source is silent, every login wants to leave one.
constexpr unsigned most_behind = 8;

bool take_a_place_behind(SingleFlight& flights) {
  for (unsigned i = 0; i < most_behind; ++i) {
    if (flights.take(SingleFlight::number(fmt::format("behind {}", i)))) return true;
  }
  return false;
}

/// What the login asked for and did not wait for: these questions go on.
Wanted not_waited_for(const Wanted& wanted, Facts facts) {
  facts::forget_if(facts, [](const auto& fact) { return fact.from != Provenance::asked; });
  auto behind = failed_by_silence(facts) & wanted;
  behind.confirmed_names = behind.reverse_names && wanted.confirmed_names;
  return behind;
}

SingleFlight::Question pruning() {
  return SingleFlight::number("prune");
}

/// False if the cache cannot tell: then the next login looks.
bool pruning_is_due(const Gathering& how) {
  constexpr std::chrono::milliseconds longest_wait{200};
  const auto patience =
      std::clamp(base::left_until(how.deadline) / 2, std::chrono::milliseconds{0}, longest_wait);
  const auto due = cache::pruning_due(how.config.general.state_path, how.now, patience);
  return due && *due;
}

/// The part of `due` that nobody else asks for. Takes its questions.
Wanted take_free(SingleFlight& flights, const net::Address& address, const Wanted& due,
                 const Facts& facts, const Gathering& how) {
  Wanted mine;
  for (const auto& key : flight_keys(address, cache::blocks_in(how.config.cache), due, facts)) {
    if (flights.take(key.question)) mine = mine + key.part;
  }
  return mine;
}

/// What there is to do.
struct Work {
  Wanted stale, not_waited_for;
  bool pruning = false;
  [[nodiscard]] bool any() const { return stale.any() || not_waited_for.any() || pruning; }
};

tl::expected<void, std::string> leave(const Work& work, const net::Address& address,
                                      const Facts& facts, const Gathering& how,
                                      const std::string& program) {
  auto flights = SingleFlight::open(how.config.general.state_path);
  if (!flights) return tl::unexpected(flights.error());
  Request task;
  task.address = address;
  auto wanted = work.stale;
  if (work.not_waited_for.any() && take_a_place_behind(*flights)) {
    wanted = wanted + work.not_waited_for;
  }
  task.wanted = take_free(*flights, address, wanted, facts, how);
  task.deadline = how.deadline;
  task.own.origin = how.by_rules.origin;
  task.own.registration = how.by_rules.registration;
  const bool prunes = work.pruning && flights->take(pruning());
  if (!task.wanted.any() && !prunes) return {};
  const auto config_path = std::filesystem::absolute(how.config_path).string();
  return start_detached(
      {program, {"--config", config_path, "--background"}, encode(task), flights->descriptor()});
}

void work(Gathering how, std::vector<std::string>& warnings) {
  const auto& state_path = how.config.general.state_path;
  auto flights = SingleFlight::inherit(state_path, flights_descriptor);
  if (!flights) return warnings.push_back(flights.error());
  const auto text = base::read_to_end(task_descriptor, longest_request);
  if (text && !text->empty()) {
    const auto task = decode_request(*text);
    if (!task) return warnings.push_back(fmt::format("task in the background: {}", task.error()));
    how.by_rules = task->own;
    how.proven = false;  // nobody waits for it
    refresh(task->address, task->wanted, how, *flights, warnings);
    flights->give_up_all();
  }
  if (!flights->take(pruning()) || !pruning_is_due(how)) return;
  const auto pruned = cache::prune(state_path, how.config.cache, how.now);
  if (!pruned) warnings.push_back(fmt::format("pruning: {}", pruned.error()));
}

}  // namespace

void leave_to_background(const net::Address& address, const Wanted& wanted, const Facts& facts,
                         const Gathering& how, const std::string& program,
                         std::vector<std::string>& warnings) {
  try {
    Work work;
    work.stale =
        due_facts(wanted, how.by_rules, facts, how.now, how.config.cache.negative_ttl).stale;
    if (facts::any_of(facts, was_asked)) {
      work.not_waited_for = not_waited_for(wanted, facts);
      work.pruning = pruning_is_due(how);
    }
    if (!work.any()) return;
    const auto left = leave(work, address.carried(), facts, how, program);
    if (!left) warnings.push_back(left.error());
  } catch (const std::exception& error) {
    warnings.push_back(fmt::format("internal error before the background: {}", error.what()));
  }
}

void work_in_background(const Gathering& how, std::vector<std::string>& warnings) {
  try {
    work(how, warnings);
  } catch (const std::exception& error) {
    warnings.push_back(fmt::format("internal error in the background: {}", error.what()));
  }
}

}  // namespace badclients::ask
