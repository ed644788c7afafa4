#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "admin/cache.hpp"
#include "admin/options.hpp"
#include "admin/terminal.hpp"
#include "cache/upkeep.hpp"

namespace badclients::admin::cache_command {

namespace {

using cache::Age;
using cache::Entry;
using cache::Kind;
using nlohmann::ordered_json;
using std::chrono::seconds;

constexpr std::array kinds{Kind::reverse_names, Kind::origin, Kind::as_description,
                           Kind::registration, Kind::dnsbl};

struct Counts {
  std::uint64_t fresh = 0, stale = 0, expired = 0, failures = 0;

  void add(const Counts& other) {
    fresh += other.fresh;
    stale += other.stale;
    expired += other.expired;
    failures += other.failures;
  }
  [[nodiscard]] std::uint64_t all() const { return fresh + stale + expired + failures; }
};

ordered_json counts_json(const Counts& counts) {
  return {{"entries", counts.all()},
          {"fresh", counts.fresh},
          {"stale", counts.stale},
          {"expired", counts.expired},
          {"failures", counts.failures}};
}

struct Stats {
  std::map<Kind, Counts> kinds;
  std::optional<facts::Time> oldest, newest;  ///< learnt
  std::optional<facts::Time> pruned;
  std::uint64_t bytes = 0;  ///< of the file and of what stands beside it

  [[nodiscard]] Counts all() const {
    Counts sum;
    for (const auto& [kind, counts] : kinds) sum.add(counts);
    return sum;
  }
};

std::uint64_t bytes_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void count(const Entry& entry, Age age, Counts& counts) {
  if (entry.outcome == cache::Outcome::failed) {
    ++counts.failures;
  } else if (age == Age::fresh) {
    ++counts.fresh;
  } else {
    ++(age == Age::stale ? counts.stale : counts.expired);
  }
}

tl::expected<Stats, std::string> take_stats(const Call& call) {
  const auto& state_path = call.config.general.state_path;
  const auto now = call.context.now();
  Stats stats;
  for (const auto kind : kinds) stats.kinds[kind];
  const auto counted = cache::each_entry(state_path, [&](const Entry& entry) {
    const auto standing = cache::standing_of(entry, call.config.cache, now);
    count(entry, standing.age, stats.kinds[entry.kind]);
    const auto learnt = entry.learnt();
    stats.oldest = std::min(stats.oldest.value_or(learnt), learnt);
    stats.newest = std::max(stats.newest.value_or(learnt), learnt);
  });
  if (!counted) return tl::unexpected(counted.error());
  const auto pruned = cache::pruned_last(state_path);
  if (!pruned) return tl::unexpected(pruned.error());
  stats.pruned = *pruned;
  for (const auto* suffix : {"", "-wal"}) {
    stats.bytes += bytes_of(state_path + "/cache.db" + suffix);
  }
  return stats;
}

ordered_json stats_json(const Stats& stats, const config::Config::Cache& settings) {
  auto json = counts_json(stats.all());
  json["most_entries"] = settings.max_entries;
  json["bytes"] = stats.bytes;
  json["oldest"] = or_null(stats.oldest);
  json["newest"] = or_null(stats.newest);
  json["pruned"] = or_null(stats.pruned);
  json["kinds"] = ordered_json::object();
  for (const auto kind : kinds)
    json["kinds"][std::string(name_of(kind))] = counts_json(stats.kinds.at(kind));
  return json;
}

std::vector<std::string> stats_row(const std::string& name, const Counts& counts) {
  std::vector<std::string> row{name};
  for (const auto count :
       {counts.all(), counts.fresh, counts.stale, counts.expired, counts.failures}) {
    row.push_back(std::to_string(count));
  }
  return row;
}

std::string stats_text(const Stats& stats, const config::Config::Cache& settings, facts::Time now) {
  std::vector<std::vector<std::string>> rows{
      {"KIND", "ENTRIES", "FRESH", "STALE", "EXPIRED", "FAILURES"}};
  for (const auto kind : kinds)
    rows.push_back(stats_row(std::string(name_of(kind)), stats.kinds.at(kind)));
  rows.push_back(stats_row("all", stats.all()));
  const auto ago = [&](const std::optional<facts::Time>& time) {
    if (!time) return std::string("never");
    return about(std::chrono::duration_cast<seconds>(now - *time)) + " ago";
  };
  constexpr std::uint64_t kib = 1024;
  return table(rows) + "\n" +
         table({{"most entries", std::to_string(settings.max_entries)},
                {"size", fmt::format("{} KiB", (stats.bytes + kib - 1) / kib)},
                {"learnt", stats.oldest ? fmt::format("first {}, last {}", ago(stats.oldest),
                                                      ago(stats.newest))
                                        : "nothing"},
                {"pruned", ago(stats.pruned)}});
}

}  // namespace

int stats(const std::vector<std::string>& arguments, const Context& context) {
  CommandLine line{"cache stats [OPTION]...",
                   "Counts what is remembered: how much of it is fresh, serves although it is\n"
                   "stale, or has expired, and what could not be had."};
  line.flag("json", "print one JSON object");
  const auto call = begin(line, arguments, context);
  if (!call) return call.error();
  const auto stats = take_stats(*call);
  if (!stats) return call->cannot(stats.error());
  const auto& settings = call->config.cache;
  context.out << (call->has("json") ? json_text(stats_json(*stats, settings))
                                    : stats_text(*stats, settings, context.now()));
  return exit_good;
}

}  // namespace badclients::admin::cache_command
