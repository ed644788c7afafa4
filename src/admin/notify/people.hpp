#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "admin/client_files.hpp"
#include "admin/notify/address.hpp"
#include "admin/notify/due.hpp"
#include "admin/notify/template.hpp"
#include "admin/notify/told.hpp"

namespace badclients::admin::notify {

enum class Fate : std::uint8_t {
  due,          ///< is to be told
  sent,         ///< the mail server has the message
  written,      ///< the message is in a file
  told_before,  ///< in the last 90 days
  excluded,     ///< the address is of a domain that --domain does not name
  no_address,   ///< the name is none that can be written to
  failed,       ///< the mail server did not take it
};
/// "due" "sent" "written" "told_before" "excluded" "no_address" "failed"
std::string_view to_string(Fate fate);

/// One user and one client.
struct Person {
  Use use;
  Values values;  ///< for the template
  Fate fate = Fate::due;
  std::string why;                  ///< of no_address and failed
  std::optional<facts::Time> told;  ///< of told_before
};

/// What is to be done, by client and user. Of several names of one address the first is due, the
/// others are told before.
std::vector<Person> people(const Uses& uses, const Inventory& clients,
                           const std::optional<Domains>& domains, const Told& told,
                           facts::Time now);

}  // namespace badclients::admin::notify
