#include "cache/servers.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cache/account_rows.hpp"
#include "cache/database.hpp"
#include "cache/refusal.hpp"
#include "cache/spare_memory.hpp"
#include "facts/escape.hpp"

namespace badclients::cache {

namespace {

using config::Config;
using config::Service;
using std::chrono::milliseconds;

struct Known {
  std::string_view name;
  config::Limits Config::Budget::*limits;
  bool has_rdap;
};
constexpr std::array<Known, 7> registries{{
    {"arin", &Config::Budget::arin, true},
    {"ripencc", &Config::Budget::ripencc, true},
    {"apnic", &Config::Budget::apnic, true},
    {"lacnic", &Config::Budget::lacnic, true},
    {"afrinic", &Config::Budget::afrinic, true},
    {"iana", &Config::Budget::iana, false},
    {"cymru", &Config::Budget::cymru, false},
}};

const Known* registry_named(std::string_view name) {
  const auto known = std::find_if(registries.begin(), registries.end(),
                                  [&](const Known& each) { return each.name == name; });
  return known == registries.end() ? nullptr : &*known;
}

/// HOST:PORT
constexpr std::size_t longest_name = 255 + 2 + 6;
/// For what the server says, which can be said again.
constexpr milliseconds patience_to_close{200};

bool is_busy(const SQLite::Exception& error) {
  const int code = error.getErrorCode() & 0xff;
  return code == SQLITE_BUSY || code == SQLITE_LOCKED;
}

/// Others make or replace the database at this moment.
bool is_busy(const std::string& opening) {
  return opening.starts_with("cannot lock folder") || opening.ends_with("again and again");
}

}  // namespace

bool ServerName::valid() const {
  if (registry_named(name) != nullptr) return true;
  return name.size() <= longest_name && name.find(':') != std::string::npos &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
}

const config::Limits& limits_of(const Config::Budget& budget, const ServerName& server) {
  const auto* known = registry_named(server.name);
  return known == nullptr ? budget.other : budget.*known->limits;
}

struct Servers::State {
  std::string state_path;
  Config::Budget budget;
  Clock clock;
  std::optional<key_t> spare_key;
  std::optional<Database> database;
  std::optional<SpareMemory> spare;
  std::string trouble;

  enum class Attempt { done, busy, unusable };

  /// `work(SQLite::Database&)` in one transaction. What is damaged is set aside, and tried anew.
  template <class Work>
  Attempt attempt(SQLite::TransactionBehavior kind, milliseconds patience, Work work) {
    for (unsigned tries = 0; tries < 2; ++tries) {
      if (!database) {
        auto opened = Database::open(state_path);
        if (!opened && is_busy(opened.error())) return Attempt::busy;
        if (!opened) trouble = opened.error();
        if (!opened) continue;
        database = std::move(*opened);
      }
      bool busy = false;
      const auto ran = database->run([&](SQLite::Database& connection) {
        try {
          connection.setBusyTimeout(static_cast<int>(patience.count()));
          connection.exec("PRAGMA synchronous=OFF");  // as in Cache::store
          SQLite::Transaction transaction{connection, kind};
          work(connection);
          transaction.commit();
        } catch (const SQLite::Exception& error) {
          busy = is_busy(error);
          throw;
        }
      });
      if (ran) return Attempt::done;
      if (busy) return Attempt::busy;
      trouble = ran.error();
      database.reset();
    }
    return Attempt::unusable;
  }

  /// `work` on the account of a server, with nobody else at it; it returns the time. Error: why
  /// not.
  tl::expected<void, std::string> use(const ServerName& server, milliseconds patience,
                                      const std::function<std::int64_t(Account&)>& work) {
    bool room = true;
    switch (
        attempt(SQLite::TransactionBehavior::IMMEDIATE, patience,
                [&](SQLite::Database& connection) { room = use_row(connection, server, work); })) {
      case Attempt::done:
        database->empty_wal();
        if (!room) return tl::unexpected<std::string>("there are too many servers to count");
        return {};
      case Attempt::busy:
        return tl::unexpected<std::string>("the cache is busy");
      case Attempt::unusable:
        break;
    }
    if (!open_spare()) return tl::unexpected(trouble);
    return spare->use(server.name, patience, work);
  }

  /// False: there are too many.
  bool use_row(SQLite::Database& connection, const ServerName& server,
               const std::function<std::int64_t(Account&)>& work) const {
    AccountRows rows{connection, in_ms(clock())};
    const bool stranger = registry_named(server.name) == nullptr;
    auto account = rows.load(server.name);
    if (stranger && account.expires() == 0 && !rows.has_room()) return false;
    work(account);
    rows.save(server.name, account);
    return true;
  }

  /// False: not to be had, and `trouble` says so.
  bool open_spare() {
    if (spare) return true;
    auto opened = SpareMemory::open(spare_key.value_or(SpareMemory::key()));
    if (opened) {
      spare = std::move(*opened);
    } else {
      trouble += "; " + opened.error();
    }
    return spare.has_value();
  }
};

Servers::Servers(std::string state_path, Config::Budget budget, Clock clock,
                 std::optional<key_t> spare_key)
    : state_(new State{
          std::move(state_path), std::move(budget), std::move(clock), spare_key, {}, {}, {}}) {}
Servers::Servers(Servers&&) noexcept = default;
Servers& Servers::operator=(Servers&&) noexcept = default;
Servers::~Servers() = default;

std::optional<Refusal> Servers::permit(const ServerName& server, milliseconds reach,
                                       milliseconds patience) {
  const auto& limits = limits_of(state_->budget, server);
  reach = std::clamp<milliseconds>(reach, milliseconds{0}, longest_reach);
  std::optional<Refusal> refusal;
  const auto used = state_->use(server, patience, [&](Account& account) {
    // Now that nobody else can.
    const auto now = in_ms(state_->clock());
    refusal = account.permit(server.service, limits, now, now + reach.count());
    return now;
  });
  if (used || (limits.empty() && !refusal)) return refusal;
  return not_known(used.error());
}

void Servers::close(const ServerName& server, std::chrono::seconds length,
                    const std::string& reason) {
  length = std::clamp(length, std::chrono::seconds{1}, longest_closed);
  const auto said = facts::printable(reason, longest_reason);
  // Where that fails, it can be said again.
  (void)state_->use(server, patience_to_close, [&](Account& account) {
    const auto now = in_ms(state_->clock());
    account.close(server.service, now, now + milliseconds{length}.count(), said);
    return now;
  });
}

tl::expected<std::vector<ServerState>, std::string> Servers::list() {
  std::vector<ServerState> states;
  const auto attempt = state_->attempt(
      SQLite::TransactionBehavior::DEFERRED, patience_to_close, [&](SQLite::Database& connection) {
        const auto now = in_ms(state_->clock());
        AccountRows rows{connection, now};
        states.clear();
        for (const auto& known : registries) {
          const std::string name{known.name};
          const auto account = rows.load(name);
          const auto& limits = state_->budget.*known.limits;
          if (known.has_rdap) states.push_back(account.state({Service::rdap, name}, limits, now));
          states.push_back(account.state({Service::whois, name}, limits, now));
        }
        for (const auto& name : rows.strangers()) {
          const auto account = rows.load(name);
          for (const auto service : {Service::rdap, Service::whois}) {
            auto state = account.state({service, name}, state_->budget.other, now);
            if (state.asked_last || state.closed) states.push_back(std::move(state));
          }
        }
      });
  if (attempt == State::Attempt::done) return states;
  return tl::unexpected(attempt == State::Attempt::busy
                            ? database_path(state_->state_path) + ": busy"
                            : state_->trouble);
}

const std::string& Servers::trouble() const {
  return state_->trouble;
}

}  // namespace badclients::cache
