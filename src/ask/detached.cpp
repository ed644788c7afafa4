#include "ask/detached.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/detach.hpp"
#include "base/file.hpp"

namespace badclients::ask {

namespace {

/// A file in memory that holds `text`, at its beginning. Not open: errno says why.
base::Descriptor file_with(const std::string& text) {
  base::Descriptor file{memfd_create("request", MFD_CLOEXEC)};
  if (!file.is_open() || !base::write_all(file.number(), text)) return base::Descriptor{};
  lseek(file.number(), 0, SEEK_SET);
  return file;
}

}  // namespace

tl::expected<void, std::string> start_detached(const Detached& detached) {
  const auto failure = [&](int error) {
    return fmt::format("cannot start a process in the background: {}", std::strerror(error));
  };
  auto words = detached.arguments;
  words.insert(words.begin(), detached.program);
  std::vector<char*> arguments, environment;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const char* const zone = std::getenv("TZ");
  auto variable = fmt::format("TZ={}", zone == nullptr ? "" : zone);
  if (zone != nullptr) environment.push_back(variable.data());
  environment.push_back(nullptr);

  const auto input = file_with(detached.input);
  if (!input.is_open()) return tl::unexpected(failure(errno));
  const auto run = [&] {
    if (::chdir("/") == 0) ::execve(detached.program.c_str(), arguments.data(), environment.data());
  };
  return base::detach({input.number(), -1, -1, detached.descriptor}, run).map_error(failure);
}

}  // namespace badclients::ask
