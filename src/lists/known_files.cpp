#include "lists/known_files.hpp"

#include <fmt/format.h>

#include <vector>

#include "config/nearest.hpp"
#include "lists/file.hpp"
#include "lists/text.hpp"

namespace badclients::lists {

namespace {

using Severity = config::Problem::Severity;

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

// Relative to list_path: lists, and the folders of more of them.
std::vector<std::string> known_paths() {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < field_count; ++i) {
    for (const auto action : {Action::deny, Action::allow}) {
      const auto field = static_cast<Field>(i);
      if (!has_list(field, action)) continue;
      paths.push_back(list_stem(field, action) + ".lst");
      paths.push_back(list_stem(field, action) + ".d");
    }
  }
  return paths;
}

bool looks_like_a_list(std::string_view name) {
  return name.find(".deny") != std::string_view::npos ||
         name.find(".allow") != std::string_view::npos || name.ends_with(".lst") ||
         name.ends_with(".list");
}

std::string hint(const std::string& path, const std::vector<std::string>& known) {
  const auto base = lowered(base_name(path));
  const auto field = base.substr(0, base.find('.')) + ".";
  const bool allow = base.find(".allow") != std::string::npos;
  config::Nearest nearest{path};
  for (const auto& candidate : known) {
    // The field is right, and the folder, upper case or the ending is not.
    if (base_name(candidate).starts_with(field) &&
        (candidate.find(".allow") != std::string::npos) == allow) {
      return fmt::format(" (did you mean {}?)", candidate);
    }
    nearest.offer(candidate);
  }
  return nearest.hint();
}

}  // namespace

bool has_list(Field field, Action action) {
  if (field == Field::service || field == Field::master) return false;
  return field != Field::user || action == Action::allow;
}

std::string list_stem(Field field, Action action) {
  return fmt::format("{}.{}", name(field), action == Action::deny ? "deny" : "allow");
}

std::optional<Advice> advice_about(const std::string& path) {
  const auto base = base_name(path);
  if (is_set_aside(base)) return std::nullopt;
  if (path == "user.deny.lst" || path == "user.deny.d") {
    return Advice{Severity::error,
                  "user lists can only allow (user.allow.lst); to refuse a user, write a rule with "
                  "user=NAME in a client file"};
  }
  if (path.starts_with("service.deny.") || path.starts_with("service.allow.")) {
    return Advice{Severity::warning,
                  "is not read: services are refused by disabled_services in the configuration"};
  }
  if (base.ends_with(".client")) {
    return Advice{Severity::warning, "is not read: client files belong in the folder clients"};
  }
  if (!looks_like_a_list(base)) return std::nullopt;
  const auto known = known_paths();
  for (const auto& candidate : known) {
    if (candidate == path) return std::nullopt;
  }
  return Advice{Severity::warning,
                fmt::format("is not read: there is no list of this name{}", hint(path, known))};
}

}  // namespace badclients::lists
