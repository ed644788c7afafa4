// check_registry_data: rules on the registration that registry data cannot answer, because the
// registry does not publish it.

#include <fmt/format.h>

#include "admin/lint.hpp"
#include "admin/registry_files.hpp"
#include "facts/handle.hpp"
#include "registry/store.hpp"

namespace badclients::admin {

using lists::Field;

namespace {

bool is_on_registration(Field field) {
  return field == Field::net_cc || field == Field::net_name || field == Field::entity;
}

/// What rules need of logins whose network is known from registry data.
class Registrations {
 public:
  explicit Registrations(Lint& lint)
      : lint_(lint), is_asked_(!config::live(lint.config.lookup.registration).empty()) {}

  void check(lists::Where where, Field field, std::string_view value) {
    if (!is_on_registration(field)) return;
    if (!told_) {
      told_ = true;
      say(where, fmt::format("{}, as any rule on net_cc, net_name or entity: ARIN and LACNIC "
                             "publish no registrations in bulk: of addresses in "
                             "their space {}",
                             lists::name(field), consequence("they are")));
    }
    if (lint_.registry.ripes && field == Field::entity && facts::is_left_out_by_ripe(value)) {
      say(where, fmt::format("'{}': RIPE leaves the handles of persons and roles out of its bulk "
                             "data: of addresses in its space {}",
                             value, consequence("it is")));
    }
  }

 private:
  [[nodiscard]] std::string consequence(std::string_view they_are) const {
    return is_asked_ ? fmt::format("{} asked, as lookup/registration says", they_are)
                     : "it never matches (add rdap whois to lookup/registration)";
  }
  void say(lists::Where where, std::string text) {
    lint_.say(is_asked_ ? Severity::note : Severity::warning, where, std::move(text));
  }

  Lint& lint_;
  bool is_asked_, told_ = false;
};

}  // namespace

RegistryData registry_data(const config::Config& config) {
  RegistryData data;
  const auto store = registry::Store::open(registry::store_path(config.general.state_path));
  if (!store) data.is_there = data.routes = data.registrations = true;
  const auto* const open = store && *store ? &**store : nullptr;
  data.is_there |= open != nullptr;
  for (const auto& file : registry_files(config.registry, open)) {
    const auto& publication = *file.publication;
    const bool registrations = publication.form == registry::Form::registrations;
    data.routes |= publication.form == registry::Form::routes;
    data.registrations |= registrations;
    data.ripes |= registrations && publication.registry == facts::Registry::ripencc;
  }
  return data;
}

void check_registry_data(Lint& lint) {
  const auto& sources = lint.config.lookup.registration;
  if (!config::has_local(sources) || !lint.registry.registrations) return;
  if (!config::live(sources).empty() && !lint.registry.is_there) return;
  Registrations registrations(lint);
  for (const auto& entry : lint.book.entries) {
    registrations.check(entry.where, entry.field, entry.value);
  }
  for (const auto& rule : lint.book.client_rules) {
    for (const auto& clause : rule.clauses) {
      for (const auto& value : clause.values) registrations.check(rule.where, clause.field, value);
    }
  }
}

}  // namespace badclients::admin
