#include "admin/notify/sendmail.hpp"

#include <fmt/format.h>

#include <chrono>

#include "base/process.hpp"

namespace badclients::admin::notify {

namespace {

constexpr std::chrono::minutes patience{1};
constexpr std::size_t most_text = 4096;

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::string what_happened(const base::Ran& ran) {
  using End = base::Ran::End;
  if (ran.end == End::exited) return fmt::format("exit status {}", ran.code);
  if (ran.end == End::died) return fmt::format("it died of signal {}", ran.code);
  return ran.end == End::said_too_much ? "it said too much" : "it did not end in a minute";
}

}  // namespace

tl::expected<void, NotSent> send(const std::string& sendmail, const std::string& address,
                                 const std::string& message) {
  base::Command command;
  command.program = sendmail;
  command.arguments = {"-i", "--", address};  // -i: a dot alone ends nothing
  command.input = message;
  command.deadline = std::chrono::steady_clock::now() + patience;
  command.most_output = command.most_stderr_text = most_text;
  const auto ran = base::run(command);
  if (!ran) return tl::unexpected(NotSent{true, ran.error()});
  if (ran->end == base::Ran::End::exited && ran->code == 0) return {};
  const auto said = first_line(ran->stderr_text.empty() ? ran->output : ran->stderr_text);
  return tl::unexpected(NotSent{false, fmt::format("{}: {}{}{}", sendmail, what_happened(*ran),
                                                   said.empty() ? "" : ": ", said)});
}

}  // namespace badclients::admin::notify
