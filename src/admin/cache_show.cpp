#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/cache.hpp"
#include "admin/options.hpp"
#include "admin/terminal.hpp"
#include "base/number.hpp"
#include "facts/serialise.hpp"

namespace badclients::admin::cache_command {

namespace {

using cache::Age;
using cache::Entry;
using cache::Kind;
using cache::Outcome;
using nlohmann::ordered_json;

const char* in_word(Age age) {
  switch (age) {
    case Age::fresh:
      return "fresh";
    case Age::stale:
      return "stale";
    case Age::expired:
      break;
  }
  return "expired";
}

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

/// What is known, or why nothing is.
std::string value_of(const Entry& entry) {
  return entry.outcome == Outcome::failed ? cache::decode_failure(entry.row.value).second
                                          : answer(entry);
}

ordered_json entry_json(const Entry& entry, const Call& call) {
  const bool failed = entry.outcome == Outcome::failed;
  const auto standing = cache::standing_of(entry, call.config.cache, call.context.now());
  ordered_json json;
  json["about"] = about_what(entry);
  json["kind"] = name_of(entry.kind);
  json["zone"] = or_null(entry.zone);
  json["state"] = in_word(standing.age);
  json["learnt"] = timestamp(entry.learnt());
  json["expires"] = timestamp(standing.fresh_until);
  json["source"] = entry.row.source;
  json["value"] = json["failure"] = nullptr;
  json[failed ? "failure" : "value"] = value_of(entry);
  return json;
}

std::vector<std::string> entry_row(const Entry& entry, const Call& call) {
  const auto now = call.context.now();
  const auto age = cache::standing_of(entry, call.config.cache, now).age;
  const auto* failed = entry.outcome == Outcome::failed ? "failed, " : "";
  const auto zone = entry.zone.empty() ? "" : " " + printable(entry.zone);
  const auto ago = std::chrono::duration_cast<std::chrono::seconds>(now - entry.learnt());
  return {about_what(entry),
          fmt::format("{}{}", name_of(entry.kind), zone),
          fmt::format("{}{}", failed, in_word(age)),
          about(ago) + " ago",
          printable(entry.row.source),
          printable(value_of(entry))};
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

std::string_view name_of(Kind kind) {
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

}  // namespace badclients::admin::cache_command
