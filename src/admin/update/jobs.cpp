#include "admin/update/jobs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace badclients::admin::update {

Jobs read_jobs(const std::vector<config::Config::Update>& updates, const std::string& file) {
  Jobs result;
  for (const auto& update : updates) {
    const auto report = [&](const std::string& what) {
      result.problems.push_back({config::Problem::Severity::error, file, update.line,
                                 fmt::format("update/{}: {}", update.list, what)});
    };
    auto target = parse_target(update.list);
    if (!target) {
      report(target.error());
      continue;
    }
    auto source = parse_source(update.source);
    if (!source) {
      report(source.error());
      continue;
    }
    const bool twice = std::ranges::any_of(
        result.jobs, [&](const Job& job) { return job.target.name == target->name; });
    if (twice) {
      report("another line makes the same list");
      continue;
    }
    result.jobs.push_back({std::move(*target), std::move(*source)});
  }
  return result;
}

}  // namespace badclients::admin::update
