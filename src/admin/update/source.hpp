#pragma once

#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "admin/update/filter.hpp"
#include "admin/update/published.hpp"

/// Who publishes address ranges, where, and in which form.
namespace badclients::admin::update {

struct Provider {
  std::string_view name;  ///< as the configuration calls it
  std::string_view url;   ///< empty: has to be given
  std::string_view hint;  ///< why it has to be given, and which it is
  std::span<const std::string_view> filter_keys;
  std::string_view bare_key;  ///< what a filter without `KEY=` means; empty: nothing
  Reading (*read)(std::string_view text, const Filter& filter);
};

std::span<const Provider> providers();

/// What a list is made from: `aws:service=EC2,region=us-east-1`, `azure:AzureCloud https://...`.
struct Source {
  const Provider* provider = nullptr;
  Filter filter;
  std::string url;  ///< https, without user name and password

  /// What parse_source() would read as this source, with the URL always given.
  [[nodiscard]] std::string str() const;
};

/// Reads `PROVIDER[:FILTER] [URL]`.
/// Error: a sentence that quotes what is wrong and names what is known.
tl::expected<Source, std::string> parse_source(std::string_view text);

/// The URL to ask for: the source's own; of Microsoft 365 with the `clientrequestid` that its web
/// service wants from every machine.
std::string request_url(const Source& source, std::string_view client_request_id);

}  // namespace badclients::admin::update
