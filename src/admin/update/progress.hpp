#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

namespace badclients::admin::update {

/// One line on a terminal that shows how far a download is; gone when this object is.
class Progress {
 public:
  Progress(std::ostream& terminal, std::string name);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// `total` 0: unknown.
  void show(std::uint64_t now, std::uint64_t total);

 private:
  std::ostream& terminal_;
  std::string name_;
  std::string shown_;
};

}  // namespace badclients::admin::update
