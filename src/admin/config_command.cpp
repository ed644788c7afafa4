#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/command.hpp"
#include "admin/options.hpp"
#include "admin/problems.hpp"
#include "admin/terminal.hpp"
#include "config/effective.hpp"
#include "config/nearest.hpp"
#include "config/values.hpp"

namespace badclients::admin {

namespace {

using config::Effective;
using nlohmann::ordered_json;

std::string full_name(const Effective& one) {
  return fmt::format("{}/{}", one.section, one.name);
}

/// `word`: a key, its section and it, or a section.
bool is_meant(const Effective& one, const std::string& word) {
  return one.name == word || one.section == word || full_name(one) == word;
}

/// Those that `words` name, all where there are none. Nothing, after a complaint: a word names
/// none.
std::optional<std::vector<Effective>> choose(const std::vector<Effective>& all,
                                             const std::vector<std::string>& words,
                                             const Context& context) {
  for (const auto& word : words) {
    const auto meant = [&](const Effective& one) { return is_meant(one, word); };
    if (std::ranges::any_of(all, meant)) continue;
    config::Nearest nearest{word};
    for (const auto& one : all) {
      nearest.offer(one.name);
      nearest.offer(one.section);
    }
    context.complain(fmt::format("config: there is no key '{}'{}", word, nearest.hint()));
    return std::nullopt;
  }
  std::vector<Effective> chosen;
  std::ranges::copy_if(all, std::back_inserter(chosen), [&](const Effective& one) {
    return words.empty() ||
           std::ranges::any_of(words, [&](const std::string& word) { return is_meant(one, word); });
  });
  return chosen;
}

ordered_json as_json(const Effective& one) {
  return {
      {"section", one.section},
      {"key", one.name},
      {"value", config::without_password(one.value)},
      {"default", one.section == "update" ? ordered_json(nullptr) : ordered_json(one.default_text)},
      {"line", one.line == 0 ? ordered_json(nullptr) : ordered_json(one.line)}};
}

}  // namespace

int show_config(const std::vector<std::string>& arguments, const Context& context) {
  CommandLine line{"config [KEY]... [OPTION]...",
                   "Shows what is in force for each key of the configuration, whether the file "
                   "sets it\nor not. KEY is a key, SECTION/KEY or a section."};
  line.rest = "KEY";
  line.flag("changed,n", "only what the file sets").flag("json", "print one JSON object");
  const auto call = begin(line, arguments, context);
  if (!call) return call.error();
  const auto all = config::load_effective(context.config_path);
  if (!all) return call->cannot(all.error().str());
  auto chosen = choose(*all, call->words("KEY"), context);
  if (!chosen) return exit_usage;
  // Keys of the original have no effect: they are worth showing only where the file has them.
  std::erase_if(*chosen, [&](const Effective& one) {
    return one.line == 0 && (call->has("changed") || one.from_original);
  });
  const auto errors = call->errors();
  if (call->has("json")) {
    ordered_json json;
    json["file"] = context.config_path;
    json["settings"] = ordered_json::array();
    for (const auto& one : *chosen) json["settings"].push_back(as_json(one));
    json["problems"] = problems_json(call->problems);
    context.out << json_text(json);
  } else {
    for (const auto& one : *chosen) {
      const auto value = config::without_password(one.value);
      context.out << printable(
                         fmt::format("{} ={}{}", full_name(one), value.empty() ? "" : " ", value))
                  << '\n';
    }
    for (const auto& error : errors) context.complain(error);
  }
  return errors.empty() ? exit_good : exit_bad;
}

}  // namespace badclients::admin
