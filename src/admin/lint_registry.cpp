// check_registry_data: rules on the registration that registry data cannot answer, because the
// registry does not publish it.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "admin/lint.hpp"
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
      : lint_(lint),
        is_asked_(!config::live(lint.config.lookup.registration).empty()),
        has_ripes_(std::ranges::count(lint.config.registry.sources, config::RegistrySource::ripe) !=
                   0) {}

  void check(lists::Where where, Field field, std::string_view value) {
    if (!is_on_registration(field)) return;
    if (!told_) {
      told_ = true;
      say(where,
          fmt::format("{}: ARIN and LACNIC publish no registrations in bulk: of addresses in "
                      "their space {}",
                      lists::name(field), consequence("they are")));
    }
    if (has_ripes_ && field == Field::entity && facts::is_left_out_by_ripe(value)) {
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
  bool is_asked_, has_ripes_, told_ = false;
};

}  // namespace

void check_registry_data(Lint& lint) {
  const auto& sources = lint.config.lookup.registration;
  if (!config::has_local(sources) || !lint.config.registry.has_registrations()) return;
  const auto path = registry::store_path(lint.config.general.state_path);
  if (!config::live(sources).empty() && ::access(path.c_str(), F_OK) != 0) return;
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
