#include "admin/metrics/command.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "admin/log_options.hpp"
#include "admin/metrics/gauges.hpp"
#include "admin/metrics/state.hpp"
#include "admin/terminal.hpp"
#include "base/whole_file.hpp"

namespace badclients::admin::metrics {

namespace {

CommandLine command_line() {
  CommandLine line{
      "metrics [OPTION]...",
      "Counts the logins that the log has since the last time, and prints all numbers\n"
      "for Prometheus, as node_exporter's textfile collector reads them."};
  add_log_file(line);
  line.value("output", "FILE", "write them to this file, whole at once, and print nothing")
      .flag("json", "print one JSON object");
  return line;
}

/// Beside the file, and renamed: who reads it finds the old numbers or the new.
tl::expected<void, std::string> write(const std::string& path, const std::string& text) {
  const std::filesystem::path whole{path};
  const auto parent = whole.parent_path();
  const base::Descriptor folder{
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const bool written =
      folder.is_open() &&
      base::put_file(folder.number(), {whole.filename().string(), text}, base::Put::replacing);
  if (written) return {};
  return tl::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
}

/// Error: why it cannot be done.
tl::expected<void, std::string> count_and_show(const Call& call) {
  const auto& context = call.context;
  auto state = State::open(call.config.general.state_path);
  if (!state) return tl::unexpected(state.error());
  const auto places = log_places(call, {});
  if (!places) return tl::unexpected(places.error());
  const auto now = context.now();
  const auto followed = logs::follow(*places, state->bookmarks, now,
                                     [&](const logs::Login& login) { state->counters.add(login); });
  if (auto saved = state->save(); !saved) return saved;
  auto troubles = followed.troubles;
  if (followed.sources.empty()) {
    troubles.emplace_back("no log that was looked at has an audit line; --log names another");
  }
  auto families = state->counters.families();
  for (auto& family : gauges(call.config, now, troubles)) families.push_back(std::move(family));
  for (const auto& trouble : troubles) context.complain("warning: " + trouble);
  if (call.has("output")) return write(call.text("output"), as_text(families));
  context.out << (call.has("json") ? json_text(as_json(families)) : as_text(families));
  return {};
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Context& context) {
  const auto call = begin(command_line(), arguments, context);
  if (!call) return call.error();
  const auto wrong = [&](const std::string& what) {
    context.complain("metrics: " + what);
    return exit_usage;
  };
  if (call->has("output") && call->has("json")) return wrong("--output is not for --json");
  if (call->text("log") == "-") return wrong("--log: standard input cannot be taken up again");
  const auto done = count_and_show(*call);
  return done ? exit_good : wrong(done.error());
}

}  // namespace badclients::admin::metrics
