#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "budget/counts.hpp"
#include "budget/refusal.hpp"
#include "budget/server_name.hpp"
#include "config/config.hpp"
#include "facts/facts.hpp"

/// How often the registries' servers were asked, and which of them want to be left alone: what all
/// processes of a host know together.
namespace badclients::budget {

/// One server, as it is at the moment.
struct ServerState {
  ServerName server;
  struct Used {
    config::Limit limit;
    std::uint32_t asked = 0;  ///< in the last window
  };
  std::vector<Used> used;                 ///< of each limit that holds for it
  std::optional<facts::Time> asked_last;  ///< nothing: not that we know
  std::optional<facts::Time> full_until;  ///< the budget is used up until then
  struct Closed {
    facts::Time since, until;
    std::string reason;  ///< its own words, printable ASCII
  };
  std::optional<Closed> closed;  ///< it said that it does not want to be asked
  /// Networks that a login wanted to ask the registry about, by either service, and could not.
  std::uint64_t waiting = 0;
  /// When the budget has room for the last of them; nothing where none waits.
  std::optional<facts::Time> last_asked_by;
};

/// A source that has not answered since.
struct Silence {
  Source source;
  unsigned logins = 0;  ///< in a row: at least 1
  facts::Time since;
  [[nodiscard]] bool is_known() const { return logins >= most_silences; }
};

/// The memory is budget.db in state_path, which is opened when it is needed for the first time.
///
/// A permit is one question. It is taken in one transaction, so that all processes together never
/// put more questions to a server than its limits say, in no stretch of time, wherever it begins: a
/// question counts from the moment it is permitted until `window` after the moment when it may have
/// reached the server at the latest, and those before it as long.
///
/// Where somebody else writes and is not done within the patience, there is no permit, for a
/// second, and whatever is asked of the memory from then on waits for nobody. Where the memory
/// cannot be used at all (no folder, no permission, full disk), no server that has a limit is
/// asked. Not for two threads at once.
class Servers {
 public:
  using Clock = std::function<facts::Time()>;

  Servers(std::string state_path, config::Config::Budget budget, Clock clock);
  Servers(Servers&&) noexcept;
  Servers& operator=(Servers&&) noexcept;
  ~Servers();

  /// A permit to put one question to `server`, which reaches it within `reach` from now, or never.
  /// Nothing: go ahead. Waits for other writers no longer than `patience`.
  std::optional<Refusal> permit(const ServerName& server, const Purpose& purpose,
                                std::chrono::milliseconds reach,
                                std::chrono::milliseconds patience);

  /// `server` does not want to be asked for this long; counted from now, and at least a second, at
  /// most longest_closed. A later word of the server's replaces an earlier one unless it ends
  /// before. `reason` is foreign.
  void close(const ServerName& server, std::chrono::seconds length, const std::string& reason);

  /// Every registry's servers in the order of the configuration's keys, then the others that were
  /// asked within their window, or are closed. Error: why the memory cannot be used.
  tl::expected<std::vector<ServerState>, std::string> list();

  /// As if a server of that name had not said that it wants to be left alone, nor been silent, by
  /// either service. Error: as list().
  tl::expected<void, std::string> reopen(const std::string& name);

  /// All sources whose last word to a login was none. Where the memory cannot be used: none.
  std::vector<Silence> silences();
  /// A login has waited for it, and had no answer.
  void did_not_answer(const Source& source);
  /// It has.
  void answered(const Source& source);
  /// As if all had answered. Error: as list().
  tl::expected<void, std::string> forget_silences();

  /// What was wrong with the memory so far; empty: nothing.
  [[nodiscard]] const std::string& trouble() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

inline constexpr std::chrono::seconds longest_closed = std::chrono::hours{24};
/// A longer reason is cut.
inline constexpr std::size_t longest_reason = 160;

}  // namespace badclients::budget
