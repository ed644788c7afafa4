#include "budget/servers.hpp"

#include <algorithm>
#include <utility>

#include "budget/database.hpp"
#include "budget/request_log.hpp"
#include "budget/server_rows.hpp"
#include "budget/silences.hpp"
#include "budget/waiting.hpp"
#include "facts/escape.hpp"

namespace badclients::budget {

namespace {

using base::Database;
using config::Config;
using config::Service;
using std::chrono::milliseconds;

/// The limits that a list shows: those that hold for everybody.
std::vector<Count> limits_as_counts(const config::Limits& limits, Service service) {
  return counts_for(limits, service, {});
}

/// When the last of `waiting` questions may be put, by the limits that all of them count for.
facts::Time last_of(std::uint64_t waiting, const ServerState& state, const config::Limits& limits,
                    facts::Time now) {
  const auto opens =
      std::max(state.closed ? state.closed->until : now, state.full_until.value_or(now));
  auto last = opens;
  for (const auto& limit : limits) {
    if (limit.service || limit.count == 0) continue;
    const auto rounds = static_cast<std::int64_t>((waiting - 1) / limit.count);
    last = std::max(last, opens + rounds * limit.window);
  }
  return last;
}

ServerState state_of(const ServerName& server, const ServerRow& row, const config::Limits& limits,
                     RequestLog& log) {
  ServerState state{server, {}, {}, {}, {}, 0, {}};
  for (const auto& count : limits_as_counts(limits, server.service)) {
    state.used.push_back({count.limit, log.asked(server, count)});
    if (const auto when = log.opens(server, count)) {
      state.full_until = std::max(state.full_until.value_or(time_of(*when)), time_of(*when));
    }
  }
  if (row.asked > 0) state.asked_last = time_of(row.asked);
  if (row.closed_until > 0) {
    state.closed = {time_of(row.closed_since), time_of(row.closed_until), row.reason};
  }
  return state;
}

milliseconds longest_window(const config::Limits& limits) {
  milliseconds longest{};
  for (const auto& limit : limits) longest = std::max(longest, limit.window);
  return longest;
}

}  // namespace

struct Servers::State {
  std::string state_path;
  Config::Budget budget;
  Clock clock;
  std::optional<Database> database{};
  std::string trouble{};
  bool is_busy = false;  ///< somebody stands still with a lock: we do not wait again

  /// For what the server says, which can be said again, and for a list, which can be asked for
  /// again.
  static constexpr milliseconds short_patience{200};

  using Transact = tl::expected<void, Database::Error> (Database::*)(milliseconds patience,
                                                                     const Database::Work& work);

  tl::expected<void, Database::Error> use(milliseconds patience, const Database::Work& work) {
    return transact(&Database::use, patience, work);
  }
  /// Where it is busy, that is no trouble.
  tl::expected<void, Database::Error> transact(Transact how, milliseconds patience,
                                               const Database::Work& work) {
    const auto fail = [&](Database::Error error) {
      is_busy = error.busy;
      if (!error.busy) trouble = error.text;
      return tl::unexpected(std::move(error));
    };
    if (!database) {
      auto opened = Database::open(state_path, layout);
      if (!opened) return fail(std::move(opened.error()));
      database = std::move(*opened);
    }
    auto used = ((*database).*how)(is_busy ? milliseconds{0} : patience, work);
    if (!used) return fail(std::move(used.error()));
    return {};
  }
};

Servers::Servers(std::string state_path, Config::Budget budget, Clock clock)
    : state_(new State{std::move(state_path), std::move(budget), std::move(clock)}) {}
Servers::Servers(Servers&&) noexcept = default;
Servers& Servers::operator=(Servers&&) noexcept = default;
Servers::~Servers() = default;

std::optional<Refusal> Servers::permit(const ServerName& server, const Purpose& purpose,
                                       milliseconds reach, milliseconds patience) {
  const auto& limits = limits_of(state_->budget, server);
  const auto counts = counts_for(limits, server.service, purpose);
  reach = std::clamp<milliseconds>(reach, milliseconds{0}, longest_reach);
  std::optional<Refusal> refusal;
  const auto used = state_->use(patience, [&](SQLite::Database& database) {
    // Now that nobody else can.
    const auto now = in_ms(state_->clock());
    ServerRows rows{database, now};
    RequestLog log{database, now};
    log.forget_the_past();
    refusal.reset();
    auto row = rows.load(server);
    if (row.closed_until > 0) {
      refusal = left_alone(now, row.closed_until, row.reason);
    } else if (row.asked == 0 && server.is_stranger() && !rows.has_room()) {
      refusal = not_known("there are too many servers to count");
    } else {
      refusal = log.take(server, counts, now + reach.count());
    }
    if (!server.is_stranger() && !purpose.about.empty()) {
      Waiting waiting{database, now};
      if (refusal) {
        waiting.add(server.name, purpose.about);
      } else {
        waiting.remove(server.name, purpose.about);
      }
    }
    if (refusal) return;
    row.asked = now;
    rows.save(server, row, longest_window(limits));
  });
  if (used || counts.empty()) return refusal;
  return not_known(used.error().busy ? "it is busy" : used.error().text);
}

void Servers::close(const ServerName& server, std::chrono::seconds length,
                    const std::string& reason) {
  length = std::clamp(length, std::chrono::seconds{1}, longest_closed);
  // If that fails, the server says it again.
  (void)state_->use(State::short_patience, [&](SQLite::Database& database) {
    const auto now = in_ms(state_->clock());
    const auto until = now + milliseconds{length}.count();
    ServerRows rows{database, now};
    auto row = rows.load(server);
    if (row.closed_until >= until) return;
    if (row.closed_until == 0) row.closed_since = now;
    row.closed_until = until;
    row.reason = facts::printable(reason, longest_reason);
    rows.save(server, row, longest_window(limits_of(state_->budget, server)));
  });
}

tl::expected<std::vector<ServerState>, std::string> Servers::list() {
  std::vector<ServerState> states;
  const auto used = state_->use(State::short_patience, [&](SQLite::Database& database) {
    const auto now = in_ms(state_->clock());
    ServerRows rows{database, now};
    RequestLog log{database, now};
    Waiting waiting{database, now};
    states.clear();
    const auto add = [&](const ServerName& server, const config::Limits& limits) {
      auto state = state_of(server, rows.load(server), limits, log);
      state.waiting = waiting.count(server.name);
      if (state.waiting > 0) {
        state.last_asked_by = last_of(state.waiting, state, limits, time_of(now));
      }
      states.push_back(std::move(state));
    };
    for (const auto& server : configured_servers) {
      const auto& limits = state_->budget.*server.limits;
      if (server.has_rdap) add({Service::rdap, std::string{server.name}}, limits);
      add({Service::whois, std::string{server.name}}, limits);
    }
    for (const auto& server : rows.strangers()) add(server, state_->budget.other);
  });
  if (used) return states;
  return tl::unexpected(used.error().text);
}

std::vector<Silence> Servers::silences() {
  std::vector<Silence> all;
  (void)state_->transact(&Database::look, State::short_patience, [&](SQLite::Database& database) {
    all = Silences{database, in_ms(state_->clock())}.all();
  });
  return all;
}

void Servers::did_not_answer(const Source& source) {
  // If that fails, the next login finds out.
  (void)state_->use(State::short_patience, [&](SQLite::Database& database) {
    Silences{database, in_ms(state_->clock())}.count(source);
  });
}

void Servers::answered(const Source& source) {
  (void)state_->use(State::short_patience, [&](SQLite::Database& database) {
    Silences{database, in_ms(state_->clock())}.end(source);
  });
}

tl::expected<void, std::string> Servers::forget_silences() {
  auto used = state_->use(State::short_patience, [&](SQLite::Database& database) {
    Silences{database, in_ms(state_->clock())}.end_all();
  });
  if (used) return {};
  return tl::unexpected(std::move(used.error().text));
}

tl::expected<void, std::string> Servers::reopen(const std::string& name) {
  auto used = state_->use(State::short_patience, [&](SQLite::Database& database) {
    const auto now = in_ms(state_->clock());
    ServerRows rows{database, now};
    Silences silences{database, now};
    for (const auto service : {Service::rdap, Service::whois}) {
      const ServerName server{service, name};
      auto row = rows.load(server);
      if (row.closed_until > 0) {
        rows.save(server, {row.asked, 0, 0, {}}, longest_window(limits_of(state_->budget, server)));
      }
      if (const auto source = Source::of(server)) silences.end(*source);
    }
  });
  if (used) return {};
  return tl::unexpected(std::move(used.error().text));
}

const std::string& Servers::trouble() const {
  return state_->trouble;
}

}  // namespace badclients::budget
