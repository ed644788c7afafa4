#include "admin/doveconf.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ranges>
#include <set>

#include "base/number.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace badclients::admin {

namespace {

/// Without what stands behind " #"; a value that begins so is doveconf's "# hidden".
std::string_view without_comment(std::string_view value) {
  if (value.starts_with('#') || value.starts_with('"')) return value;
  return base::trimmed(value.substr(0, value.find(" #")));
}

std::string unquoted(std::string_view value) {
  const bool quoted = value.size() > 1 && value.starts_with('"') && value.ends_with('"');
  return std::string(quoted ? value.substr(1, value.size() - 2) : value);
}

void add(const DovecotBlock& block, const std::string& path,
         std::map<std::string, std::string>& all) {
  for (const auto& [name, value] : block.settings) all[path + name] = value;
  for (const auto& inner : block.blocks) {
    auto name = inner.name;
    std::ranges::replace(name, ' ', '/');
    // A group of settings, and not a block that has a name of its own.
    add(inner, path + name + (name == "auth_policy" ? '_' : '/'), all);
  }
}

/// Of a process of that service; nothing: there is no limit.
std::optional<std::uint64_t> address_space(const std::map<std::string, std::string>& settings,
                                           const std::string& service) {
  const auto size = [&](const std::string& path, std::string_view otherwise) {
    const auto found = settings.find(path);
    return read_size(found == settings.end() ? otherwise : found->second);
  };
  constexpr std::uint64_t dovecots_default = UINT64_MAX;
  const auto own = size(fmt::format("service/{}/vsz_limit", service), "");
  const auto limit = own && *own != dovecots_default ? own : size("default_vsz_limit", "256 M");
  return limit && *limit == 0 ? std::nullopt : limit;
}

}  // namespace

std::string DovecotBlock::text(std::string_view setting) const {
  std::string value;
  for (const auto& [each, text] : settings) {
    if (each == setting) value = text;
  }
  return value;
}

DovecotBlock read_dovecot_block(std::string_view text) {
  DovecotBlock whole;
  std::vector<DovecotBlock*> open{&whole};
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = base::trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto equals = line.find('=');
    if (line.empty() || line.starts_with('#') || line.starts_with('!')) continue;
    if (line == "}") {
      if (open.size() > 1) open.pop_back();
    } else if (equals != std::string_view::npos) {
      const auto value = without_comment(base::trimmed(line.substr(equals + 1)));
      open.back()->settings.emplace_back(base::trimmed(line.substr(0, equals)), unquoted(value));
    } else if (line.ends_with('{')) {
      auto& blocks = open.back()->blocks;
      blocks.push_back({std::string(base::trimmed(line.substr(0, line.size() - 1))), {}, {}});
      open.push_back(&blocks.back());
    }
  }
  return whole;
}

std::map<std::string, std::string> settings_by_path(const DovecotBlock& block) {
  std::map<std::string, std::string> all;
  add(block, "", all);
  return all;
}

std::optional<std::uint64_t> read_size(std::string_view text) {
  text = base::trimmed(text);
  const auto number = base::take_number<std::uint64_t>(text);
  if (!number) return std::nullopt;
  const auto word = base::lowered(base::trimmed(text));
  constexpr std::string_view units = "bkmgt";
  const auto unit = word.empty() ? 0 : units.find(word.front());
  if (unit == std::string_view::npos) return std::nullopt;
  constexpr unsigned bits_of_unit = 10;
  const auto shift = bits_of_unit * unit;
  return *number > (UINT64_MAX >> shift) ? UINT64_MAX : *number << shift;
}

bool is_badclients(const DovecotBlock& passdb) {
  return passdb.text("driver") == "checkpassword" &&
         passdb.text("args").find("badclients") != std::string::npos;
}

std::vector<DoorService> door_services(const DovecotBlock& configuration) {
  constexpr std::string_view service = "service ";
  std::set<std::string> names;
  for (const auto& block : configuration.blocks) {
    if (block.name == "passdb" && is_badclients(block)) names.emplace("auth");
    if (block.name.starts_with(service) &&
        block.text("executable").find("badclients-policy") != std::string::npos) {
      names.insert(block.name.substr(service.size()));
    }
  }
  const auto settings = settings_by_path(configuration);
  std::vector<DoorService> found;
  for (const auto& name : names) {
    found.push_back({name, address_space(settings, name)});
  }
  return found;
}

std::string find_program(const std::string& name) {
  const char* const set = std::getenv("PATH");
  const auto all = std::string(set == nullptr ? "" : set) +
                   ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (std::string_view left = all; !left.empty();) {
    const auto path = fmt::format("{}/{}", base::cut(left, ':'), name);
    if (path.starts_with('/') && access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

base::Deadline in_a_minute() {
  return std::chrono::steady_clock::now() + std::chrono::minutes{1};
}

tl::expected<Said, std::string> ask_program(const std::string& name,
                                            std::vector<std::string> arguments,
                                            base::Deadline deadline) {
  const auto program = find_program(name);
  if (program.empty()) return tl::unexpected(fmt::format("there is no program {}", name));
  base::Command command{program, std::move(arguments), "", {}};
  command.deadline = deadline;
  command.most_output = std::size_t{4} * 1024 * 1024;
  command.most_stderr_text = std::size_t{16} * 1024;
  auto ran = base::run(command);
  if (!ran) return tl::unexpected(ran.error());
  if (ran->end != base::Ran::End::exited) {
    return tl::unexpected(fmt::format("{} did not end as it should", program));
  }
  return Said{ran->code, std::move(ran->output), std::move(ran->stderr_text)};
}

std::string dovecot_setting(const std::string& path) {
  // Not -h: Dovecot 2.4.1 refuses it for every setting.
  const auto said = ask_program("doveconf", {path});
  if (!said || said->code != 0) return {};
  const auto all = settings_by_path(read_dovecot_block(said->output));
  const auto found = all.find(path);
  return found == all.end() ? "" : found->second;
}

}  // namespace badclients::admin
