#include "registry/compile/replacement.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "base/file.hpp"
#include "base/state_file.hpp"
#include "base/whole_file.hpp"
#include "registry/store.hpp"

namespace badclients::registry {

namespace {

std::string reason(const std::string& path) {
  return fmt::format("{}: {}", path, std::strerror(errno));
}

}  // namespace

tl::expected<std::optional<Replacement>, std::string> Replacement::begin(
    const std::string& state_path) {
  constexpr base::StateFile name{"registry.lock"};
  auto lock = base::open_state_file(state_path, name);
  const bool locked = lock.is_open() && base::lock(lock.number(), LOCK_EX | LOCK_NB);
  if (locked) return Replacement{state_path, std::move(lock)};
  if (errno == EWOULDBLOCK) return std::nullopt;
  return tl::unexpected(reason(state_path + "/" + name.c_str()));
}

Replacement::Replacement(Replacement&& other) noexcept
    : state_path_(std::move(other.state_path_)),
      made_(std::exchange(other.made_, {})),
      lock_(std::move(other.lock_)) {}

Replacement::~Replacement() {
  if (!made_.empty()) ::unlink(made_.c_str());
}

const std::string& Replacement::make() {
  const auto path = state_path_ + "/" + base::unfinished("registry.db");
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw std::runtime_error(reason(path));
  const base::Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!file.is_open()) throw std::runtime_error(reason(path));
  made_ = path;
  // Every user who may enter the folder may read it: nothing in it is secret.
  if (::fchmod(file.number(), 0644) != 0) throw std::runtime_error(reason(path));
  return made_;
}

void Replacement::finish() {
  const auto path = store_path(state_path_);
  if (::rename(made_.c_str(), path.c_str()) != 0) throw std::runtime_error(reason(path));
  made_.clear();
  // The name's change may be lost in a crash, but never half done: no reason to fail.
  const auto folder = base::open_to_read(state_path_, O_DIRECTORY);
  if (folder.is_open()) ::fsync(folder.number());
}

}  // namespace badclients::registry
