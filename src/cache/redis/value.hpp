#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "facts/facts.hpp"

/// One answer in a shared cache, as a line of text:
///   VERSION TAB KEY TAB EXPIRES TAB SOURCE TAB PAYLOAD LF
/// EXPIRES in seconds since 1970; KEY, SOURCE and PAYLOAD (facts/serialise.hpp) with its escapes.
/// Anybody may have written there, and anything.
namespace badclients::cache {

struct SharedValue {
  facts::Time expires;
  std::string source;
  std::string payload;
};

std::string encode_shared(std::string_view key, const SharedValue& value);

/// Error: what is wrong with it, without its bytes; one that belongs to another key is wrong. An
/// expired value is read like any other. One that expires later than `longest` from `now` expires
/// then.
tl::expected<SharedValue, std::string> decode_shared(std::string_view key, std::string_view text,
                                                     facts::Time now, std::chrono::seconds longest);

}  // namespace badclients::cache
