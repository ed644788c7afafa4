// check_folders: folders below list_path that nobody reads, though there are lists in them.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "admin/lint.hpp"
#include "config/nearest.hpp"
#include "lists/file.hpp"
#include "lists/known_files.hpp"
#include "lists/rulebook.hpp"

namespace badclients::admin {

namespace fs = std::filesystem;
using Severity = config::Problem::Severity;

namespace {

constexpr const char* clients_folder = "clients";
constexpr const char* maxmind_folder = "maxmind";

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

/// Folders of lists, relative to list_path: "ip_net.deny.d", "maxmind/geo_cc.allow.d", ...
std::vector<std::string> known_folders() {
  std::vector<std::string> folders;
  for (std::size_t i = 0; i < lists::field_count; ++i) {
    const auto field = static_cast<lists::Field>(i);
    for (const auto action : {lists::Action::deny, lists::Action::allow}) {
      if (lists::has_list(field, action)) folders.push_back(lists::list_stem(field, action) + ".d");
    }
  }
  return folders;
}

bool looks_like_one_of_ours(std::string_view name) {
  constexpr std::array endings{".lst", ".list", ".txt", ".net", ".netset", ".ipset", ".client"};
  return !lists::is_set_aside(name) &&
         (name == clients_folder || name == maxmind_folder ||
          std::ranges::any_of(endings, [&](const char* end) { return name.ends_with(end); }));
}

/// Looks for them in one folder.
class Search {
 public:
  Search(std::string list_path, std::string state_path, Problems& problems)
      : list_path_(std::move(list_path)),
        state_path_(std::move(state_path)),
        known_(known_folders()),
        problems_(problems) {}

  /// `prefix`: empty, or the name of a folder with a slash behind it.
  void in(const std::string& prefix) {
    const auto names = lists::folder_names(fmt::format("{}/{}", list_path_, prefix));
    if (!names) return;
    for (const auto& name : *names) {
      const auto path = fmt::format("{}/{}{}", list_path_, prefix, name);
      if (lists::is_set_aside(name) || !is_folder(path) || is_known(prefix, name)) continue;
      const auto inside = lists::folder_names(path);
      if (!inside || std::ranges::none_of(*inside, looks_like_one_of_ours)) continue;
      problems_.push_back(
          {Severity::warning, path, 0,
           fmt::format("is not read, nor is what lies in it{}", hint(prefix, name, *inside))});
    }
  }

 private:
  [[nodiscard]] bool is_known(const std::string& prefix, const std::string& name) const {
    if (prefix.empty() && (name == clients_folder || name == maxmind_folder)) return true;
    // What is nearly called like a client file there, reading them says.
    if (prefix == "clients/") return name == "data" || name.find("client") != std::string::npos;
    if (std::ranges::find(known_, prefix + name) != known_.end()) return true;
    std::error_code ignored;
    return fs::equivalent(fmt::format("{}/{}{}", list_path_, prefix, name), state_path_, ignored);
  }

  [[nodiscard]] std::string hint(const std::string& prefix, const std::string& name,
                                 const std::vector<std::string>& inside) const {
    const auto copies = [&](const std::string& each) {
      return is_known("", each) || lists::is_list_name(each);
    };
    if (std::ranges::any_of(inside, copies)) {
      return fmt::format(" (a copy of lists? try: mv {0}/{1}{2}/* {0}/)", list_path_, prefix, name);
    }
    if (std::ranges::any_of(inside, [](const std::string& each) {
          return each.ends_with(lists::client_extension);
        })) {
      return fmt::format(" (client files go into {})", clients_folder);
    }
    const auto field = name.substr(0, name.find('.')) + ".";
    config::Nearest nearest(name);
    for (const auto& folder : known_) {
      const auto base = folder.substr(folder.rfind('/') + 1);
      const bool allows = name.find("allow") != std::string::npos;
      if (base.starts_with(field) && (base.find("allow") != std::string::npos) == allows) {
        return fmt::format(" (did you mean {}?)", folder);
      }
      nearest.offer(folder);
    }
    if (!nearest.name().empty()) return nearest.hint();
    return " (more lists go into NAME.deny.d, such as ip_net.deny.d)";
  }

  std::string list_path_, state_path_;
  std::vector<std::string> known_;
  Problems& problems_;
};

}  // namespace

Problems check_folders(const config::Config& config) {
  Problems problems;
  Search search(config.general.list_path, config.general.state_path, problems);
  for (const auto* prefix : {"", "maxmind/", "clients/"}) search.in(prefix);
  return problems;
}

}  // namespace badclients::admin
