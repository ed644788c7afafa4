#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "admin/notify/people.hpp"

namespace badclients::admin::notify {

/// A table of those who are not told before, and how many there are of each fate.
std::string as_text(const std::vector<Person>& people, bool dry_run);
nlohmann::ordered_json as_json(const std::vector<Person>& people, bool dry_run);
/// A line a person that is due, with what templates have: for a mail merge.
std::string as_csv(const std::vector<Person>& people);

}  // namespace badclients::admin::notify
