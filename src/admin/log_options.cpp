#include "admin/log_options.hpp"

#include <fmt/format.h>

#include "admin/doveconf.hpp"
#include "base/number.hpp"
#include "config/values.hpp"

namespace badclients::admin {

namespace {

tl::expected<std::optional<facts::Time>, std::string> read_time(const Call& call,
                                                                const char* option) {
  if (!call.has(option)) return std::nullopt;
  using namespace std::chrono_literals;
  const auto text = call.text(option);
  const auto now = call.context.now();
  const auto ago = config::read_duration(text, 0ms, 24h * 36525);
  if (ago) return now - *ago;
  constexpr std::string_view form = "0000-00-00";
  const bool date = text.size() == form.size() && text[4] == '-';
  const bool minute = text.size() == form.size() + 6;  // 2026-11-01T10:00
  const auto time = logs::Times{now}.iso(text + (date ? "T00:00:00" : minute ? ":00" : ""));
  if (time) return *time;
  return tl::unexpected(fmt::format(
      "--{}: '{}' is neither an age (24h, 7d) nor a time (2026-11-01, 2026-11-01T10:00:00Z)",
      option, text));
}

std::vector<std::string> dovecots_logs() {
  return {dovecot_setting("info_log_path"), dovecot_setting("log_path")};
}

}  // namespace

std::string lines_of_local(const config::Config& config) {
  if (config.general.log_local) return {};
  return "logins from local and private addresses have no line unless general/log_local = yes";
}

void add_log(CommandLine& line) {
  line.value("log", "FILE",
             "where the audit lines are ('-': standard input), instead of general/log,\n"
             "Dovecot's log files, the journal, or what syslog writes");
}

void add_log_file(CommandLine& line) {
  line.value("log", "FILE",
             "where the audit lines are, instead of general/log, Dovecot's log files, the\n"
             "journal, or what syslog writes");
}

tl::expected<std::size_t, std::string> read_count(const Call& call, const char* option,
                                                  std::size_t otherwise) {
  if (!call.has(option)) return otherwise;
  const auto number = base::number<std::size_t>(call.text(option));
  if (number) return *number;
  return tl::unexpected(fmt::format("--{}: '{}' is not a number", option, call.text(option)));
}

void add_range(CommandLine& line) {
  line.value("since", "TIME", "nothing older: an age (24h, 7d) or a time (2026-11-01)")
      .value("until", "TIME", "nothing of this time or newer");
}

tl::expected<logs::Range, std::string> read_range(const Call& call) {
  const auto since = read_time(call, "since");
  if (!since) return tl::unexpected(since.error());
  const auto until = read_time(call, "until");
  if (!until) return tl::unexpected(until.error());
  if (*since && *until && **since >= **until) {
    return tl::unexpected(std::string("--until is not later than --since"));
  }
  return logs::Range{*since, *until};
}

tl::expected<std::vector<logs::Place>, std::string> log_places(const Call& call,
                                                               const logs::Range& range) {
  logs::Hints hints;
  if (call.has("log")) {
    hints.named = call.text("log");
  } else {
    hints.general_log = call.config.general.log;
    if (!hints.general_log.starts_with('/') && hints.general_log != "none") {
      hints.dovecots_logs = dovecots_logs();
    }
  }
  return logs::places(hints, range.since);
}

tl::expected<logs::Tally, std::string> read_log(
    const Call& call, const logs::Range& range, const std::function<void(const logs::Login&)>& use,
    const std::function<void(const logs::Geo&)>& use_geo) {
  const auto places = log_places(call, range);
  if (!places) return tl::unexpected(places.error());
  auto tally = logs::read(*places, range, call.context.now(), use, use_geo);
  const bool nothing = !tally.any() && (!call.has("log") || !tally.troubles.empty());
  if (nothing) {
    const auto about_local = tally.troubles.empty() ? lines_of_local(call.config) : "";
    return tl::unexpected(tally.why_none() + (about_local.empty() ? "" : "; " + about_local));
  }
  for (const auto& trouble : tally.troubles) call.context.complain("warning: " + trouble);
  return tally;
}

void read_dovecots_log(const Call& call, const logs::Range& range,
                       const std::function<void(const logs::Login&)>& use) {
  logs::Hints hints;
  if (call.has("log")) {
    hints.named = call.text("log");
  } else {
    hints.dovecots_logs = dovecots_logs();
  }
  if (const auto places = logs::places(hints, range.since)) {
    logs::read_dovecots(*places, range, call.context.now(), use);
  }
}

void read_failed_policy(const Call& call, const logs::Range& range,
                        const std::function<void(const logs::Login&)>& use) {
  logs::Hints hints;
  if (call.has("log")) {
    hints.named = call.text("log");
  } else {
    // The one file with all errors. Usually none is there, and to look elsewhere takes its time.
    hints.general_log = dovecot_setting("log_path");
  }
  if (const auto places = logs::places(hints, range.since)) {
    logs::read_failed_policy(*places, range, call.context.now(), use);
  }
}

}  // namespace badclients::admin
