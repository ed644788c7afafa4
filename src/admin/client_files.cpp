#include "admin/client_files.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "config/problem.hpp"
#include "lists/file.hpp"

namespace badclients::admin {

namespace fs = std::filesystem;

namespace {

using Severity = config::Problem::Severity;

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

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

/// Appends the clients of `from`, whose files are relative to `folder`, to the book.
void append(const lists::RuleBook& from, const std::string& folder, lists::RuleBook& book) {
  const auto files = static_cast<std::uint32_t>(book.files.size());
  const auto clients = static_cast<std::uint32_t>(book.clients.size());
  for (const auto& file : from.files) {
    book.files.push_back(file.starts_with('/') ? file : folder + "/" + file);
  }
  std::ranges::copy(from.clients, std::back_inserter(book.clients));
  for (auto rule : from.client_rules) {
    rule.client += clients;
    rule.where.file += files;
    book.client_rules.push_back(std::move(rule));
  }
}

/// Takes the client with that number, and its rules, out of the book.
void drop(std::size_t number, lists::RuleBook& book) {
  std::erase_if(book.client_rules, [&](const auto& rule) { return rule.client == number; });
  for (auto& rule : book.client_rules) {
    if (rule.client > number) --rule.client;
  }
  book.clients.erase(book.clients.begin() + static_cast<std::ptrdiff_t>(number));
}

bool has(const lists::RuleBook& book, const std::string& id) {
  return std::ranges::any_of(book.clients, [&](const auto& client) { return client.id == id; });
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
  if (is_folder(folders.enabled())) enabled = lists::read_clients(folders.enabled());
  auto others = lists::read_clients(folders.catalogue);
  add_faults(enabled.problems, inventory.faults);
  add_faults(others.problems, inventory.faults);

  for (std::size_t i = others.clients.size(); i-- > 0;) {
    if (has(enabled, others.clients[i].id)) drop(i, others);
  }
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
