#include "admin/report/command.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/log_options.hpp"
#include "admin/report/counter.hpp"
#include "admin/report/pseudonyms.hpp"
#include "admin/report/remembered.hpp"
#include "admin/screen.hpp"
#include "admin/terminal.hpp"
#include "base/file.hpp"

namespace badclients::admin::report {

namespace {

CommandLine command_line() {
  CommandLine line{"report [OPTION]...",
                   "Shows who logged in from where, and what refused whom, as the log tells."};
  add_log(line);
  add_range(line);
  line.value("user", "NAME", "this user's logins alone")
      .value("client", "NAME", "those alone that this bad client's rules hit: its name or ID")
      .flag("refused", "those alone that were refused, or would have been in monitor mode")
      .value("known", "FILE", "ASes and domains, one a line, that the tables of networks leave out")
      .flag("addresses", "a table of addresses, too")
      .flag("pseudonyms", "other names instead of the users', always the same at this site")
      .flag("remember", "what is in this report is not new in the next")
      .value("top", "NUMBER", "rows of each table of the text (20); 0 for all")
      .flag("json", "print one JSON object")
      .flag("csv", "print comma-separated values")
      .value("html", "FILE", "write a page for a browser ('-': print it)");
  return line;
}

Asked asked_of(const Call& call, const logs::Range& range) {
  Asked asked;
  asked.since = range.since;
  asked.until = range.until;
  asked.user = call.text("user");
  asked.client = call.text("client");
  asked.refused = call.has("refused");
  asked.known = call.text("known");
  asked.addresses = call.has("addresses");
  asked.pseudonyms = call.has("pseudonyms");
  return asked;
}

void hide_names(Report& report, const Pseudonyms& pseudonyms) {
  for (auto& user : report.refused_users) user.name = pseudonyms.user(user.name);
  for (auto& row : report.table(Group::address)) {
    row.name = pseudonyms.address(row.name);
    row.about.clear();
  }
  if (!report.asked.user.empty()) report.asked.user = pseudonyms.user(report.asked.user);
}

/// Marks what is new, remembers, and hides names, as far as asked for. Error: why it cannot be
/// done.
tl::expected<void, std::string> finish(const Call& call, Report& report) {
  const auto& state_path = call.config.general.state_path;
  const auto pseudonyms = Pseudonyms::of_site(state_path);
  const bool needed = call.has("remember") || call.has("pseudonyms");
  if (!pseudonyms) {
    if (needed) return tl::unexpected(pseudonyms.error());
    return {};
  }
  if (auto marked = mark_new(report, state_path, *pseudonyms); !marked) {
    if (call.has("remember")) return marked;
    call.context.complain("warning: " + marked.error());
  }
  if (call.has("remember")) {
    if (auto kept = remember(report, state_path, *pseudonyms); !kept) return kept;
  }
  if (call.has("pseudonyms")) hide_names(report, *pseudonyms);
  return {};
}

/// What the log says, as far as asked for. Error: why it cannot be told.
tl::expected<Report, std::string> make(const Call& call, const logs::Range& range) {
  Known known;
  if (call.has("known")) {
    auto read = Known::read(call.text("known"));
    if (!read) return tl::unexpected(read.error());
    known = *std::move(read);
  }
  Counter counter{asked_of(call, range), known};
  const auto tally = read_log(call, range, [&](const logs::Login& login) { counter.add(login); });
  if (!tally) return tl::unexpected(tally.error());
  auto report = counter.finish();
  report.made = call.context.now();
  report.sources = tally->sources;
  if (const auto done = finish(call, report); !done) return tl::unexpected(done.error());
  return report;
}

/// A new file is for its owner alone: it names users. Error: why it cannot be written.
tl::expected<void, std::string> write_page(const std::string& path, const std::string& page) {
  constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY;
  const base::Descriptor file{::open(path.c_str(), flags, 0600)};
  if (file.is_open() && base::write_all(file.number(), page)) return {};
  return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
}

/// Error: why it cannot be shown.
tl::expected<void, std::string> show(const Call& call, const Report& report, std::size_t top) {
  auto& out = call.context.out;
  if (call.has("html") && call.text("html") != "-") {
    const auto path = call.text("html");
    auto written = write_page(path, as_html(report));
    if (written) out << fmt::format("{}: written\n", printable(path));
    return written;
  }
  if (call.has("json")) {
    out << json_text(as_json(report));
  } else if (call.has("csv")) {
    out << as_csv(report);
  } else if (call.has("html")) {
    out << as_html(report);
  } else {
    out << as_text(report, {screen_width(), screen_has_colour(), top});
  }
  return {};
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Context& context) {
  const auto call = begin(command_line(), arguments, context);
  if (!call) return call.error();
  const auto wrong = [&](const std::string& what) {
    context.complain("report: " + what);
    return exit_usage;
  };
  const auto range = read_range(*call);
  if (!range) return wrong(range.error());
  constexpr std::size_t usual_rows = 20;
  const auto top = read_count(*call, "top", usual_rows);
  if (!top) return wrong(top.error());
  if (call->has("json") + call->has("csv") + call->has("html") > 1) {
    return wrong("--json, --csv and --html exclude each other");
  }
  const auto report = make(*call, *range);
  if (!report) return wrong(report.error());
  if (const auto shown = show(*call, *report, *top); !shown) return wrong(shown.error());
  return report->refused_users.empty() ? exit_good : exit_bad;
}

}  // namespace badclients::admin::report
