// set_up: finds out, makes what is missing, and has Dovecot use it.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <ostream>

#include "admin/setup/secret.hpp"
#include "admin/setup/work.hpp"
#include "admin/terminal.hpp"

namespace badclients::admin::setup {

namespace fs = std::filesystem;

Done Setup::run() {
  try {
    return look_and_make();
  } catch (const std::exception& error) {
    return cannot(error.what());
  }
}

Done Setup::look_and_make() {
  if (const auto done = look(); !done) return done;
  introduce();
  if (!site_.pretend) {
    if (const auto opened = site_.record.open(); !opened) return cannot(opened.error());
  }
  auto done = make_all();
  if (!done || site_.pretend || waits_) return done;
  done = put_to_use();
  if (done) check_patience();
  return done;
}

Done Setup::look() {
  const auto version = installed_version();
  if (!version) return cannot(version.error());
  site_.version = *version;
  if (const auto why = refusal(site_.door, *version)) return refuse(*why);
  if (const auto done = read_configured_dovecot(); !done) return done;
  if (const auto why = refusal(site_)) return refuse(*why);
  return {};
}

Done Setup::read_configured_dovecot() {
  auto dovecot = read_dovecot();
  if (!dovecot && !site_.pretend) {
    if (const auto done = remove_rejected_file(dovecot.error()); !done) return done;
    dovecot = read_dovecot();
  }
  if (!dovecot) return refuse("Dovecot's configuration has an error: " + dovecot.error());
  site_.dovecot = std::move(*dovecot);
  // A service of our own is never root's because the auth process is.
  const bool has_service = !site_.dovecot.setting("service/badclients/user").empty();
  if (site_.door == Door::policy && !has_service && site_.dovecot.user == "root") {
    site_.dovecot.user = dovecot_setting("default_internal_user");
  }
  return {};
}

/// A file of ours that Dovecot does not accept, of a run that was killed or of an older Dovecot.
/// Where that is not what it complains of, it is put back.
Done Setup::remove_rejected_file(const std::string& complaint) {
  if (!site_.record.exists()) return {};
  if (const auto opened = site_.record.open(); !opened) return cannot(opened.error());
  for (const auto& entry : site_.record.entries()) {
    if (!entry.path.ends_with(fmt::format("/conf.d/{}", dovecot_file_name))) continue;
    const auto text = read_file(entry.path).value_or(std::nullopt);
    if (!text || !site_.record.is_as_made(entry.path, *text)) continue;
    if (unlink(entry.path.c_str()) != 0) continue;
    if (!read_dovecot()) {
      const auto put_back = write_file({entry.path, *text}, base::Put::missing);
      return put_back ? Done{} : cannot(put_back.error());
    }
    changed_ = true;
    site_.say("removed", entry.path, complaint);
    return {};
  }
  return {};
}

void Setup::introduce() const {
  site_.print(fmt::format("Dovecot {}, {}\n", site_.version.str(), printable(site_.dovecot.file)));
  site_.print(site_.door == Door::policy
                  ? "The policy door: Dovecot asks badclients after each right password, "
                    "whatever the\nmechanism, and never tells it the password.\n\n"
                  : "The checkpassword door: badclients is a passdb behind those that "
                    "check passwords.\nThe policy door (--door policy) sees XOAUTH2 and "
                    "master users, too, and no password.\n\n");
}

/// What Dovecot makes of it; then has it reload, and tries it.
Done Setup::put_to_use() {
  if (const auto done = check_configuration(); !done) return done;
  if (const auto done = check_rights(); !done) return done;
  if (!site_.dovecot.is_running()) {
    site_.say("to do", "", "Dovecot is not running: it will use this when it starts");
    return {};
  }
  const auto path = site_.dovecot_file();
  const bool is_new = files_.changed(path) || !site_.record.is_loaded(path, text_ + secret_);
  const auto before = is_new ? std::optional(try_unknown_user()) : std::nullopt;
  if (is_new) {
    told_dovecot_ = true;
    if (const auto done = reload(); !done) return refuse("doveadm reload: " + done.error());
    site_.say("done", "", "Dovecot has reloaded its configuration");
    changed_ = true;
  }
  if (const auto done = try_it(before); !done) return done;
  if (!is_new) return {};
  const auto noted = site_.record.add({Entry::Kind::loaded, path, fingerprint(text_ + secret_)});
  return noted ? Done{} : cannot(noted.error());
}

Done Setup::try_it(std::optional<Login> before) {
  if (site_.door == Door::policy) {
    // Until the configuration names the secret any is as good.
    const auto wrong = site_.left_to_do.empty() ? random_hex(secret_bytes) : "";
    if (const auto done = try_policy_door(site_.port, secret_, wrong); !done) {
      return refuse(fmt::format("badclients-policy does not answer on 127.0.0.1:{}: {}", site_.port,
                                done.error()));
    }
    site_.say("good", "", fmt::format("badclients-policy answers on 127.0.0.1:{}", site_.port));
  }
  const auto now = try_unknown_user();
  if (now == Login::refused) {
    site_.say("good", "", "an unknown user is refused");
  } else if (!before || now == *before) {
    const auto* then = before ? ", as before" : "";
    site_.say("careful", "",
              now == Login::accepted
                  ? fmt::format("an unknown user is let in{}: see to your passdbs", then)
                  : fmt::format("'doveadm auth test' does not work here{}", then));
  } else {
    return refuse(now == Login::accepted ? "an unknown user was let in"
                                         : "'doveadm auth test' does not work any more");
  }
  // SELinux, systemd or a firewall may keep Dovecot's auth process, and it alone, from the port.
  if (site_.door == Door::policy) {
    site_.say("not tried", "",
              "a login with a right password. After the next login from outside look for its line; "
              "if there is none, run badclientsctl doctor");
  }
  return {};
}

void Setup::take_back() {
  const bool made = files_.changed();
  const auto dovecots = [&](const std::string& path) { return path == site_.dovecot_file(); };
  // What Dovecot may still start stays whole until it is told.
  auto faults = files_.take_back(dovecots);
  if (faults.empty() && told_dovecot_) {
    if (const auto done = reload(); !done) faults.push_back("doveadm reload: " + done.error());
  }
  if (faults.empty()) faults = files_.take_back([](const std::string&) { return true; });
  forget_empty_record();
  for (const auto& fault : faults) site_.context.complain("setup: " + fault);
  if (!faults.empty()) {
    site_.context.complain(
        "setup: not everything that this run has made could be taken back; 'badclientsctl setup "
        "--undo' removes what is left");
  } else if (made) {
    site_.say("taken back", "", "everything that this run has made");
  } else if (!changed_ || site_.pretend) {
    site_.print("Nothing was changed.\n");
  }
}

void Setup::forget_empty_record() {
  const bool left = std::ranges::any_of(site_.record.entries(), [](const Entry& entry) {
    std::error_code ignored;
    return fs::exists(fs::symlink_status(entry.path, ignored));
  });
  if (left || !site_.record.is_open()) return;
  if (const auto done = site_.record.remove(); !done) {
    site_.context.complain("setup: " + done.error());
  }
}

int set_up(Site& site) {
  Setup setup(site);
  if (const auto done = setup.run(); !done) {
    site.complain(done.error().why);
    setup.take_back();
    return done.error().code;
  }
  tell_what_next(site, setup.changed());
  return site.left_to_do.empty() ? exit_good : exit_bad;
}

}  // namespace badclients::admin::setup
