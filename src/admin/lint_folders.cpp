// check_folders: folders below list_path that nobody reads, with lists in them.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "admin/lint.hpp"
#include "lists/file.hpp"
#include "lists/known_files.hpp"

namespace badclients::admin {

namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

constexpr std::string_view clients_folder = "clients";
constexpr std::string_view maxmind_folder = "maxmind";

bool looks_like_one_of_ours(const std::string& name) {
  constexpr std::array endings{".lst", ".list", ".txt", ".net", ".netset", ".ipset", ".client"};
  return !lists::is_set_aside(name) &&
         (name == clients_folder || name == maxmind_folder ||
          std::ranges::any_of(endings, [&](const char* end) { return name.ends_with(end); }));
}

/// `prefix` is empty, or the name of a folder with a slash behind it.
bool is_known(const std::string& prefix, const std::string& name) {
  if (prefix.empty() && (name == clients_folder || name == maxmind_folder)) return true;
  // What is nearly called like a client file there, reading them says.
  if (prefix == "clients/") return name == "data" || name.find("client") != std::string::npos;
  return lists::is_list_name(prefix + name);
}

std::string hint(const std::string& path, const Names& inside, const std::string& list_path) {
  const auto is_copy = [](const std::string& name) {
    return is_known("", name) || lists::is_list_name(name);
  };
  const auto is_client = [](const std::string& name) {
    return name.ends_with(lists::client_extension);
  };
  if (std::ranges::any_of(inside, is_copy)) {
    return fmt::format("; it looks like a copy of lists (try: mv {}/* {}/)", path, list_path);
  }
  if (std::ranges::any_of(inside, is_client)) {
    return fmt::format(" (client files go into {})", clients_folder);
  }
  const auto near = lists::hint_at_list(path, ".d");
  return near.empty() ? " (more lists go into NAME.deny.d, such as ip_net.deny.d)" : near;
}

}  // namespace

void check_folders(Lint& lint) {
  const auto& [list_path, state_path] =
      std::tie(lint.config.general.list_path, lint.config.general.state_path);
  for (const std::string prefix : {"", "maxmind/", "clients/"}) {
    const auto folder = fmt::format("{}/{}", list_path, prefix);
    std::error_code unseen;
    if (fs::equivalent(folder, state_path, unseen)) {
      lint.problems.push_back({Severity::error, state_path, 0,
                               "is general/state_path and a folder of lists: each login writes to "
                               "it, and so has to read "
                               "all lists anew (try state_path = /var/lib/badclients)"});
    }
    const auto names = lists::folder_names(folder);
    if (!names) continue;
    for (const auto& name : *names) {
      const auto path = fmt::format("{}/{}{}", list_path, prefix, name);
      std::error_code none;
      if (lists::is_set_aside(name) || is_known(prefix, name) || !fs::is_directory(path, none) ||
          fs::equivalent(path, state_path, none)) {
        continue;
      }
      const auto inside = lists::folder_names(path);
      if (!inside || std::ranges::none_of(*inside, looks_like_one_of_ours)) continue;
      lint.problems.push_back(
          {Severity::warning, path, 0,
           "is not read, nor is what lies in it" + hint(path, *inside, list_path)});
    }
  }
}

}  // namespace badclients::admin
