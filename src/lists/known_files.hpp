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

/// "ip_net.deny", "maxmind/geo_cc.allow": the name, below list_path, of the list (with `.lst`) and
/// of the folder of more of it (with `.d`).
std::string list_stem(Field field, Action action);

/// Whether it is the name of a list, or of a folder of more of one, relative to list_path.
bool is_list_name(std::string_view path);

/// Which list (`ending` is ".lst") or folder of more of one (".d") may be meant by a name that is
/// none: " (did you mean ip_net.deny.d?)"; empty where nothing is near. One that was meant to let
/// in is no hint at one that refuses.
std::string hint_at_list(std::string_view path, std::string_view ending);

/// What may be meant by a word (lower case) that is no field's name: " (did you mean ip_net?)" for
/// `cidr`; empty where nothing is near.
std::string hint_at_field(std::string_view word);

/// What to say about something that lies in list_path or in its folder `maxmind`, and is nothing
/// that is read; nothing where it does not look like a list. `path` is relative to list_path.
struct Advice {
  config::Problem::Severity severity;
  std::string text;
};
std::optional<Advice> advice_about(const std::string& path);

}  // namespace badclients::lists
