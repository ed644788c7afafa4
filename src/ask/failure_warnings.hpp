#pragma once

#include <map>
#include <string>
#include <vector>

#include "facts/facts.hpp"
#include "net/address.hpp"

namespace badclients::ask {

/// The failures of now, those with the same reason together, for the administrator.
class FailureWarnings {
 public:
  /// `only_questions`: nothing of servers that could not be asked, or were silent.
  explicit FailureWarnings(const facts::Facts& facts, bool only_questions = false);

  /// But for those that a warning names already.
  void warn(const net::Address& address, std::vector<std::string>& warnings) const;

 private:
  template <class T>
  void collect(const std::string& name, const facts::Fact<T>& fact) {
    const bool counts = !only_questions_ || fact.cause == facts::Cause::question;
    if (fact.failed() && counts) by_trouble_[fact.trouble].push_back(name);
  }

  bool only_questions_;
  std::map<std::string, std::vector<std::string>> by_trouble_;
};

}  // namespace badclients::ask
