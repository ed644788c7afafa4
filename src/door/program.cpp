#include "door/program.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <span>
#include <utility>

#include "ask/background.hpp"

namespace badclients::door {

namespace {

constexpr int cannot_work = 111;

int print(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}

tl::expected<Options, std::string> options_of(const Program& program,
                                              std::span<const char* const> arguments) {
  auto options = read_options(arguments);
  if (options && !options->rest.empty() && !program.takes_rest) {
    options = tl::unexpected(std::string("takes no arguments"));
  }
  return options.map_error([&](const std::string& why) {
    return fmt::format("{}; {} --help shows the usage", why, program.name);
  });
}

}  // namespace

void run(const Program& program, int argc, const char* const* argv, const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  int code = cannot_work;
  try {
    auto options = options_of(program, {argv + 1, argv + argc});
    const bool background = options && options->background;
    const auto start = harden(background ? ask::background_descriptors : program.descriptors);
    if (options && options->help) {
      code = print(program.help());
    } else if (options && options->version) {
      code = print(fmt::format("{} {}\n", program.name, program.version));
    } else {
      code = work(std::move(options), start, begin);
    }
  } catch (const std::exception& error) {
    // It could not even begin.
    std::fprintf(stderr, "%s: error: %s\n", program.name, error.what());
  }
  std::fflush(stdout);
  // Not exit(), which would only destroy objects.
  ::_exit(code);
}

}  // namespace badclients::door
