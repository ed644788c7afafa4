#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "lookup/transport/permits.hpp"

namespace badclients::test {

/// Permits everything but what is forbidden, and remembers what it was asked and told.
class Notebook : public lookup::Permits {
 public:
  std::optional<cache::Refusal> permit(const cache::ServerName& server, lookup::Deadline) override {
    const std::lock_guard lock(mutex_);
    asked.push_back(server);
    const auto found = forbidden.find(server);
    if (found == forbidden.end()) return std::nullopt;
    return cache::Refusal{found->second, "its budget is used up"};
  }
  void close(const cache::ServerName& server, std::chrono::seconds length,
             const std::string& reason) override {
    const std::lock_guard lock(mutex_);
    closed[server] = {length, reason};
  }

  std::map<cache::ServerName, std::chrono::milliseconds> forbidden;
  std::vector<cache::ServerName> asked;
  std::map<cache::ServerName, std::pair<std::chrono::seconds, std::string>> closed;

 private:
  std::mutex mutex_;
};

}  // namespace badclients::test
