#include "admin/notify/people.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <set>

#include "base/text.hpp"

namespace badclients::admin::notify {

namespace {

/// "2026-11-21", local time
std::string day(facts::Time time) {
  const auto seconds = std::chrono::system_clock::to_time_t(time);
  std::tm local{};
  localtime_r(&seconds, &local);
  return fmt::format("{:%Y-%m-%d}", local);
}

/// By its ID; where the log did not say that, by its name.
const lists::Client* client_of(const Inventory& clients, const Use& use) {
  const auto* file = clients.find(use.client_id);
  if (file != nullptr) return &file->client;
  const auto named = std::ranges::find_if(
      clients.clients, [&](const ClientFile& each) { return each.client.name == use.client; });
  return named == clients.clients.end() ? nullptr : &named->client;
}

Values values_of(const Use& use, const lists::Client* client) {
  Values values;
  values.user = use.user;
  values.client = use.client;
  values.client_id = use.client_id;
  values.logins = std::to_string(use.logins);
  if (client != nullptr) {
    values.vendor = client->vendor;
    values.message = client->message;
  }
  if (use.last) values.last = day(*use.last);
  return values;
}

void find_address(Person& person, const std::optional<Domains>& domains) {
  static const auto any = *Domains::read("*");
  const auto& user = person.use.user;
  const auto address = address_of(user, domains ? *domains : any);
  if (address) {
    person.values.address = *address;
    return;
  }
  const bool elsewhere = domains && address_of(user, any);
  person.fate = elsewhere ? Fate::excluded : Fate::no_address;
  person.why = address.error();
}

}  // namespace

std::string_view to_string(Fate fate) {
  constexpr std::array<std::string_view, 7> names{
      "due", "sent", "written", "told_before", "excluded", "no_address", "failed"};
  return names.at(static_cast<std::size_t>(fate));
}

std::vector<Person> people(const Uses& uses, const Inventory& clients,
                           const std::optional<Domains>& domains, const Told& told,
                           facts::Time now) {
  std::vector<Person> found;
  std::set<std::pair<std::string, std::string>> seen;  // client, address
  for (const auto& [key, use] : uses.all()) {
    auto& person = found.emplace_back();
    person.use = use;
    person.values = values_of(use, client_of(clients, use));
    find_address(person, domains);
    if (person.fate != Fate::due) continue;
    const auto& address = person.values.address;
    person.told = told.when(use.client_id, address);
    const bool first = seen.emplace(use.client_id, base::lowered(address)).second;
    if (!first && !person.told) person.told = now;
    if (person.told) person.fate = Fate::told_before;
  }
  return found;
}

}  // namespace badclients::admin::notify
