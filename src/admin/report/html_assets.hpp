#pragma once

#include <string_view>

namespace badclients::admin::report {

/// Of the page that as_html makes. The script makes tables sort and filter; without it they are
/// whole. Neither asks for anything.
extern const std::string_view page_style, page_script;

}  // namespace badclients::admin::report
