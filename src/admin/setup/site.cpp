#include "admin/setup/site.hpp"

#include <fmt/format.h>

#include <chrono>
#include <ostream>

#include "admin/setup/files.hpp"
#include "admin/setup/template.hpp"
#include "admin/terminal.hpp"

namespace badclients::admin::setup {

namespace {

constexpr std::string_view head =
    "# Made by 'badclientsctl setup', and removed by 'badclientsctl setup --undo'. Where you "
    "change\n"
    "# it, both leave it alone.\n\n";

tl::expected<std::string, std::string> read_template(const std::string& name) {
  const auto path = BADCLIENTS_DATA "/setup/" + name;
  auto text = read_file(path);
  if (!text) return tl::unexpected(text.error());
  if (*text) return std::move(**text);
  return tl::unexpected(fmt::format("{}: there is no such file; install badclients again", path));
}

std::string with_path(const std::string& name, const std::string& why) {
  return fmt::format("{}/setup/{}: {}", BADCLIENTS_DATA, name, why);
}

/// A login that waits longer than Dovecot is let in unasked.
std::chrono::seconds timeout_of(const Site& site) {
  return std::chrono::ceil<std::chrono::seconds>(site.config.lookup.deadline) +
         std::chrono::seconds{2};
}

tl::expected<std::string, std::string> policy_text(const Site& site, const std::string& nonce) {
  using namespace std::chrono_literals;
  const bool old = site.version < Version{2, 4, 0};
  const std::string name = old ? "dovecot-2.3-policy.conf" : "dovecot-2.4-policy.conf";
  const auto text = read_template(name);
  if (!text) return text;
  const auto timeout = timeout_of(site);
  std::map<std::string, std::string> values{
      {"auth_policy_server_url", fmt::format("http://127.0.0.1:{}/", site.port)},
      {"auth_policy_hash_nonce", nonce},
      {"!auth_policy_server_api_header", "!include_try " + site.header_file()},
      {"executable", "script -p " + site.command()},
      {"user", site.dovecot.user},
      {"port", fmt::format("{}", site.port)}};
  if (old) {
    values["auth_policy_server_timeout_msecs"] = fmt::format("{}", timeout / 1ms);
  } else {
    values["http_client_request_absolute_timeout"] = fmt::format("{}s", timeout.count());
  }
  auto filled = fill(*text, values);
  if (!filled) return tl::unexpected(with_path(name, filled.error()));
  return std::string(head) + *filled;
}

tl::expected<std::string, std::string> checkpassword_text(const Site& site) {
  const std::string name = "dovecot-2.3-checkpassword.conf";
  const auto text = read_template(name);
  if (!text) return text;
  auto filled = block_of(*text, "passdb", "driver = checkpassword");
  if (filled) filled = fill(*filled, {{"args", site.command()}});
  if (!filled) return tl::unexpected(with_path(name, filled.error()));
  return std::string(head) + *filled;
}

}  // namespace

std::string Site::own_folder() const {
  return config_path.substr(0, config_path.rfind('/')) + "/badclients";
}

std::string Site::dovecot_file() const {
  return fmt::format("{}/conf.d/{}", dovecot.folder(), dovecot_file_name);
}

std::string Site::secret_file() const {
  const auto& named = config.policy.secret_file;
  return named.empty() ? own_folder() + "/secret" : named;
}

std::string Site::program() const {
  return door == Door::policy ? BADCLIENTS_POLICY_PROGRAM : BADCLIENTS_PROGRAM;
}

std::string Site::command() const {
  return config_path == config::default_path
             ? program()
             : fmt::format("{} --config {}", program(), config_path);
}

void Site::say(std::string verb, std::string path, std::string why) {
  const auto* between = path.empty() || why.empty() ? "" : ": ";
  print(fmt::format("  {:<11}{}\n", verb, printable(path + between + why)));
  steps.push_back({std::move(verb), std::move(path), std::move(why)});
}

void Site::print(std::string_view text) const {
  if (!json) context.out << text << std::flush;
}

void Site::complain(std::string why) {
  context.complain("setup: " + why);
  error = std::move(why);
}

std::string timeout_lines(const Site& site, std::string_view indent) {
  const auto timeout = timeout_of(site);
  if (site.version < Version{2, 4, 0}) {
    return fmt::format("{}auth_policy_server_timeout_msecs = {}\n", indent,
                       std::chrono::milliseconds{timeout}.count());
  }
  return fmt::format("{0}auth_policy {{\n{0}  http_client_request_absolute_timeout = {1}s\n{0}}}\n",
                     indent, timeout.count());
}

std::string list_templates() {
  return BADCLIENTS_DATA "/lists";
}

tl::expected<std::string, std::string> dovecot_text(const Site& site, const std::string& nonce) {
  return site.door == Door::policy ? policy_text(site, nonce) : checkpassword_text(site);
}

tl::expected<std::string, std::string> config_text(const Site& site) {
  const std::string name = "bad_clients.conf.ext";
  auto text = read_template(name);
  if (!text || site.door != Door::policy) return text;
  auto set = uncomment(*text, ";secret_file =", "secret_file = " + site.secret_file());
  if (!set) return tl::unexpected(with_path(name, set.error()));
  return set;
}

}  // namespace badclients::admin::setup
