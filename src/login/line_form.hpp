#pragma once

#include "audit/line.hpp"
#include "config/config.hpp"

namespace badclients::login {

/// What general/log_format says.
inline audit::Form line_form(const config::Config& config) {
  const bool json = config.general.log_format == config::LogFormat::json;
  return json ? audit::Form::json : audit::Form::line;
}

}  // namespace badclients::login
