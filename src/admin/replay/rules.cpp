#include "admin/replay/rules.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>
#include <stdexcept>

#include "lists/index_builder.hpp"

namespace badclients::admin::replay {

namespace {

/// Keeps problems, and of entries those that are wanted.
class Filter final : public lists::RuleSink {
 public:
  Filter(lists::RuleSink& into, bool allow_alone) : into_(into), allow_alone_(allow_alone) {}

  std::uint32_t add_file(const std::string& path) override { return into_.add_file(path); }
  void add(lists::Entry entry) override {
    if (!allow_alone_ || entry.action == lists::Action::allow) into_.add(std::move(entry));
  }
  std::uint32_t add(lists::Client client) override {
    return allow_alone_ ? 0 : into_.add(std::move(client));
  }
  void add(lists::ClientRule rule) override {
    if (!allow_alone_) into_.add(std::move(rule));
  }
  void report(config::Problem problem) override {
    if (problem.severity == config::Problem::Severity::error) faults_.push_back(problem.str());
  }
  [[nodiscard]] const std::vector<std::string>& faults() const { return faults_; }

 private:
  lists::RuleSink& into_;
  bool allow_alone_;
  std::vector<std::string> faults_;
};

}  // namespace

tl::expected<Rules, std::string> Rules::read(const std::string& list_path,
                                             const std::string& file) {
  if (!file.empty() && ::access(file.c_str(), R_OK) != 0) {
    return tl::unexpected(fmt::format("{}: {}", file, std::strerror(errno)));
  }
  Rules rules;
  lists::Dependencies dependencies;
  lists::IndexBuilder builder;
  Filter today{builder, !file.empty()}, added{builder, false};
  lists::read_lists(list_path, dependencies, today);
  if (!file.empty() && !lists::read_rules_file(file, list_path, dependencies, added)) {
    return tl::unexpected(
        fmt::format("{}: a file of rules is named as in list_path (ip_net.deny.lst, "
                    "rev_host.deny.d/x.lst), or x.client",
                    file));
  }
  rules.faults_ = file.empty() ? today.faults() : added.faults();
  try {
    rules.bytes_ = std::make_unique<const std::string>(
        builder.image({list_path, &dependencies, std::chrono::system_clock::now()}));
  } catch (const std::length_error& error) {
    return tl::unexpected(fmt::format("{}: {}", list_path, error.what()));
  }
  const auto index = lists::Index::over(std::as_bytes(std::span(*rules.bytes_)));
  if (!index) return tl::unexpected(index.error());
  rules.index_ = std::make_unique<const lists::Index>(*index);
  return rules;
}

}  // namespace badclients::admin::replay
