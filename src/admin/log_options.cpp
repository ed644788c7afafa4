#include "admin/log_options.hpp"

#include "admin/doveconf.hpp"

namespace badclients::admin {

void add_log(CommandLine& line) {
  line.value("log", "FILE",
             "where the audit lines are ('-': standard input), instead of general/log,\n"
             "Dovecot's log files, the journal, or what syslog writes");
}

tl::expected<std::vector<logs::Place>, std::string> log_places(const Call& call,
                                                               const logs::Range& range) {
  logs::Hints hints;
  if (call.has("log")) {
    hints.named.push_back(call.text("log"));
  } else {
    hints.general_log = call.config.general.log;
    if (!hints.general_log.starts_with('/') && hints.general_log != "none") {
      for (const auto* setting : {"info_log_path", "log_path"}) {
        hints.dovecots_logs.push_back(dovecot_setting(setting));
      }
    }
  }
  return logs::places(hints, range.since);
}

tl::expected<logs::Tally, std::string> read_log(
    const Call& call, const logs::Range& range,
    const std::function<void(const logs::Login&)>& use) {
  const auto places = log_places(call, range);
  if (!places) return tl::unexpected(places.error());
  auto tally = logs::read(*places, range, call.context.now(), use);
  const bool nothing = !tally.any() && (!call.has("log") || !tally.troubles.empty());
  if (nothing) return tl::unexpected(tally.why_none());
  for (const auto& trouble : tally.troubles) call.context.complain("warning: " + trouble);
  return tally;
}

}  // namespace badclients::admin
