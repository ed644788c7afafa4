// badclientsctl cache stats, show, prune.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/cache.hpp"
#include "admin/options.hpp"
#include "admin/terminal.hpp"
#include "base/number.hpp"
#include "cache/entries.hpp"
#include "cache/upkeep.hpp"
#include "facts/serialise.hpp"

namespace badclients::admin::cache_command {

namespace {

using cache::Entry;
using cache::Kind;
using cache::Outcome;
using nlohmann::ordered_json;
using std::chrono::seconds;

/// A kind as `check --json` calls it.
const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::reverse_names:
      return "reverse_names";
    case Kind::origin:
      return "origin";
    case Kind::registration:
      return "registration";
    case Kind::dnsbl:
      return "dnsbl";
    case Kind::as_description:
      break;
  }
  return "as_description";
}

constexpr std::array kinds{Kind::reverse_names, Kind::origin, Kind::as_description,
                           Kind::registration, Kind::dnsbl};

facts::Time time_of(std::int64_t stamp) {
  return facts::Time(seconds(stamp));
}

/// "fresh" "stale" "expired"
const char* state_of(const Entry& entry, const config::Config::Cache& settings, facts::Time now) {
  const auto expires = time_of(entry.row.expires);
  if (expires > now) return "fresh";
  const bool serves = entry.outcome == Outcome::known && expires + settings.stale > now;
  return serves ? "stale" : "expired";
}

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
  std::optional<std::int64_t> oldest, newest;  ///< learnt
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

tl::expected<Stats, std::string> take_stats(const Call& call) {
  const auto& state_path = call.config.general.state_path;
  const auto now = call.context.now();
  Stats stats;
  const auto counted = cache::each_entry(state_path, [&](const Entry& entry) {
    auto& counts = stats.kinds[entry.kind];
    const std::string_view state = state_of(entry, call.config.cache, now);
    if (entry.outcome == Outcome::failed) {
      ++counts.failures;
    } else {
      ++(state == "fresh" ? counts.fresh : state == "stale" ? counts.stale : counts.expired);
    }
    const auto learnt = entry.row.learnt;
    stats.oldest = std::min(stats.oldest.value_or(learnt), learnt);
    stats.newest = std::max(stats.newest.value_or(learnt), learnt);
  });
  if (!counted) return tl::unexpected(counted.error());
  const auto pruned = cache::pruned_last(state_path);
  if (!pruned) return tl::unexpected(pruned.error());
  stats.pruned = *pruned;
  for (const auto* suffix : {"", "-wal"})
    stats.bytes += bytes_of(state_path + "/cache.db" + suffix);
  return stats;
}

ordered_json or_null(const std::optional<facts::Time>& time) {
  return time ? ordered_json(timestamp(*time)) : ordered_json(nullptr);
}

std::optional<facts::Time> time_of(const std::optional<std::int64_t>& stamp) {
  return stamp ? std::optional(time_of(*stamp)) : std::nullopt;
}

ordered_json stats_json(const Stats& stats, const config::Config::Cache& settings) {
  auto json = counts_json(stats.all());
  json["most_entries"] = settings.max_entries;
  json["bytes"] = stats.bytes;
  json["oldest"] = or_null(time_of(stats.oldest));
  json["newest"] = or_null(time_of(stats.newest));
  json["pruned"] = or_null(stats.pruned);
  json["kinds"] = ordered_json::object();
  for (const auto kind : kinds) {
    const auto found = stats.kinds.find(kind);
    json["kinds"][name_of(kind)] =
        counts_json(found == stats.kinds.end() ? Counts{} : found->second);
  }
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
  for (const auto kind : kinds) {
    const auto found = stats.kinds.find(kind);
    rows.push_back(stats_row(name_of(kind), found == stats.kinds.end() ? Counts{} : found->second));
  }
  rows.push_back(stats_row("all", stats.all()));
  const auto ago = [&](const std::optional<facts::Time>& time) {
    if (!time) return std::string("never");
    return about(std::chrono::duration_cast<seconds>(now - *time)) + " ago";
  };
  constexpr std::uint64_t kib = 1024;
  return table(rows) + "\n" +
         table(
             {{"most entries", std::to_string(settings.max_entries)},
              {"size", fmt::format("{} KiB", (stats.bytes + kib - 1) / kib)},
              {"learnt", stats.oldest ? fmt::format("first {}, last {}", ago(time_of(stats.oldest)),
                                                    ago(time_of(stats.newest)))
                                      : "nothing"},
              {"pruned", ago(stats.pruned)}});
}

// ---- show

/// Which entries are asked for.
struct Wanted {
  std::vector<net::Network> networks;
  std::vector<std::uint32_t> asns;
  bool failures = false;

  [[nodiscard]] bool has(const Entry& entry) const {
    if (failures && entry.outcome != Outcome::failed) return false;
    if (networks.empty() && asns.empty()) return true;
    if (!entry.network) return std::ranges::find(asns, entry.asn) != asns.end();
    return std::ranges::any_of(networks, [&](const net::Network& network) {
      return network.contains(*entry.network) || entry.network->contains(network);
    });
  }
};

/// Nothing: neither an address, a network nor an AS.
bool want(Wanted& wanted, const std::string& word) {
  if (word.starts_with("AS") || word.starts_with("as")) {
    const auto number = base::number<std::uint32_t>(std::string_view(word).substr(2));
    if (number) wanted.asns.push_back(*number);
    return number.has_value();
  }
  const auto network = net::Network::parse(word);
  if (network) wanted.networks.push_back(*network);
  return network.has_value();
}

template <class T>
std::optional<T> decoded(const Entry& entry) {
  auto value = facts::decode<T>(entry.row.value);
  return value ? std::optional<T>(std::move(*value)) : std::nullopt;
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

/// An answer in a few words.
std::string answer(const Entry& entry) {
  std::vector<std::string> words;
  const auto add = [&](const std::string& word) {
    if (!word.empty()) words.push_back(word);
  };
  switch (entry.kind) {
    case Kind::reverse_names:
      if (const auto names = decoded<facts::ReverseNames>(entry)) {
        for (const auto& name : *names) add(name.name);
        if (names->empty()) add("<>");
      }
      break;
    case Kind::origin:
      if (const auto origin = decoded<facts::Origin>(entry)) {
        for (const auto asn : origin->asns) add(fmt::format("AS{}", asn));
        add(origin->prefix ? origin->prefix->str() : "");
        add(origin->country);
        if (words.empty()) add("not announced");
      }
      break;
    case Kind::as_description:
      if (const auto description = decoded<facts::AsDescription>(entry)) add(description->text);
      break;
    case Kind::registration:
      if (const auto registration = decoded<facts::Registration>(entry)) {
        add(registration->name);
        add(registration->country);
        for (const auto& entity : registration->entities) add(entity);
      }
      break;
    case Kind::dnsbl:
      if (const auto listing = decoded<facts::DnsblListing>(entry)) {
        for (const auto& address : listing->answers) add(address.str());
        if (words.empty()) add("not listed");
      }
      break;
  }
  return joined(words);
}

std::string about_what(const Entry& entry) {
  return entry.network ? entry.network->str() : fmt::format("AS{}", entry.asn);
}

ordered_json entry_json(const Entry& entry, const Call& call) {
  const bool failed = entry.outcome == Outcome::failed;
  ordered_json json;
  json["about"] = about_what(entry);
  json["kind"] = name_of(entry.kind);
  json["zone"] = entry.zone.empty() ? ordered_json(nullptr) : ordered_json(entry.zone);
  json["state"] = state_of(entry, call.config.cache, call.context.now());
  json["learnt"] = timestamp(time_of(entry.row.learnt));
  json["expires"] = timestamp(time_of(entry.row.expires));
  json["source"] = entry.row.source;
  json["value"] = failed ? ordered_json(nullptr) : ordered_json(answer(entry));
  json["failure"] =
      failed ? ordered_json(cache::decode_failure(entry.row.value).second) : ordered_json(nullptr);
  return json;
}

std::vector<std::string> entry_row(const Entry& entry, const Call& call) {
  const auto now = call.context.now();
  const bool failed = entry.outcome == Outcome::failed;
  const auto state =
      fmt::format("{}{}", failed ? "failed, " : "", state_of(entry, call.config.cache, now));
  const auto ago = std::chrono::duration_cast<seconds>(now - time_of(entry.row.learnt));
  const auto zone = entry.zone.empty() ? "" : " " + entry.zone;
  return {about_what(entry),
          name_of(entry.kind) + printable(zone),
          state,
          about(ago) + " ago",
          printable(entry.row.source),
          printable(failed ? cache::decode_failure(entry.row.value).second : answer(entry))};
}

/// Rows are printed as they come, some at a time: a million need not fit into memory.
class Printer {
 public:
  explicit Printer(const Call& call) : call_(call), json_(call.has("json")) {
    if (json_) call.context.out << "{\n  \"entries\": [";
  }

  void add(const Entry& entry) {
    ++count_;
    if (json_) {
      auto text = json_text(entry_json(entry, call_));
      text.pop_back();
      call_.context.out << (count_ == 1 ? "\n" : ",\n") << text;
      return;
    }
    if (rows_.empty()) rows_.push_back({"ABOUT", "KIND", "STATE", "LEARNT", "SOURCE", "VALUE"});
    rows_.push_back(entry_row(entry, call_));
    constexpr std::size_t page = 1000;
    if (rows_.size() > page) flush();
  }

  void end() {
    flush();
    if (json_) {
      call_.context.out << "\n  ]\n}\n";
    } else if (count_ == 0) {
      call_.context.out << "Nothing of that is remembered.\n";
    }
  }

 private:
  void flush() {
    call_.context.out << table(rows_);
    rows_.clear();
  }

  const Call& call_;
  bool json_;
  std::uint64_t count_ = 0;
  std::vector<std::vector<std::string>> rows_;
};

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

int show(const std::vector<std::string>& arguments, const Context& context) {
  CommandLine line{"cache show [ADDRESS|NETWORK|AS]... [OPTION]...",
                   "Shows what is remembered, of all or of these, without asking anybody."};
  line.rest = "ADDRESS|NETWORK|AS";
  line.flag("failures", "only what could not be had").flag("json", "print one JSON object");
  const auto call = begin(line, arguments, context);
  if (!call) return call.error();
  Wanted wanted;
  wanted.failures = call->has("failures");
  for (const auto& word : call->words(line.rest)) {
    if (want(wanted, word)) continue;
    context.complain(
        fmt::format("cache show: '{}' is no address, no network and no AS (try 192.0.2.1, "
                    "192.0.2.0/24 or AS64500)",
                    word));
    return exit_usage;
  }
  Printer printer(*call);
  const auto shown = cache::each_entry(call->config.general.state_path, [&](const Entry& entry) {
    if (wanted.has(entry)) printer.add(entry);
  });
  printer.end();
  return shown ? exit_good : call->cannot(shown.error());
}

int prune(const std::vector<std::string>& arguments, const Context& context) {
  CommandLine line{"cache prune [OPTION]...",
                   "Deletes what has expired and will never serve again, and what is beyond\n"
                   "cache/max_entries. Logins have it done once in an hour."};
  line.flag("json", "print one JSON object");
  const auto call = begin(line, arguments, context);
  if (!call) return call.error();
  const auto pruned =
      cache::prune(call->config.general.state_path, call->config.cache, context.now());
  if (!pruned) return call->cannot(pruned.error());
  if (call->has("json")) {
    context.out << json_text(
        {{"expired", pruned->expired}, {"evicted", pruned->evicted}, {"left", pruned->left}});
  } else {
    context.out << fmt::format("{} had expired, {} too many; {} left\n",
                               counted(pruned->expired, "entry", "entries"), pruned->evicted,
                               pruned->left);
  }
  return exit_good;
}

}  // namespace badclients::admin::cache_command
