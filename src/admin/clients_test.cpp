#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <ostream>
#include <span>

#include "admin/clients.hpp"
#include "admin/login_options.hpp"
#include "admin/owner.hpp"
#include "admin/terminal.hpp"
#include "config/scope.hpp"
#include "lists/index_builder.hpp"

namespace badclients::admin::clients_command {

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

void print(const std::vector<Hit>& hits, bool all_services, const Context& context) {
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
    context.out << "No client's rule matches.\n";
  } else {
    context.out << table(rows);
  }
}

nlohmann::ordered_json as_json(const net::Address& address, const std::vector<Hit>& hits) {
  nlohmann::ordered_json json{{"address", address.str()},
                              {"hits", nlohmann::ordered_json::array()}};
  for (const auto& hit : hits) {
    const bool known = hit.file != nullptr;
    json["hits"].push_back(
        {{"id", known ? nlohmann::ordered_json(hit.file->client.id) : nlohmann::ordered_json()},
         {"name", known ? nlohmann::ordered_json(hit.file->client.name) : nlohmann::ordered_json()},
         {"state", known && state(*hit.file) != "-" ? state(*hit.file) : "not_enabled"},
         {"services", hit.services},
         {"rule", hit.rule}});
  }
  return json;
}

}  // namespace

int test(const std::vector<std::string>& arguments, const Context& context) {
  const auto begun = std::chrono::steady_clock::now();
  CommandLine line{"test ADDRESS [OPTION]...",
                   "Shows which clients, enabled or not, a login from an address would be taken\n"
                   "for. Without --service: to which services. Exit code 1 where there is one."};
  line.positional = {"address"};
  add_login(line);
  line.flag("json", "print one JSON object");
  const auto call = begin_clients(std::move(line), arguments, context);
  if (!call) return call.error();
  auto login = read_login(*call, call->text("address"));
  if (!login) return login.error();
  login->scope = config::scope_of(*login, call->config);
  const auto files = inventory(*call);
  if (!files.no_catalogue.empty()) return exit_cannot_decide;
  // From here on, what Dovecot's processes see, and files in the cache that they can write.
  const auto done = become_dovecots_user(call->config.general.state_path, context.config_path);
  if (!done) return call->cannot(done.error());
  const auto bytes = lists::compile(files.book);
  const auto index = lists::Index::over(std::as_bytes(std::span(bytes)));
  if (!index) return call->cannot(index.error());
  if (const auto block = login->scope.special_purpose; block && !call->has("json")) {
    context.out << fmt::format("{} is {}: a login from there is never refused.\n",
                               login->origin()->str(), *block);
    return exit_good;
  }

  lists::PatternMatcher matcher;
  const verdict::Decider decider(*index, call->config, matcher);
  std::vector<std::string> warnings;
  const auto facts = gather(*call, *login, decider.wanted(), decider, begun, warnings);
  // Those of now are among the warnings already; those that are remembered are not.
  for (const auto& text : facts::failures(facts)) {
    auto warning = fmt::format("{}: {}", login->origin()->str(), text);
    if (std::ranges::find(warnings, warning) == warnings.end()) warnings.push_back(warning);
  }
  for (const auto& warning : warnings) context.complain(warning);
  const bool all = login->service.empty();
  const std::vector<std::string> names =
      all ? std::vector<std::string>(services.begin(), services.end())
          : std::vector{login->service};
  const auto hits = try_services(decider, *login, facts, names, files);
  if (!matcher.trouble().empty()) context.complain(matcher.trouble());
  if (call->has("json")) {
    context.out << json_text(as_json(*login->address, hits));
  } else {
    print(hits, all, context);
  }
  return hits.empty() ? exit_good : exit_bad;
}

}  // namespace badclients::admin::clients_command
