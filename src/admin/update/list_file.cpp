#include "admin/update/list_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "lists/lines.hpp"
#include "net/network_text.hpp"

namespace badclients::admin::update {

namespace {

constexpr std::string_view mark = "# written by badclientsctl update; do not edit";
constexpr std::string_view source_label = "# source: ";

struct Place {
  std::string_view folder, suffix;
};
constexpr std::array<Place, 3> places{
    {{"ip_net.deny.d", ".lst"}, {"ip_net.allow.d", ".lst"}, {"clients/data", ".net"}}};

bool good_name(std::string_view name) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.size() <= 64 && name.front() != '.' &&
         name.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

tl::expected<Target, std::string> parse_target(std::string_view text) {
  const auto slash = text.rfind('/');
  const auto folder =
      slash == std::string_view::npos ? places.front().folder : text.substr(0, slash);
  auto name = text.substr(slash + 1);  // npos + 1 is 0
  const auto place = std::ranges::find(places, folder, &Place::folder);
  const bool suffix_fits = place != places.end() && name.ends_with(place->suffix);
  if (suffix_fits) name.remove_suffix(place->suffix.size());
  const bool suffix_missing = slash != std::string_view::npos && !suffix_fits;
  if (place == places.end() || suffix_missing || !good_name(name)) {
    return tl::unexpected(
        fmt::format("'{}' is no place for a list (try NAME, which is ip_net.deny.d/NAME.lst, or "
                    "ip_net.allow.d/NAME.lst, or clients/data/NAME.net; NAME of letters, digits, "
                    "'.', '_' and '-')",
                    text.substr(0, 120)));
  }
  auto file = fmt::format("{}{}", name, place->suffix);
  auto known_as = place == places.begin() ? std::string(name) : fmt::format("{}/{}", folder, file);
  return Target{std::move(known_as), std::string(folder), std::move(file)};
}

std::string ListFile::str() const {
  auto text =
      fmt::format("{}\n{}{}\n# written: {}\n# networks: {} published, {} after aggregation\n", mark,
                  source_label, source, written, published, networks.size());
  for (const auto& network : networks) {
    text += network.str();
    text += '\n';
  }
  return text;
}

PresentList parse_list(std::string_view text) {
  PresentList list;
  list.ours = text.starts_with(mark);
  lists::LineReader lines(text);
  while (const auto next = lines.next()) {
    const auto line = next->text;
    if (line.starts_with(source_label)) list.source = line.substr(source_label.size());
    if (line.starts_with('#')) continue;
    const auto read = net::read_network(line);
    const bool in_order = read && read->first.str() == line &&
                          (list.networks.empty() || list.networks.back() < read->first);
    if (!in_order) list.edited = true;
    if (!read) continue;
    list.networks.push_back(read->first);
    list.networks.insert(list.networks.end(), read->more.begin(), read->more.end());
  }
  std::ranges::sort(list.networks);
  return list;
}

}  // namespace badclients::admin::update
