#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "admin/context.hpp"
#include "budget/missed.hpp"
#include "budget/servers.hpp"
#include "cache/entries.hpp"

/// `badclientsctl cache`: what its subcommands have to say.
namespace badclients::admin::cache_command {

/// A kind as `check --json` calls it.
std::string_view name_of(cache::Kind kind);

/// A table, a line a server.
std::string servers_text(const std::vector<budget::ServerState>& states, facts::Time now);
/// badclientsctl(8), "JSON of cache servers"
nlohmann::ordered_json servers_json(const std::vector<budget::ServerState>& states);

/// A table of the sources that do not answer, behind an empty line; empty where there is none.
std::string silences_text(const std::vector<budget::Silence>& silences, facts::Time now);
nlohmann::ordered_json silences_json(const std::vector<budget::Silence>& silences);

/// What logins were decided without that the log does not tell of yet; empty where there are none.
std::string missed_text(const budget::MissedSums& sums, facts::Time now);
nlohmann::ordered_json missed_json(const budget::MissedSums& sums);

int clear(const std::vector<std::string>& arguments, const Context& context);
int servers(const std::vector<std::string>& arguments, const Context& context);
int stats(const std::vector<std::string>& arguments, const Context& context);
int show(const std::vector<std::string>& arguments, const Context& context);
int prune(const std::vector<std::string>& arguments, const Context& context);
int reopen(const std::vector<std::string>& arguments, const Context& context);

}  // namespace badclients::admin::cache_command
