#include "admin/report/remembered.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <limits>
#include <set>

#include "admin/terminal.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"

namespace badclients::admin::report {

namespace {

constexpr std::string_view title = "badclients report 1 ";
constexpr const char* file_name = "report.seen";
constexpr std::size_t most_bytes = 256U << 20U;

/// The first line says when; each other is "TABLE NAME".
struct Seen {
  std::optional<facts::Time> when;
  std::set<std::string, std::less<>> lines;
};

tl::expected<Seen, std::string> read(const std::string& state_path) {
  const auto text = base::read_state_file(state_path, file_name, most_bytes);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return Seen{};
  std::string_view rest = **text;
  auto head = base::cut(rest, '\n');
  const bool ours = head.starts_with(title);
  if (ours) head.remove_prefix(title.size());
  const auto seconds = base::number<std::int64_t>(head);
  if (!ours || !seconds) {
    return tl::unexpected(fmt::format(
        "{}/{}: it is not what a report remembers; delete it, and nothing is remembered",
        state_path, file_name));
  }
  Seen seen{facts::Time(std::chrono::seconds(*seconds)), {}};
  while (!rest.empty()) seen.lines.emplace(base::cut(rest, '\n'));
  return seen;
}

/// Calls `use` with the line of everything that is remembered, and whether it is new.
template <class SomeReport, class Use>
void each(SomeReport& report, const Pseudonyms& pseudonyms, Use use) {
  for (auto& user : report.refused_users) {
    use(fmt::format("user {}", pseudonyms.user(user.name)), user);
  }
  for (std::size_t i = 0; i < group_count; ++i) {
    const auto group = static_cast<Group>(i);
    if (group == Group::address) continue;
    for (auto& row : report.table(group)) {
      use(fmt::format("{} {}", name(group), printable(row.name)), row);
    }
  }
}

}  // namespace

tl::expected<void, std::string> mark_new(Report& report, const std::string& state_path,
                                         const Pseudonyms& pseudonyms) {
  const auto seen = read(state_path);
  if (!seen) return tl::unexpected(seen.error());
  report.remembered = seen->when;
  if (!seen->when) return {};
  each(report, pseudonyms,
       [&](const std::string& line, auto& one) { one.is_new = !seen->lines.contains(line); });
  return {};
}

tl::expected<void, std::string> remember(const Report& report, const std::string& state_path,
                                         const Pseudonyms& pseudonyms) {
  auto seen = read(state_path);
  if (!seen) return tl::unexpected(seen.error());
  each(report, pseudonyms, [&](const std::string& line, const auto&) { seen->lines.insert(line); });
  auto text = fmt::format(
      "{}{}\n", title,
      std::chrono::duration_cast<std::chrono::seconds>(report.made.time_since_epoch()).count());
  for (const auto& line : seen->lines) text += line + '\n';
  if (base::put_state_file(state_path, file_name, text)) return {};
  return tl::unexpected(fmt::format("{}/{}: {}", state_path, file_name, std::strerror(errno)));
}

}  // namespace badclients::admin::report
