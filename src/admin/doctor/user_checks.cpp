// user_checks: what badclients needs, seen by the user as whom Dovecot runs it.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "admin/doctor/host.hpp"
#include "admin/doctor/shared_cache.hpp"
#include "admin/lint.hpp"
#include "admin/owner.hpp"
#include "admin/registry_files.hpp"
#include "admin/terminal.hpp"
#include "ask/wire/protocol.hpp"
#include "base/process.hpp"
#include "base/state_file.hpp"
#include "base/text.hpp"
#include "budget/servers.hpp"
#include "cache/cache.hpp"
#include "facts/mmdb.hpp"
#include "lists/index.hpp"
#include "network/transport/dns.hpp"
#include "registry/store.hpp"

namespace badclients::admin::doctor {

namespace {

using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::steady_clock;

std::string me() {
  return user_name(geteuid());
}

std::string place_of(const config::Problem& problem) {
  return problem.line == 0 ? problem.file : fmt::format("{}:{}", problem.file, problem.line);
}

/// What lint says; what it says to do, "(try ...)" at the end, is the advice.
Outcome::Fault fault_of(const config::Problem& problem, Level level) {
  std::string_view text = problem.text;
  std::string advice{"mend that file; 'badclientsctl lint' tells all"};
  constexpr std::string_view begin = " (try";
  const auto at = text.rfind(begin);
  if (text.ends_with(')') && at != std::string_view::npos) {
    auto what = text.substr(at + begin.size(), text.size() - at - begin.size() - 1);
    if (what.starts_with(':')) what.remove_prefix(1);
    advice = base::trimmed(what);
    text = text.substr(0, at);
  }
  return {level, fmt::format("{}: {}", place_of(problem), text), std::move(advice)};
}

/// What of lint's errors is this user's lack of a right, and no other fault.
Outcome rights(const Host& host) {
  Outcome outcome;
  for (const auto& problem : find_faults(host.config_path, std::nullopt).problems) {
    const bool is_one = problem.text.find(std::strerror(EACCES)) != std::string::npos ||
                        problem.text.find("user " + me()) != std::string::npos;
    const bool is_states = problem.text.starts_with("general/state_path");  // state() says it
    if (problem.severity != Severity::error || !is_one || is_states) continue;
    outcome.faults.push_back(fault_of(problem, Level::error));
  }
  return outcome;
}

/// All that lint looks at: its first faults, and how many more there are.
Outcome configuration(const Host& host) {
  constexpr std::size_t most_told = 3;
  const auto findings = find_faults(host.config_path, std::nullopt);  // vsz_limit() looks at that
  const auto advice = fmt::format("run badclientsctl --config {} lint", host.config_path);
  Outcome outcome{fmt::format("badclientsctl lint finds no fault: {}, {}, {}",
                              counted(findings.lists, "list", "lists"),
                              counted(findings.entries, "entry", "entries"),
                              counted(findings.clients, "client", "clients")),
                  {}};
  for (const auto severity : {Severity::error, Severity::warning}) {
    const auto level = severity == Severity::error ? Level::error : Level::warning;
    std::size_t told = 0;
    for (const auto& problem : findings.problems) {
      if (problem.severity != severity || ++told > most_told) continue;
      outcome.faults.push_back(fault_of(problem, level));
    }
    if (told <= most_told) continue;
    const auto more = told - most_told;
    outcome.faults.push_back(
        {level,
         fmt::format("{} of lint's more", severity == Severity::error
                                              ? counted(more, "error", "errors")
                                              : counted(more, "warning", "warnings")),
         advice});
  }
  return outcome;
}

/// The user may run what Dovecot is told to run.
Outcome program(const Host& host) {
  Outcome outcome;
  for (const auto& [path, config] : programs(host)) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) {
      outcome.fail(fmt::format("Dovecot is told to run {}: {}", path, std::strerror(errno)),
                   "write the path where badclients is installed");
    } else if (!S_ISREG(status.st_mode) || access(path.c_str(), X_OK) != 0) {
      outcome.fail(fmt::format("user {} may not run {}, as Dovecot is told to", me(), path),
                   fmt::format("chmod 0755 {}", path));
    }
    outcome.good +=
        fmt::format("{}user {} may run {}", outcome.good.empty() ? "" : ", ", me(), path);
  }
  return outcome;
}

/// Each file of the state folder can be written to.
Outcome state(const Host& host) {
  const auto& folder = host.config.general.state_path;
  Outcome outcome{fmt::format("user {} may write to {} and each file in it", me(), folder), {}};
  if (faccessat(AT_FDCWD, folder.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
    const auto* why = std::strerror(errno);  // before it is asked who we are
    outcome.fail(fmt::format("user {} cannot use {}: {}", me(), folder, why),
                 fmt::format("install -d -m 0700 -o {} {}", me(), folder));
    return outcome;
  }
  std::error_code trouble;
  for (const auto& entry : std::filesystem::directory_iterator(folder, trouble)) {
    const auto path = entry.path().string();
    const bool is_ours = base::is_state_file(entry.path().filename().string());
    if (!is_ours || access(path.c_str(), R_OK | W_OK) == 0) continue;
    outcome.fail(fmt::format("user {} may not write to {}", me(), path),
                 fmt::format("chown {0}: {1}; chmod 0600 {1}", me(), path));
  }
  return outcome;
}

/// There is room for what is learnt.
Outcome disk(const Host& host) {
  constexpr std::uint64_t least = std::uint64_t{16} << 20U;
  const auto& folder = host.config.general.state_path;
  struct statvfs status {};
  if (statvfs(folder.c_str(), &status) != 0) return {};
  const auto free = std::uint64_t{status.f_bavail} * status.f_frsize;
  const auto text = fmt::format("{} MiB are free for {}", free >> 20U, folder);
  if (free >= least) return {text};
  Outcome outcome;
  outcome.fail(text + ": what is learnt cannot be remembered", "make room there");
  return outcome;
}

/// What is remembered can be read.
Outcome cache(const Host& host) {
  const auto& general = host.config.general;
  Outcome outcome{"the cache can be read", {}};
  constexpr seconds patience{2};
  auto opened = cache::Cache::open(general.state_path, host.config.cache, patience);
  facts::Facts facts;
  const auto read =
      opened ? opened->read(net::Address::v4(0x01010101),
                            facts::Wanted{true, true, true, true, true, {}}, facts, host.now())
             : tl::expected<void, std::string>(tl::unexpected(opened.error()));
  if (!read) {
    outcome.warn(read.error(),
                 "look at it again in a minute; 'badclientsctl cache clear' forgets it");
  }
  return outcome;
}

/// No registry has shut us out, and no nameserver is silent.
Outcome registries(const Host& host) {
  Outcome outcome{"every registry may be asked", {}};
  budget::Servers servers{host.config.general.state_path, host.config.budget, host.now};
  const auto states = servers.list();
  if (!states) {
    outcome.fail(states.error(), "without it no registry is asked: see what it says");
    return outcome;
  }
  for (const auto& each : *states) {
    const auto name =
        fmt::format("{} ({})", each.server.name, config::to_string(each.server.service));
    if (each.closed) {
      outcome.warn(fmt::format("{} wants to be left alone until {}: {}", name,
                               timestamp(each.closed->until), each.closed->reason),
                   "wait; where it comes again, lower its limit in section [budget]");
    } else if (each.full_until) {
      outcome.warn(
          fmt::format("the budget of {} is used up until {}", name, timestamp(*each.full_until)),
          "wait; 'badclientsctl cache servers' shows how many networks do");
    }
  }
  for (const auto& silence : servers.silences()) {
    if (!silence.is_known()) continue;
    outcome.warn(fmt::format("{} has not answered {} since {}", silence.source.name,
                             counted(silence.logins, "login", "logins"), timestamp(silence.since)),
                 "see whether this host reaches it");
  }
  return outcome;
}

/// The databases are not out of date.
Outcome geoip(const Host& host) {
  if (!host.config.general.enable_maxmind) return {};
  constexpr auto old = hours{24} * 35;  // the slowest publisher has one a month
  const auto& files = host.config.maxmind;
  Outcome outcome;
  for (const auto& path : {files.geo_city, files.geo_asn, files.anonymous_ip}) {
    if (path.empty()) continue;
    const auto database = facts::MmdbFile::open(path);
    if (!database) {
      outcome.fail(fmt::format("user {} cannot read {}: {}", me(), path, database.error().text),
                   "fetch it anew, or see to its mode");
      continue;
    }
    const auto age = std::chrono::duration_cast<seconds>(host.now() - database->built());
    const auto text = fmt::format("{} ({}) is {} old", path, database->type(), about(age));
    if (age > old) outcome.warn(text, "have it fetched every week");
    outcome.good += (outcome.good.empty() ? "" : ", ") + text;
  }
  return outcome;
}

/// Registry data that logins look at is whole, and not out of date.
Outcome registry_data(const Host& host) {
  constexpr auto old = hours{24} * 7;  // most publishers make a file each day
  constexpr const char* advice = "run badclientsctl registry update, and have it run each day";
  const auto& lookup = host.config.lookup;
  const bool local = config::has_local(lookup.origin) || config::has_local(lookup.registration);
  if (!local) return {};
  const auto path = registry::store_path(host.config.general.state_path);
  const auto store = registry::Store::open(path);
  Outcome outcome;
  if (!store) {
    outcome.fail(store.error(), advice);
    return outcome;
  }
  if (!*store) {
    const auto needs_it = [](const auto& wanted) {
      return config::has_local(wanted) && config::live(wanted).empty();
    };
    if (needs_it(lookup.origin) || needs_it(lookup.registration)) {
      outcome.fail(path + " is not there, and [lookup] names no other source", advice);
    }
    return outcome;
  }
  for (const auto& [publication, is_named, made] : registry_files(host.config.registry, &**store)) {
    if (!made) {
      outcome.warn(fmt::format("{} has nothing of {}", path, publication->name), advice);
      continue;
    }
    const auto age = std::chrono::duration_cast<seconds>(host.now() - *made);
    const auto text = fmt::format("{} in {} is {} old", publication->name, path, about(age));
    if (age > host.config.registry.max_age) {
      outcome.fail(text + ": it is not used (registry/max_age)", advice);
    } else if (age > old && is_named) {
      outcome.warn(text, advice);
    }
  }
  outcome.good = fmt::format("{} has {}", path, counted((*store)->made().size(), "file", "files"));
  return outcome;
}

bool asks_dns(const config::Config& config) {
  return config.lookup.reverse_dns || !config::live(config.lookup.origin).empty() ||
         !config::live(config.lookup.registration).empty();
}

/// Each nameserver answers.
Outcome resolver(const Host& host) {
  if (!asks_dns(host.config)) return {};
  constexpr seconds patience{2};
  // Resolvers know it themselves (RFC 6303), and ask nobody.
  const auto name = network::Name::reversed(net::Address::v4(0x7f000001), "in-addr.arpa");
  const auto servers = network::nameservers(host.config.dns);
  Outcome outcome;
  std::string answering;
  for (const auto& server : servers) {
    const auto answer =
        network::Resolver({server}).ask(*name, network::Type::ptr, steady_clock::now() + patience);
    if (answer) {
      answering += (answering.empty() ? "" : ", ") + server.str();
    } else {
      outcome.warn(
          fmt::format("the nameserver {} does not answer: {}", server.str(), answer.error()),
          host.config.dns.nameserver.empty() ? "see to /etc/resolv.conf" : "see to dns/nameserver");
    }
  }
  outcome.good = "the nameservers answer: " + answering;
  if (!answering.empty()) return outcome;
  for (auto& fault : outcome.faults) fault.level = Level::error;
  return outcome;
}

/// badclients-lookup runs, and can lock itself in.
Outcome helper(const Host& host) {
  if (!asks_dns(host.config)) return {};
  constexpr seconds patience{10};
  const auto deadline = steady_clock::now() + patience;
  const auto& path = host.config.lookup.helper;
  base::Command command{path, {"--config", host.config_path}, "", {}};
  command.input = ask::encode(ask::Request{net::Address::v4(0x7f000001), {}, deadline, {}});
  command.deadline = deadline;
  command.most_output = command.most_stderr_text = std::size_t{16} * 1024;
  const auto ran = base::run(command);
  Outcome outcome{"badclients-lookup runs in its sandbox", {}};
  const auto advice =
      fmt::format("run it as that user: {} --config {} 127.0.0.1", path, host.config_path);
  if (!ran) {
    outcome.fail(fmt::format("{}: without it the network is never asked", ran.error()),
                 "see to lookup/helper");
  } else if (ran->end != base::Ran::End::exited || ran->code != 0) {
    const auto said = ran->stderr_text.substr(0, ran->stderr_text.find('\n'));
    outcome.fail(fmt::format("{} does not work: {}", path,
                             said.empty() ? fmt::format("exit code {}", ran->code) : said),
                 advice);
  }
  return outcome;
}

/// A login has the address space for what it maps.
Outcome vsz_limit(const Host& host) {
  Outcome outcome;
  std::uint64_t need = 0;
  try {
    need = mapped_by_login(host.config) + lists::program_space;
  } catch (const std::exception&) {
    return {};  // lint says it
  }
  const auto text = [](std::uint64_t bytes) { return fmt::format("{} MiB", bytes >> 20U); };
  for (const auto& [service, limit] : door_services(host.dovecot.configuration)) {
    if (limit && *limit < need) {
      outcome.fail(
          fmt::format("service {} has {} of address space (vsz_limit), and a login takes {}",
                      service, text(*limit), text(need)),
          fmt::format("write 'vsz_limit = {}M' into service {}", (need >> 20U) + 64, service));
    }
    outcome.good = fmt::format("a login takes {} of address space, and has {}", text(need),
                               limit ? text(*limit) : "no limit");
  }
  return outcome;
}

constexpr std::array<Check, 12> all{{
    {"configuration", configuration},
    {"program", program},
    {"helper", helper},
    {"state", state},
    {"disk", disk},
    {"cache", cache},
    {"registries", registries},
    {"resolver", resolver},
    {"geoip", geoip},
    {"registry_data", registry_data},
    {"vsz_limit", vsz_limit},
    {"shared_cache", shared_cache},
}};

constexpr std::array<Check, 3> of_rights{{
    {"configuration", rights},
    {"program", program},
    {"state", state},
}};

}  // namespace

std::span<const Check> user_checks() {
  return all;
}

std::span<const Check> rights_checks() {
  return of_rights;
}

}  // namespace badclients::admin::doctor
