#pragma once

#include <string>
#include <vector>

#include "admin/update/refresh.hpp"
#include "config/config.hpp"
#include "config/problem.hpp"

namespace badclients::admin::update {

/// The [update] section, understood.
struct Jobs {
  std::vector<Job> jobs;                  ///< in the file's order
  std::vector<config::Problem> problems;  ///< of the lines that are no job
};

/// `file` is the configuration file, for problems.
Jobs read_jobs(const std::vector<config::Config::Update>& updates, const std::string& file);

}  // namespace badclients::admin::update
