#include "admin/metrics/gauges.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "admin/registry_files.hpp"
#include "budget/servers.hpp"
#include "facts/mmdb.hpp"
#include "registry/store.hpp"

namespace badclients::admin::metrics {

namespace {

/// A database that cannot be used is 0: it is as old as can be.
Family databases(const config::Config& config, std::vector<std::string>& troubles) {
  Family family{"badclients_database_built_timestamp_seconds", "gauge",
                "When the publisher of a GeoIP database made it; 0: it cannot be used."};
  const auto& files = config.maxmind;
  const std::array<std::pair<const char*, const std::string*>, 3> all{
      {{"geo_city", &files.geo_city},
       {"geo_asn", &files.geo_asn},
       {"anonymous_ip", &files.anonymous_ip}}};
  for (const auto& [name, path] : all) {
    if (path->empty() || !config.general.enable_maxmind) continue;
    const auto file = facts::MmdbFile::open(*path);
    auto& sample = family.samples.emplace_back();
    sample.labels = {{"database", name}};
    if (file) {
      const auto built = std::chrono::system_clock::to_time_t(file->built());
      sample.value = static_cast<double>(built);
    } else {
      troubles.push_back(fmt::format("{}: {}", *path, file.error().text));
    }
  }
  return family;
}

/// Registry data that cannot be used is 0: it is as old as can be.
Family registry_data(const config::Config& config, std::vector<std::string>& troubles) {
  Family family{"badclients_registry_data_made_timestamp_seconds", "gauge",
                "When the publisher of a file of registry data made it; 0: it cannot be used."};
  const auto store = registry::Store::open(registry::store_path(config.general.state_path));
  if (!store) troubles.push_back(store.error());
  if (store && !*store) return family;
  for (const auto& file : registry_files(config.registry, store ? &**store : nullptr)) {
    const double made =
        file.made ? static_cast<double>(std::chrono::system_clock::to_time_t(*file.made)) : 0;
    family.samples.push_back({"", {{"file", std::string(file.publication->name)}}, made});
  }
  return family;
}

Labels labels_of(const budget::ServerState& state) {
  return {{"server", state.server.name},
          {"service", std::string(config::to_string(state.server.service))}};
}

void add_servers(const std::vector<budget::ServerState>& states, std::vector<Family>& all) {
  Family asked{"badclients_server_questions", "gauge",
               "Questions that were put to a server in the last window of one of its limits."};
  Family limits{"badclients_server_limit", "gauge", "How many there may be."};
  Family open{"badclients_server_open", "gauge",
              "Whether a server may be asked now: 0 where it wants to be left alone, or its limits "
              "are used up."};
  Family waiting{"badclients_server_waiting_networks", "gauge",
                 "Networks that a registry could not be asked about yet."};
  for (const auto& state : states) {
    const auto labels = labels_of(state);
    for (const auto& [limit, count] : state.used) {
      auto with_window = labels;
      with_window.emplace_back("limit", limit.str());
      asked.samples.push_back({"", with_window, static_cast<double>(count)});
      limits.samples.push_back({"", with_window, static_cast<double>(limit.count)});
    }
    open.samples.push_back({"", labels, state.closed || state.full_until ? 0.0 : 1.0});
    waiting.samples.push_back({"", labels, static_cast<double>(state.waiting)});
  }
  for (auto* family : {&asked, &limits, &open, &waiting}) all.push_back(std::move(*family));
}

}  // namespace

std::vector<Family> gauges(const config::Config& config, facts::Time now,
                           std::vector<std::string>& troubles) {
  std::vector<Family> all;
  all.push_back(databases(config, troubles));
  all.push_back(registry_data(config, troubles));
  budget::Servers servers{config.general.state_path, config.budget, [now] { return now; }};
  const auto states = servers.list();
  if (!states) {
    troubles.push_back(states.error());
    return all;
  }
  add_servers(*states, all);
  Family silent{"badclients_source_silent_logins", "gauge",
                "Logins in a row that a source did not answer."};
  for (const auto& silence : servers.silences()) {
    silent.samples.push_back(
        {"", {{"source", silence.source.name}}, static_cast<double>(silence.logins)});
  }
  all.push_back(std::move(silent));
  return all;
}

}  // namespace badclients::admin::metrics
