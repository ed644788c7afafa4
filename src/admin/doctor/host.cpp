#include "admin/doctor/host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/number.hpp"
#include "base/text.hpp"

namespace badclients::admin::doctor {

namespace {

constexpr std::string_view policy_program = "badclients-policy";

/// "/usr/bin/badclients" -> "badclients"
std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

std::string_view to_string(Level level) {
  return level == Level::ok ? "ok" : level == Level::warning ? "warning" : "error";
}

Level level_of(std::string_view word) {
  return word == "ok" ? Level::ok : word == "warning" ? Level::warning : Level::error;
}

std::string Host::setting(const std::string& path, std::string otherwise) const {
  auto value = dovecot.setting(path);
  return value.empty() ? otherwise : value;
}

bool Host::is_on(const std::string& path, bool otherwise) const {
  return setting(path, otherwise ? "yes" : "no") == "yes";
}

std::vector<DovecotBlock> Host::passdbs() const {
  std::vector<DovecotBlock> found;
  for (const auto& block : dovecot.configuration.blocks) {
    const bool is_passdb = block.name == "passdb" || block.name.starts_with("passdb ");
    if (is_passdb && block.text("master") != "yes") found.push_back(block);
  }
  return found;
}

std::optional<std::size_t> Host::door_passdb() const {
  const auto all = passdbs();
  const auto found = std::ranges::find_if(all, is_badclients);
  if (found == all.end()) return std::nullopt;
  return static_cast<std::size_t>(found - all.begin());
}

std::optional<DovecotBlock> Host::door_service() const {
  for (const auto& block : dovecot.configuration.blocks) {
    if (block.name.starts_with("service ") &&
        block.text("executable").find(policy_program) != std::string::npos) {
      return block;
    }
  }
  return std::nullopt;
}

std::vector<Finding> run_checks(std::span<const Check> checks, const Host& host) {
  std::vector<Finding> findings;
  for (const auto& check : checks) {
    auto outcome = check.run(host);
    const std::string name{check.name};
    for (auto& fault : outcome.faults) {
      findings.push_back({name, fault.level, std::move(fault.text), std::move(fault.advice)});
    }
    if (outcome.faults.empty() && !outcome.good.empty()) {
      findings.push_back({name, Level::ok, std::move(outcome.good)});
    }
  }
  return findings;
}

std::string driver_of(const DovecotBlock& passdb) {
  const auto driver = passdb.text("driver");
  const auto blank = passdb.name.find(' ');
  return driver.empty() && blank != std::string::npos ? passdb.name.substr(blank + 1) : driver;
}

Program read_program(std::string_view words) {
  Program program;
  constexpr std::string_view option = "--config";
  bool is_next = false;
  for (const auto word : base::words(words)) {
    if (program.path.empty()) {
      program.path = word;
    } else if (is_next || word.starts_with("--config=")) {
      program.config = is_next ? word : word.substr(option.size() + 1);
      is_next = false;
    } else {
      is_next = word == option;
    }
  }
  return program;
}

std::vector<Program> programs(const Host& host) {
  std::vector<Program> found;
  if (const auto at = host.door_passdb()) {
    found.push_back(read_program(host.passdbs()[*at].text("args")));
  }
  if (const auto service = host.door_service()) {
    const auto command = service->text("executable");
    const auto words = base::words(command);
    const auto own = std::ranges::find_if(
        words, [](std::string_view word) { return last_part(word).starts_with(policy_program); });
    if (own != words.end()) {
      found.push_back(read_program(std::string_view(command).substr(
          static_cast<std::size_t>(own->data() - command.data()))));
    }
  }
  return found;
}

std::vector<Listener> door_listeners(const Host& host) {
  std::vector<Listener> found;
  const auto service = host.door_service();
  for (const auto& block : service ? service->blocks : std::vector<DovecotBlock>{}) {
    if (!block.name.starts_with("inet_listener")) continue;
    const auto address = block.text("address");
    found.push_back({address.empty() ? block.text("listen") : address, block.text("port")});
  }
  return found;
}

std::optional<std::chrono::milliseconds> read_duration(std::string_view text,
                                                       std::chrono::milliseconds unit) {
  using namespace std::chrono_literals;
  text = base::trimmed(text);
  const auto number = base::take_number<std::uint64_t>(text);
  if (!number) return std::nullopt;
  const auto word = base::lowered(base::trimmed(text));
  const auto times = [number = *number](std::chrono::milliseconds length) {
    constexpr std::uint64_t longest = 1'000'000;  // more than a week of seconds
    return length * static_cast<std::int64_t>(std::min(number, longest));
  };
  if (word.empty()) return times(unit);
  for (const auto& [begin, length] :
       {std::pair<std::string_view, std::chrono::milliseconds>{"ms", 1ms},
        {"mil", 1ms},
        {"s", 1s},
        {"m", 1min},
        {"h", 1h},
        {"d", 24h},
        {"w", 168h}}) {
    if (word.starts_with(begin)) return times(length);
  }
  return std::nullopt;
}

}  // namespace badclients::admin::doctor
