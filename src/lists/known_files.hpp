#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/problem.hpp"
#include "lists/rulebook.hpp"

/// Which files and folders of list_path are read, and what to say about the others.
namespace badclients::lists {

/// Whether there is such a list: no deny list of users, no lists of services.
bool has_list(Field field, Action action);

/// "ip_net.deny", "maxmind/geo_cc.allow": with `.lst` the list's name below list_path, with `.d`
/// the name of the folder with more files of it.
std::string list_stem(Field field, Action action);

/// Whether `path`, relative to list_path, is the name of a list, or of such a folder.
bool is_list_name(std::string_view path);

/// Which list (`ending` is ".lst") or such folder (".d") an unknown name may mean: " (did you mean
/// ip_net.deny.d?)"; empty: nothing is near. A name that means to let in is never taken for a list
/// that refuses.
std::string hint_at_list(std::string_view path, std::string_view ending);

/// What a word (lower case) that is no field's name may mean: " (did you mean ip_net?)" for `cidr`;
/// empty: nothing is near.
std::string hint_at_field(std::string_view word);

/// What to say about a file in list_path, or in its folder `maxmind`, that is not read; nothing if
/// it does not look like a list. `path` is relative to list_path.
struct Advice {
  config::Problem::Severity severity;
  std::string text;
};
std::optional<Advice> advice_about(const std::string& path);

}  // namespace badclients::lists
