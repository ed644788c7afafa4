#include "admin/update/published.hpp"

#include <fmt/format.h>

#include "net/network_text.hpp"

namespace badclients::admin::update {

tl::expected<void, std::string> Published::add(std::string_view text, bool accepted) {
  const auto read = net::read_network(text);
  if (!read) return tl::unexpected(read.error());
  if (read->length < text.size()) {
    return tl::unexpected(
        fmt::format("'{}' is not a network: there is something behind it", text.substr(0, 80)));
  }
  ++entries;
  if (!accepted) return {};
  networks.push_back(read->first);
  networks.insert(networks.end(), read->more.begin(), read->more.end());
  return {};
}

}  // namespace badclients::admin::update
