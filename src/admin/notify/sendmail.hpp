#pragma once

#include <string>

#include <tl/expected.hpp>

namespace badclients::admin::notify {

inline constexpr const char* usual_sendmail = "/usr/sbin/sendmail";

struct NotSent {
  bool at_all = false;  ///< the program cannot be started: nothing can be sent
  std::string why;
};

/// Gives a message to the mail server's program sendmail(8), which is a path, and waits until it
/// says that the mail server has it, a minute at most. The address is one argument behind `--`, as
/// address_of() makes them; no header of the message chooses a recipient.
tl::expected<void, NotSent> send(const std::string& sendmail, const std::string& address,
                                 const std::string& message);

}  // namespace badclients::admin::notify
