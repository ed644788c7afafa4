#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// `badclientsctl doctor`: whether Dovecot asks badclients as it has to, and badclients can answer.
namespace badclients::admin::doctor {

enum class Level { ok, warning, error };

/// "ok" "warning" "error"
std::string_view to_string(Level level);
/// Nothing where it is none of these.
Level level_of(std::string_view word);

/// A line of the report.
struct Finding {
  std::string check;  ///< its name, as badclientsctl(8) has it
  Level level = Level::ok;
  std::string text;      ///< what is so
  std::string advice{};  ///< what to do; empty where it is good
  friend bool operator==(const Finding&, const Finding&) = default;
};

/// What a check comes to: its faults, or, where there is none, what is good. Neither: there is
/// nothing to look at here.
struct Outcome {
  struct Fault {
    Level level = Level::error;
    std::string text, advice;
  };
  std::string good{};
  std::vector<Fault> faults{};

  void warn(std::string text, std::string advice) {
    faults.push_back({Level::warning, std::move(text), std::move(advice)});
  }
  void fail(std::string text, std::string advice) {
    faults.push_back({Level::error, std::move(text), std::move(advice)});
  }
};

/// Of a promise with one fault: what is good, or the fault.
inline Outcome either(bool is_good, std::string good, Outcome::Fault fault) {
  Outcome outcome{std::move(good), {}};
  if (!is_good) outcome.faults.push_back(std::move(fault));
  return outcome;
}

}  // namespace badclients::admin::doctor
