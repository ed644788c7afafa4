#include "admin/client_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "config/problem.hpp"
#include "lists/file.hpp"

namespace badclients::admin {

namespace fs = std::filesystem;

namespace {

using Severity = config::Problem::Severity;

/// Whether something is there and is no link into the catalogue.
bool is_own(const ClientFolders& folders, const std::string& id) {
  std::error_code error;
  const auto target = fs::read_symlink(folders.enabled_file(id), error);
  return error || target.string() != folders.catalogue_file(id);
}

void add_faults(const std::vector<config::Problem>& problems, std::vector<std::string>& faults) {
  for (const auto& problem : problems) {
    if (problem.severity == Severity::error) faults.push_back(problem.str());
  }
}

bool has(const lists::RuleBook& book, const std::string& id) {
  return std::ranges::any_of(book.clients, [&](const auto& client) { return client.id == id; });
}

/// Appends those clients of `from`, whose files are relative to `folder`, that the book does not
/// have yet.
void append(const lists::RuleBook& from, const std::string& folder, lists::RuleBook& book) {
  const auto files = static_cast<std::uint32_t>(book.files.size());
  for (const auto& file : from.files) {
    book.files.push_back(file.starts_with('/') ? file : folder + "/" + file);
  }
  std::map<std::uint32_t, std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < from.clients.size(); ++i) {
    if (has(book, from.clients[i].id)) continue;
    numbers[i] = static_cast<std::uint32_t>(book.clients.size());
    book.clients.push_back(from.clients[i]);
  }
  for (auto rule : from.client_rules) {
    const auto client = numbers.find(rule.client);
    if (client == numbers.end()) continue;
    rule.client = client->second;
    rule.where.file += files;
    book.client_rules.push_back(std::move(rule));
  }
}

/// IDs of what lies in list_path/clients and is none of the clients that were read there.
std::vector<std::string> broken_ids(const ClientFolders& folders, const lists::RuleBook& enabled) {
  std::vector<std::string> ids;
  const auto names = lists::folder_names(folders.enabled());
  if (!names) return ids;
  for (const auto& name : *names) {
    if (!name.ends_with(lists::client_extension) || lists::is_set_aside(name)) continue;
    auto id = name.substr(0, name.size() - lists::client_extension.size());
    if (!has(enabled, id)) ids.push_back(std::move(id));
  }
  return ids;
}

}  // namespace

std::string ClientFolders::enabled_file(const std::string& id) const {
  return enabled() + "/" + id + std::string(lists::client_extension);
}

std::string ClientFolders::catalogue_file(const std::string& id) const {
  return catalogue + "/" + id + std::string(lists::client_extension);
}

std::string ClientFolders::monitor_file(const std::string& id) const {
  return enabled() + "/" + id + std::string(lists::monitor_extension);
}

const ClientFile* Inventory::find(std::string_view id) const {
  const auto found =
      std::ranges::find_if(clients, [&](const auto& file) { return file.client.id == id; });
  return found == clients.end() ? nullptr : &*found;
}

Inventory take_inventory(const ClientFolders& folders) {
  Inventory inventory;
  lists::RuleBook enabled;
  std::error_code none;
  if (fs::is_directory(folders.enabled(), none)) enabled = lists::read_clients(folders.enabled());
  lists::RuleBook others;
  if (const auto names = lists::folder_names(folders.catalogue); names) {
    others = lists::read_clients(folders.catalogue);
  } else {
    inventory.no_catalogue = fmt::format("the catalogue of clients, {}, cannot be read: {}",
                                         folders.catalogue, names.error().reason);
  }
  add_faults(enabled.problems, inventory.faults);
  add_faults(others.problems, inventory.faults);
  append(enabled, folders.enabled(), inventory.book);
  append(others, folders.catalogue, inventory.book);

  const auto& book = inventory.book;
  for (std::uint32_t i = 0; i < book.clients.size(); ++i) {
    ClientFile file;
    file.client = book.clients[i];
    const auto& id = file.client.id;
    file.rules = static_cast<std::size_t>(
        std::ranges::count(book.client_rules, i, &lists::ClientRule::client));
    file.enabled = i < enabled.clients.size();
    file.own = file.enabled && is_own(folders, id);
    file.file = file.enabled ? folders.enabled_file(id) : folders.catalogue_file(id);
    inventory.clients.push_back(std::move(file));
  }
  for (const auto& id : broken_ids(folders, enabled)) {
    auto file = std::ranges::find_if(inventory.clients,
                                     [&](const auto& each) { return each.client.id == id; });
    if (file == inventory.clients.end()) {
      file = inventory.clients.emplace(file);
      file->client.id = id;
      file->file = folders.enabled_file(id);
    }
    file->broken = true;
  }
  std::ranges::sort(inventory.clients, {}, [](const auto& file) { return file.client.id; });
  return inventory;
}

}  // namespace badclients::admin
