#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "budget/permits.hpp"

namespace badclients::test {

/// Permits everything but what is forbidden, and remembers what it was asked and told.
class Notebook : public budget::Permits {
 public:
  std::optional<budget::Refusal> permit(const budget::ServerName& server, base::Deadline) override {
    const std::lock_guard lock(mutex_);
    asked.push_back(server);
    const auto found = forbidden.find(server);
    if (found == forbidden.end()) return std::nullopt;
    return budget::Refusal{found->second, "its budget is used up"};
  }
  void close(const budget::ServerName& server, std::chrono::seconds length,
             const std::string& reason) override {
    const std::lock_guard lock(mutex_);
    closed[server] = {length, reason};
  }

  std::map<budget::ServerName, std::chrono::milliseconds> forbidden;
  std::vector<budget::ServerName> asked;
  std::map<budget::ServerName, std::pair<std::chrono::seconds, std::string>> closed;

 private:
  std::mutex mutex_;
};

}  // namespace badclients::test
