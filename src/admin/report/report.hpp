#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "facts/facts.hpp"
#include "logs/login.hpp"

/// `badclientsctl report`: who logs in from where, and what refused whom.
namespace badclients::admin::report {

/// How many logins, and what became of them.
struct Numbers {
  std::uint64_t logins = 0, blocked = 0, would_block = 0, undecided = 0;

  void count(logs::Outcome outcome) {
    ++logins;
    if (outcome == logs::Outcome::blocked) ++blocked;
    if (outcome == logs::Outcome::would_block) ++would_block;
    if (outcome == logs::Outcome::undecided) ++undecided;
  }
  friend bool operator==(const Numbers&, const Numbers&) = default;
};

/// Tables, in the order of the report.
enum class Group : std::uint8_t { client, rule, asn, country, network, domain, address };
inline constexpr std::size_t group_count = 7;
/// "client" "rule" "asn" "country" "network" "domain" "address"
std::string_view name(Group group);

struct Row {
  std::string name;
  std::string about;  ///< of an AS its description, of an address its reverse name
  Numbers numbers;
  std::uint64_t users = 0;
  bool is_new = false;  ///< not remembered from a report before
};

struct RefusedUser {
  std::string name;
  Numbers numbers;                                        ///< of all the user's logins
  std::vector<std::pair<std::string, std::uint64_t>> by;  ///< reasons and logins, the most first
  std::optional<facts::Time> last;                        ///< refused, or would have been
  bool is_new = false;
};

/// What is to be counted.
struct Asked {
  std::optional<facts::Time> since, until;
  std::string user, client;  ///< empty: all
  bool refused = false;      ///< no others than those that were refused or would have been
  std::string known;         ///< the file of known networks
  bool addresses = false;
  bool pseudonyms = false;
};

struct Report {
  Asked asked;
  facts::Time made;
  std::optional<facts::Time> first, last;
  std::optional<facts::Time> remembered;  ///< when a report was remembered last
  std::vector<std::string> sources;
  Numbers numbers;
  std::uint64_t users = 0, untimed = 0;
  std::uint64_t known = 0;  ///< logins from known networks, which are in no table of networks
  std::vector<RefusedUser> refused_users;            ///< the most refused first
  std::array<std::vector<Row>, group_count> tables;  ///< by refused logins, then users, then logins
  std::map<std::int64_t, Numbers> hours;             ///< by hours since 1970

  [[nodiscard]] const std::vector<Row>& table(Group group) const {
    return tables.at(static_cast<std::size_t>(group));
  }
  [[nodiscard]] std::vector<Row>& table(Group group) {
    return tables.at(static_cast<std::size_t>(group));
  }
};

/// How text is shown.
struct Display {
  std::size_t width = 80;
  bool colour = false;
  std::size_t top = 20;  ///< rows of a table; 0: all
};

std::string as_text(const Report& report, const Display& display);
nlohmann::ordered_json as_json(const Report& report);
std::string as_csv(const Report& report);
/// A page that needs nothing else and asks for nothing.
std::string as_html(const Report& report);

}  // namespace badclients::admin::report
