#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "lists/rulebook.hpp"

/// A rule book made by hand: lists as they would be read, each entry on the next line of its file.
class Rules {
 public:
  using Field = badclients::lists::Field;
  using Action = badclients::lists::Action;
  using Clause = badclients::lists::Clause;

  Rules& deny(Field field, std::string value) { return add(field, Action::deny, std::move(value)); }
  Rules& allow(Field field, std::string value) {
    return add(field, Action::allow, std::move(value));
  }
  Rules& add(Field field, Action action, std::string value) {
    const auto file = std::string(badclients::lists::name(field)) +
                      (action == Action::deny ? ".deny.lst" : ".allow.lst");
    return add_in(file, field, action, std::move(value));
  }
  Rules& add_in(const std::string& file, Field field, Action action, std::string value) {
    book_.entries.push_back({field, action, next_line(file), std::move(value)});
    return *this;
  }

  Rules& client(badclients::lists::Client client) {
    book_.clients.push_back(std::move(client));
    return *this;
  }
  /// A rule of the last client.
  Rules& rule(std::vector<Clause> clauses) {
    const auto& client = book_.clients.back();
    book_.client_rules.push_back({static_cast<std::uint32_t>(book_.clients.size() - 1),
                                  next_line("clients/" + client.id + ".client"),
                                  std::move(clauses)});
    return *this;
  }
  static Clause is(Field field, std::vector<std::string> values) {
    return {field, false, std::move(values)};
  }
  static Clause is_not(Field field, std::vector<std::string> values) {
    return {field, true, std::move(values)};
  }

  [[nodiscard]] const badclients::lists::RuleBook& book() const { return book_; }

 private:
  badclients::lists::Where next_line(const std::string& file) {
    const auto found = std::find(book_.files.begin(), book_.files.end(), file);
    const auto number = static_cast<std::uint32_t>(found - book_.files.begin());
    if (found == book_.files.end()) {
      book_.files.push_back(file);
      lines_.push_back(0);
    }
    return {number, ++lines_[number]};
  }

  badclients::lists::RuleBook book_;
  std::vector<std::uint32_t> lines_;
};
