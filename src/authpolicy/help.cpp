#include "authpolicy/help.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "config/config.hpp"

namespace badclients::authpolicy {

std::string help_text() {
  const auto folder = std::filesystem::path(config::default_helper()).parent_path();
  return fmt::format(
      "Usage: badclients-policy [--config FILE]\n\n"
      "Answers Dovecot's auth policy requests on standard input and output. Dovecot\n"
      "starts one for each connection (script -p); see badclients-policy(8). To try it\n"
      "in a shell, as root (without policy/secret_file, leave X-Badclients out):\n\n"
      "  body='{{\"login\":\"alice\",\"remote\":\"52.97.246.245\",\"protocol\":\"imap\"}}'\n"
      "  secret=$(cat /etc/dovecot/badclients/secret)\n"
      "  printf 'POST /?command=allow HTTP/1.1\\r\\n%s\\r\\n%s\\r\\n\\r\\n%s' \\\n"
      "    \"X-Badclients: $secret\" \"Content-Length: ${{#body}}\" \"$body\" |\n"
      "    {}/badclients-policy\n\n"
      "Options:\n"
      "  --config FILE  the configuration file (default:\n"
      "                 {})\n"
      "  --background   do what a login has left to do; badclients-policy runs itself so\n"
      "  -h, --help     print this text\n"
      "  --version      print name and version\n",
      folder.string(), config::default_path);
}

}  // namespace badclients::authpolicy
