#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "lists/rulebook.hpp"

/// The client files that there are, and turning them on and off.
namespace badclients::admin {

/// Where client files lie.
struct ClientFolders {
  std::string list_path;
  std::string catalogue;  ///< absolute

  /// list_path/clients: what lies here is enabled.
  [[nodiscard]] std::string enabled() const { return list_path + "/clients"; }
  /// list_path/clients/ID.client
  [[nodiscard]] std::string enabled_file(const std::string& id) const;
  [[nodiscard]] std::string catalogue_file(const std::string& id) const;
  [[nodiscard]] std::string monitor_file(const std::string& id) const;
};

struct ClientFile {
  lists::Client client;
  std::size_t rules = 0;
  bool enabled = false;
  bool own = false;  ///< enabled, and no link to the catalogue: the administrator's
  /// There is something of its ID in list_path/clients that cannot be used: a link to nothing, a
  /// file that may not be read or has no name. What else is here is the catalogue's; where that has
  /// no such client the name is empty.
  bool broken = false;
  std::string file;  ///< what was read: of the catalogue where it is not enabled
};

/// Every client file, enabled or in the catalogue.
struct Inventory {
  std::vector<ClientFile> clients;  ///< by id
  /// The rules of all of them, as if all were enabled, in the order of `clients`. Its files are
  /// absolute, or as list_path is.
  lists::RuleBook book;
  std::vector<std::string> faults;  ///< what is wrong, for people
  /// Why the catalogue's folder cannot be read; empty: it can. The clients are those of list_path.
  std::string no_catalogue;

  /// Null where there is none.
  [[nodiscard]] const ClientFile* find(std::string_view id) const;
};

/// Never throws on what is in the files.
Inventory take_inventory(const ClientFolders& folders);

/// What was done to list_path/clients for a client.
struct LinkChange {
  std::string text;                 ///< a sentence about ID; empty: it was not enabled
  std::vector<std::string> made{};  ///< paths of the link and of ID.monitor
  std::vector<std::string> removed{};
  std::string target{};  ///< of the link that was made or removed
};

/// ID, of the rule "clients/ID.client:3" of an audit line; empty where it is none of a client's.
constexpr std::string_view id_in_rule(std::string_view rule) {
  constexpr std::string_view folder = "clients/";
  const auto end = rule.rfind(lists::client_extension);
  return rule.starts_with(folder) && end != std::string_view::npos && end > folder.size()
             ? rule.substr(folder.size(), end - folder.size())
             : std::string_view();
}

/// Enables a client of the catalogue: a symbolic link in list_path/clients, made under another name
/// and renamed, so that a login sees it whole or not at all. What is enabled already, a file or a
/// link of the administrator's too, stays; a link to nothing is replaced. In `monitor` a file
/// ID.monitor comes before the link, else one that is there goes.
/// Error: why it could not be.
tl::expected<LinkChange, std::string> enable(const ClientFolders& folders, const std::string& id,
                                             bool monitor);

/// Takes away the link, wherever it leads, and ID.monitor. A file that is no link is the
/// administrator's, and stays: an error.
tl::expected<LinkChange, std::string> disable(const ClientFolders& folders, const std::string& id);

}  // namespace badclients::admin
