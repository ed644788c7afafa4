#pragma once

#include <unistd.h>

#include <utility>

namespace badclients::base {

/// Owns an open file descriptor, and closes it at its end. Not open: a negative number, as open(2)
/// returns it where it failed; errno is then as open(2) left it.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    other.close();
    return *this;
  }
  ~Descriptor() { close(); }

  /// Does nothing where it is not open.
  void close() {
    if (number_ >= 0) ::close(release());
  }
  /// The number, which the caller closes from now on.
  int release() { return std::exchange(number_, -1); }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

}  // namespace badclients::base
