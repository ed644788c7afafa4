#pragma once

#include <cstdint>
#include <string>

#include "config/problem.hpp"
#include "lists/rulebook.hpp"

namespace badclients::lists {

/// Takes what lists and client files say while they are read.
class RuleSink {
 public:
  RuleSink() = default;
  RuleSink(const RuleSink&) = delete;
  RuleSink& operator=(const RuleSink&) = delete;
  virtual ~RuleSink() = default;

  /// A file that was read; its number. As in RuleBook::files.
  virtual std::uint32_t add_file(const std::string& path) = 0;
  virtual void add(Entry entry) = 0;
  /// A client; its number. Its rules follow.
  virtual std::uint32_t add(Client client) = 0;
  virtual void add(ClientRule rule) = 0;
  virtual void report(config::Problem problem) = 0;
};

/// Everything in memory.
class RuleBookMaker final : public RuleSink {
 public:
  explicit RuleBookMaker(RuleBook& book) : book_(book) {}

  std::uint32_t add_file(const std::string& path) override;
  void add(Entry entry) override { book_.entries.push_back(std::move(entry)); }
  std::uint32_t add(Client client) override;
  void add(ClientRule rule) override;
  void report(config::Problem problem) override { book_.problems.push_back(std::move(problem)); }

 private:
  RuleBook& book_;
};

}  // namespace badclients::lists
