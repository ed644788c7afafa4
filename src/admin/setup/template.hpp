#pragma once

#include <map>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

/// Making Dovecot's file from the example that people copy by hand.
namespace badclients::admin::setup {

/// Puts values in the place of a template's, by the names of settings ("port" -> "4002"), and drops
/// the comment at its head, which is for those who copy it. A name that begins with `!` stands for
/// a whole line: the one of that setting is replaced by the value. Error: a setting stands there
/// not at all, or more than once.
tl::expected<std::string, std::string> fill(std::string_view text,
                                            const std::map<std::string, std::string>& values);

/// Puts `value` in the place of the line `comment`, and changes nothing else. Error: the line
/// stands there not at all, or more than once.
tl::expected<std::string, std::string> uncomment(std::string_view text, std::string_view comment,
                                                 std::string_view value);

/// The first block `name { ... }` of a template that has a line `holding`, with its comments.
/// Error: there is none.
tl::expected<std::string, std::string> block_of(std::string_view text, std::string_view name,
                                                std::string_view holding);

}  // namespace badclients::admin::setup
