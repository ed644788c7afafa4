#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "admin/report/known.hpp"
#include "admin/report/report.hpp"
#include "logs/login.hpp"

namespace badclients::admin::report {

/// Gives names numbers, from 0 on in the order of their coming.
class Names {
 public:
  std::uint32_t number(std::string_view name);
  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] const std::string& name(std::size_t number) const { return *names_[number]; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;
  std::vector<const std::string*> names_;  // of the map's keys, which stay where they are
};

/// Which user was seen in which row of which table; each pair once. Takes memory for twice the
/// different pairs.
class Pairs {
 public:
  void add(std::uint32_t row, std::uint32_t user) {
    pairs_.push_back(std::uint64_t{row} << 32U | user);
    if (pairs_.size() >= limit_) tidy();
  }
  /// How many users each row has.
  std::vector<std::uint64_t> users(std::size_t rows);

 private:
  void tidy();

  static constexpr std::size_t least = 1U << 16U;
  std::vector<std::uint64_t> pairs_;
  std::size_t limit_ = least;
};

/// Counts logins. Memory grows with different users, rows, and pairs of both; not with logins.
class Counter {
 public:
  /// `known` outlives the counter.
  Counter(Asked asked, const Known& known);

  /// One that is not asked for counts nowhere.
  void add(const logs::Login& login);
  /// The report, as far as the logins tell. Once.
  Report finish();

 private:
  struct Table {
    Names names;
    std::vector<Row> rows;
    Pairs pairs;
    std::vector<std::uint32_t> last_row;  // by user: it is nearly always the same
  };
  struct User {
    Numbers numbers;
    std::optional<facts::Time> last_refused;
    std::unordered_map<std::uint32_t, std::uint64_t> reasons;
  };

  [[nodiscard]] bool asked_for(const logs::Login& login) const;
  void count(Group group, std::string_view name, std::string_view about, std::uint32_t user,
             logs::Outcome outcome);
  void count_refusal(const logs::Login& login, std::uint32_t user);
  std::vector<RefusedUser> refused_users();

  const Known& known_;
  Report report_;
  Names users_, reasons_;
  std::vector<User> by_user_;
  std::array<Table, group_count> tables_;
};

}  // namespace badclients::admin::report
