#include "cache/failure.hpp"

#include <fmt/format.h>

namespace badclients::cache {

std::string encode_failure(facts::Cause cause, std::string_view trouble) {
  return fmt::format("{}\t{}", facts::to_string(cause), trouble);
}

std::pair<facts::Cause, std::string> decode_failure(std::string_view text) {
  const auto tab = text.find('\t');
  if (tab == std::string_view::npos) return {facts::Cause::question, std::string{text}};
  const auto cause = facts::cause_named(text.substr(0, tab));
  return {cause.value_or(facts::Cause::question), std::string{text.substr(tab + 1)}};
}

}  // namespace badclients::cache
