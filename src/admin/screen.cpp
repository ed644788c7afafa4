#include "admin/screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "base/number.hpp"

namespace badclients::admin {

namespace {

constexpr std::size_t no_limit = 100000;

std::string_view variable(const char* name) {
  const auto* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : value;
}

}  // namespace

std::size_t screen_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return size.ws_col;
  const auto columns = base::number<std::size_t>(variable("COLUMNS"));
  if (columns && *columns != 0) return *columns;
  constexpr std::size_t usual = 80;
  return ::isatty(STDOUT_FILENO) == 1 ? usual : no_limit;
}

bool screen_has_colour() {
  return ::isatty(STDOUT_FILENO) == 1 && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

}  // namespace badclients::admin
