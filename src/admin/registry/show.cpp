#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/fact_view.hpp"
#include "admin/options.hpp"
#include "admin/owner.hpp"
#include "admin/registry/command.hpp"
#include "admin/terminal.hpp"
#include "net/special.hpp"
#include "registry/local_facts.hpp"

namespace badclients::admin::registry_command {

namespace {

using nlohmann::ordered_json;

/// What registry data knows of one address.
struct Found {
  net::Address address;
  facts::Facts facts;
  std::vector<std::string> outdated;
};

/// Of the facts that registry data can have.
std::vector<FactView> views(const Found& found, const config::Config& config) {
  Report report;
  report.facts = found.facts;
  auto all = fact_views(report, config);
  std::erase_if(all, [](const FactView& view) {
    constexpr std::array<std::string_view, 4> keys{"origin", "as_description",
                                                   "other_as_descriptions", "registration"};
    return std::ranges::find(keys, view.key) == keys.end();
  });
  return all;
}

std::string as_text(const Found& found, const config::Config& config) {
  std::string text = fmt::format("{}\n\n", found.address.str());
  std::vector<std::vector<std::string>> rows;
  for (const auto& view : views(found, config)) {
    if (!view.known) {
      rows.push_back({view.label, "not known here", ""});
      continue;
    }
    for (const auto& line : view.lines) {
      const bool first = &line == &view.lines.front();
      rows.push_back({line.label, printable(line.text),
                      first ? fmt::format("{}, {}", view.source, timestamp(view.learnt)) : ""});
    }
  }
  text += table(rows);
  if (!found.outdated.empty()) text += '\n';
  for (const auto& file : found.outdated) {
    text += fmt::format("{} is older than registry/max_age, and not used\n", file);
  }
  return text;
}

ordered_json as_json(const Found& found, const config::Config& config) {
  ordered_json json;
  json["address"] = found.address.str();
  json["facts"] = {{"other_as_descriptions", ordered_json::array()}};
  for (const auto& view : views(found, config)) {
    ordered_json fact;
    fact["known"] = view.known;
    fact["source"] = view.known ? ordered_json(view.source) : ordered_json(nullptr);
    fact["made"] = view.known ? ordered_json(timestamp(view.learnt)) : ordered_json(nullptr);
    fact["value"] = view.json;
    auto& place = json["facts"][view.key];
    if (place.is_array()) {
      place.push_back(std::move(fact));
    } else {
      place = std::move(fact);
    }
  }
  json["outdated"] = found.outdated;
  return json;
}

CommandLine command_line() {
  CommandLine line{"registry show ADDRESS [OPTION]...",
                   "Shows what registry.db knows of an address. Nobody is asked.",
                   {"address"}};
  line.flag("json", "print one JSON object");
  return line;
}

/// Error: why nothing can be known.
tl::expected<Found, std::string> find(const Call& call, const net::Address& address) {
  const auto& config = call.config;
  registry::LocalData data;
  const auto store = data.current(config.general.state_path);
  if (!store) return tl::unexpected(store.error());
  if (*store == nullptr) {
    return tl::unexpected(registry::store_path(config.general.state_path) +
                          ": not there (badclientsctl registry update makes it)");
  }
  facts::Wanted wanted;
  wanted.origin = wanted.as_description = wanted.registration = true;
  Found found{address.carried(), {}, {}};
  const registry::Age age{call.context.now(), config.registry.max_age};
  auto filled = registry::fill(**store, found.address, wanted, age, found.facts);
  if (!filled) return tl::unexpected(filled.error());
  found.outdated = std::move(filled->outdated);
  return found;
}

}  // namespace

int show(const std::vector<std::string>& arguments, const Context& context) {
  const auto call = begin(command_line(), arguments, context);
  if (!call) return call.error();
  const auto cannot = [&](const std::string& why) { return call->cannot("registry show: " + why); };
  const auto address = net::Address::parse(call->text("address"));
  if (!address) return cannot(address.error());
  if (const auto done = become_owner_of(call->config.general.state_path); !done) {
    return cannot(done.error());
  }
  const auto found = find(*call, *address);
  if (!found) return cannot(found.error());
  context.out << (call->has("json") ? json_text(as_json(*found, call->config))
                                    : as_text(*found, call->config));
  const bool any = found->facts.origin.known() || found->facts.registration.known();
  return any ? exit_good : exit_bad;
}

}  // namespace badclients::admin::registry_command
