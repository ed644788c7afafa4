#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <span>

#include "admin/clients.hpp"
#include "admin/owner.hpp"
#include "admin/terminal.hpp"
#include "ask/gather.hpp"
#include "lists/index_builder.hpp"
#include "net/special.hpp"
#include "verdict/decider.hpp"

namespace badclients::admin::clients_command {

namespace po = boost::program_options;

namespace {

/// Where --service names none: what apps log in to.
constexpr std::array services{"imap", "pop3", "submission", "smtp", "sieve"};

/// A rule that matches, and to which services.
struct Hit {
  const ClientFile* file;
  std::string rule;  ///< file:line
  std::vector<std::string> services;
};

const ClientFile* client_of(const Inventory& files, const std::string& rule) {
  const auto path = rule.substr(0, rule.rfind(':'));
  const auto found = std::ranges::find(files.clients, path, &ClientFile::file);
  return found == files.clients.end() ? nullptr : &*found;
}

std::vector<Hit> try_services(const verdict::Decider& decider, facts::Login login,
                              const facts::Facts& facts, const std::vector<std::string>& names,
                              const Inventory& files) {
  std::vector<Hit> hits;
  for (const auto& service : names) {
    login.service = service;
    for (const auto& match : decider.explain(login, facts)) {
      auto hit = std::ranges::find(hits, match.rule, &Hit::rule);
      if (hit == hits.end()) {
        hit = hits.insert(hit, {client_of(files, match.rule), match.rule, {}});
      }
      hit->services.push_back(service);
    }
  }
  return hits;
}

std::vector<std::string> unknown(const facts::Facts& facts) {
  std::vector<std::string> texts;
  const auto add = [&](const std::string& name, const auto& fact) {
    if (fact.failed()) texts.push_back(fmt::format("{} ({})", name, fact.trouble));
  };
  add("the reverse name", facts.reverse_names);
  add("the origin AS", facts.origin);
  for (const auto& description : facts.as_descriptions) {
    add(fmt::format("the description of AS{}", description.value.asn), description);
  }
  add("the registration", facts.registration);
  for (const auto& listing : facts.dnsbl) add(listing.value.zone, listing);
  return texts;
}

void print(const std::vector<Hit>& hits, bool all_services, const Call& call) {
  std::vector<std::vector<std::string>> rows{{"ID", "NAME", "STATE", "SERVICES", "RULE"}};
  for (const auto& hit : hits) {
    const bool any = all_services && hit.services.size() == services.size();
    rows.push_back({hit.file == nullptr ? "?" : printable(hit.file->client.id),
                    hit.file == nullptr ? "?" : printable(hit.file->client.name),
                    hit.file == nullptr ? "?" : state(*hit.file),
                    any ? "any" : printable(fmt::format("{}", fmt::join(hit.services, " "))),
                    printable(hit.rule)});
  }
  if (hits.empty()) {
    call.context.out << "No client's rule matches.\n";
  } else {
    call.context.out << table(rows);
  }
}

CommandLine command_line() {
  CommandLine line{"test ADDRESS [OPTION]...",
                   "Shows which clients, enabled or not, a login from an address would be taken\n"
                   "for. Without --service: to which services. Exit code 1 where there is one.",
                   po::options_description(),
                   {"address"}};
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  auto add = line.options.add_options();
  add("service", text("NAME"), "as if to this service: imap, pop3, smtp, ...");
  add("user", text("NAME"), "as if this user logged in");
  add("master", text("NAME"), "as if this master user logged in as that user");
  add("client-id", text("TEXT"), "as if the app called itself this (its IMAP ID)");
  add("offline", "ask nobody: only the cache and the GeoIP databases");
  return line;
}

}  // namespace

int test(const std::vector<std::string>& arguments, const Context& context) {
  const auto begun = std::chrono::steady_clock::now();
  const auto call = begin(command_line(), arguments, context);
  if (!call) return call.error();
  const auto address = net::Address::parse(*call->text("address"));
  if (!address) {
    call->complain(address.error());
    return exit_usage;
  }
  const auto files = inventory(*call);
  // From here on, what Dovecot's processes see, and files in the cache that they can write.
  const auto done = become_dovecots_user(call->config.general.state_path, context.config_path);
  if (!done) {
    call->complain(done.error());
    return exit_cannot_decide;
  }
  const auto bytes = lists::compile(files.book);
  const auto index = lists::Index::over(std::as_bytes(std::span(bytes)));
  if (!index) {
    call->complain(index.error());
    return exit_cannot_decide;
  }
  const verdict::Decider decider(*index, call->config);
  facts::Login login;
  login.address = *address;
  login.user = call->text("user").value_or("");
  login.master = call->text("master").value_or("");
  login.client_id = call->text("client-id").value_or("");
  if (const auto block = net::special_purpose(*login.origin())) {
    context.out << fmt::format("{} is {}: a login from there is never refused.\n",
                               login.origin()->str(), *block);
    return exit_good;
  }

  std::vector<std::string> warnings;
  ask::Gathering how{call->config,
                     context.config_path,
                     begun + call->config.lookup.deadline,
                     context.now(),
                     call->values.count("offline") == 0,
                     true};
  how.by_rules = decider.wanted_by_rules();
  const auto facts = ask::gather(*login.origin(), decider.wanted(), how, warnings);
  for (const auto& warning : warnings) call->complain(warning);
  for (const auto& fact : unknown(facts)) {
    call->complain(fmt::format("unknown, so no rule on it matches: {}", fact));
  }
  const auto service = call->text("service");
  const std::vector<std::string> names =
      service ? std::vector{*service} : std::vector<std::string>(services.begin(), services.end());
  const auto hits = try_services(decider, login, facts, names, files);
  if (!decider.trouble().empty()) call->complain(decider.trouble());
  print(hits, !service, *call);
  return hits.empty() ? exit_good : exit_bad;
}

}  // namespace badclients::admin::clients_command
