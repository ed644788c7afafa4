#include "admin/report.hpp"

#include "admin/context.hpp"

namespace badclients::admin {

int exit_code(const Report& report) {
  if (report.old_rules) return exit_cannot_decide;
  switch (report.verdict.decision) {
    case facts::Verdict::Decision::allow:
      return exit_good;
    case facts::Verdict::Decision::deny:
      return exit_bad;
    case facts::Verdict::Decision::tempfail:
      break;
  }
  return exit_cannot_decide;
}

}  // namespace badclients::admin
