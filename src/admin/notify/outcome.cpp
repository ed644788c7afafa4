#include "admin/notify/outcome.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "admin/csv.hpp"
#include "admin/terminal.hpp"

namespace badclients::admin::notify {

namespace {

constexpr std::size_t fates = 7;

std::array<std::uint64_t, fates> counts(const std::vector<Person>& people) {
  std::array<std::uint64_t, fates> numbers{};
  for (const auto& person : people) ++numbers.at(static_cast<std::size_t>(person.fate));
  return numbers;
}

std::string in_words(Fate fate) {
  constexpr std::array<std::string_view, fates> words{
      "to be told",         "told",    "written", "told in the last 90 days", "of another domain",
      "without an address", "not told"};
  return std::string(words.at(static_cast<std::size_t>(fate)));
}

}  // namespace

std::string as_text(const std::vector<Person>& people, bool dry_run) {
  std::vector<std::vector<std::string>> rows{{"USER", "ADDRESS", "CLIENT", "LOGINS", "LAST", ""}};
  for (const auto& person : people) {
    if (person.fate == Fate::told_before || person.fate == Fate::excluded) continue;
    const auto& values = person.values;
    const auto why = person.why.empty() ? "" : ": " + printable(person.why);
    rows.push_back({printable(values.user),
                    values.address.empty() ? "-" : printable(values.address),
                    printable(values.client), values.logins,
                    values.last.empty() ? "-" : values.last, in_words(person.fate) + why});
  }
  std::string sums;
  const auto numbers = counts(people);
  for (std::size_t i = 0; i < fates; ++i) {
    if (numbers.at(i) == 0) continue;
    sums += fmt::format("{}{} {}", sums.empty() ? "" : ", ", numbers.at(i),
                        in_words(static_cast<Fate>(i)));
  }
  if (sums.empty()) sums = "nobody uses a bad client, as far as the log tells";
  return (rows.size() > 1 ? table(rows) + "\n" : "") + sums +
         (dry_run ? "; nothing was sent\n" : "\n");
}

nlohmann::ordered_json as_json(const std::vector<Person>& people, bool dry_run) {
  nlohmann::ordered_json json;
  json["dry_run"] = dry_run;
  const auto numbers = counts(people);
  for (std::size_t i = 0; i < fates; ++i) {
    json[std::string(to_string(static_cast<Fate>(i)))] = numbers.at(i);
  }
  json["people"] = nlohmann::ordered_json::array();
  for (const auto& person : people) {
    json["people"].push_back({{"user", person.use.user},
                              {"address", or_null(person.values.address)},
                              {"client", person.use.client},
                              {"client_id", person.use.client_id},
                              {"logins", person.use.logins},
                              {"last", or_null(person.use.last)},
                              {"state", to_string(person.fate)},
                              {"why", or_null(person.why)},
                              {"told", or_null(person.told)}});
  }
  return json;
}

std::string as_csv(const std::vector<Person>& people) {
  std::vector<std::string> cells;
  for (const auto& [name, value] : placeholders) cells.emplace_back(name);
  auto text = fmt::format("{}\r\n", fmt::join(cells, ","));
  for (const auto& person : people) {
    if (person.fate != Fate::due) continue;
    cells.clear();
    for (const auto& [name, value] : placeholders) cells.push_back(csv_cell(person.values.*value));
    text += fmt::format("{}\r\n", fmt::join(cells, ","));
  }
  return text;
}

}  // namespace badclients::admin::notify
