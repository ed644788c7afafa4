#pragma once

#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "admin/setup/files.hpp"
#include "admin/setup/site.hpp"

namespace badclients::admin::setup {

/// What cannot go on: the message, and the exit code.
struct Stop {
  std::string why;
  int code = exit_cannot_decide;
};
using Done = tl::expected<void, Stop>;

inline tl::unexpected<Stop> cannot(std::string why) {
  return tl::unexpected(Stop{std::move(why)});
}
inline tl::unexpected<Stop> refuse(std::string why) {
  return tl::unexpected(Stop{std::move(why), exit_bad});
}

class Setup {
 public:
  explicit Setup(Site& site) : site_(site), files_(site.record, site.pretend) {}

  Done run();
  /// Where run() failed: takes back what it has made, Dovecot's file first, and says so.
  void take_back();

  [[nodiscard]] bool changed() const { return changed_; }

 private:
  Done look_and_make();
  Done look();
  Done read_configured_dovecot();
  Done remove_rejected_file(const std::string& complaint);
  void introduce() const;
  Done make_all();
  Done make_folders_and_lists();
  Done make_lists();
  Done make_config_and_secret();
  Done make_config();
  Done make_secret();
  Done make_folder_of(const std::string& file);
  Done make_dovecot_file();
  Done put_to_use();
  Done check_configuration();
  void tell_what_a_failure_does();
  Done check_rights();
  void check_patience();
  /// `before`: what was said of an unknown user before Dovecot was told of all this; nothing where
  /// it works with it already.
  Done try_it(std::optional<Login> before);
  void forget_empty_record();

  /// Makes a file or folder, and says what became of it.
  Done make(const Wanted& wanted, std::optional<Entry::Kind> kind = std::nullopt);
  void tell(const std::string& path, Found found);

  Site& site_;
  Files files_;
  bool changed_ = false;  ///< something was made, or would be
  bool waits_ = false;    ///< Dovecot's file comes when Site::left_to_do is done
  bool told_dovecot_ = false;
  std::string text_;  ///< of Dovecot's file, as it is now
  std::string secret_;
};

}  // namespace badclients::admin::setup
