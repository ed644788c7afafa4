#include "door/background.hpp"

#include <vector>

#include "ask/background.hpp"
#include "config/config.hpp"
#include "door/progress.hpp"
#include "door/supervise.hpp"
#include "login/warner.hpp"

namespace badclients::door {

namespace {

using audit::Level;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::minutes longest_pruning{10};
constexpr int cannot_work = 111;

void refresh_and_prune(const std::string& path, const audit::Surroundings& surroundings,
                       Clock::time_point begin, Progress& progress) {
  Plan plan;
  const auto loaded = config::load(path);
  if (!loaded) {
    audit::open_sink("auto", surroundings)->write(Level::error, loaded.error().str());
    plan.answer.code = cannot_work;
    return progress.arm(plan);
  }
  const auto& config = loaded->config;
  const auto& log = config.general.log;
  plan.log = log == "none" || log.starts_with('/') ? log : "syslog";
  progress.arm(plan);
  const auto deadline = begin + config.lookup.deadline;
  progress.begin_step("refreshing and pruning the cache", deadline + longest_pruning);
  const auto sink = audit::open_sink(plan.log, {});
  std::vector<std::string> warnings;
  ask::work_in_background({config, path, deadline, std::chrono::system_clock::now()}, warnings);
  login::Warner(*sink).warn(warnings);
}

}  // namespace

int work_in_background(const std::string& config_path, const audit::Surroundings& surroundings,
                       Clock::time_point begin) {
  Progress progress;
  progress.begin_step("reading the configuration", begin + longest_start());
  const auto outcome = supervise(
      progress, {}, [&] { refresh_and_prune(config_path, surroundings, begin, progress); });
  const auto plan = progress.plan().value_or(Plan{});
  if (outcome.trouble.empty()) return plan.answer.code;
  log_apart(plan.log, surroundings, {{Level::error, outcome.trouble}});
  return cannot_work;
}

}  // namespace badclients::door
