#include "checkpassword/help.hpp"

#include <fmt/format.h>

#include "config/config.hpp"

namespace badclients::checkpassword {

std::string help_text() {
  return fmt::format(
      "Usage: badclients [--config FILE] [--] [PROGRAM [ARG...]]\n\n"
      "Dovecot's passdb driver checkpassword runs this program for each login; see\n"
      "badclients(8). To try it in a shell:\n\n"
      "  printf 'alice\\0secret\\0\\0' |\n"
      "    SERVICE=imap TCPREMOTEIP=52.97.246.245 badclients 3<&0; echo $?\n\n"
      "Options:\n"
      "  --config FILE  the configuration file (default:\n"
      "                 {})\n"
      "  --background   do what a login has left to do; badclients runs itself so\n"
      "  -h, --help     print this text\n"
      "  --version      print name and version\n",
      config::default_path);
}

}  // namespace badclients::checkpassword
