#include "registry/compile/before.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "registry/compile/routes.hpp"
#include "registry/compile/rpsl.hpp"

namespace badclients::registry {

namespace {

[[noreturn]] void damaged(const std::string& path) {
  throw std::runtime_error(
      fmt::format("{}: it is damaged (delete it, and everything is fetched anew)", path));
}

std::string text_of(const SQLite::Column& column) {
  return {static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

}  // namespace

OldSegments::OldSegments(Store& store, net::Family family)
    : path_(store.path()),
      last_(family == net::Family::v4 ? last_v4 : ~Point{0}),
      select_(store.connection(),
              "SELECT key, value FROM item WHERE key BETWEEN ? AND ? ORDER BY key") {
  select_.bind(1, row_key(family == net::Family::v4 ? first_v4 : first_v6));
  select_.bind(2, row_key(last_));
  head_ = read();
}

std::optional<BlockReader::Entry> OldSegments::read() {
  for (;;) {
    if (block_) {
      auto entry = block_->next();
      if (!entry) damaged(path_);
      if (*entry) return **entry;
    }
    if (!select_.executeStep()) return std::nullopt;
    bytes_ = text_of(select_.getColumn(1));
    block_.emplace(row_first(select_.getColumn(0).getInt64()), bytes_);
  }
}

std::optional<std::pair<Range, Segment>> OldSegments::next() {
  if (!head_) return std::nullopt;
  const auto [first, segment] = *head_;
  head_ = read();
  const auto last = head_ ? head_->first - 1 : last_;
  if (last < first) damaged(path_);
  return std::pair{Range{first, last}, segment};
}

std::string old_text(Store& store, std::uint64_t number) {
  auto text = store.text(number);
  if (!text || !*text) damaged(store.path());
  return std::move(**text);
}

std::optional<Stretch> OldRoutes::next() {
  for (;;) {
    const auto found = segments_.next();
    if (!found) return std::nullopt;
    const auto& [range, segment] = *found;
    if (!segment.route) continue;
    auto asns = store_.asns(segment.route->origin);
    if (!asns) damaged(store_.path());
    return Stretch{range, encode(Origins{std::move(*asns), segment.route->prefix})};
  }
}

std::vector<Delegations::Block> old_blocks(Store& store) {
  std::vector<Delegations::Block> blocks;
  for (const auto family : {net::Family::v4, net::Family::v6}) {
    OldSegments segments{store, family};
    while (const auto found = segments.next()) {
      const auto& [range, segment] = *found;
      if (!segment.delegation) continue;
      const bool longer = !blocks.empty() && blocks.back().to == *segment.delegation &&
                          blocks.back().range.last + 1 == range.first;
      if (longer) {
        blocks.back().range.last = range.last;
      } else {
        blocks.push_back({range, *segment.delegation});
      }
    }
  }
  return blocks;
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> old_asns(Store& store,
                                                              const Publication& file) {
  const auto text = store.text(asns_number(place_of(file)));
  if (!text) damaged(store.path());
  if (!*text) return {};
  return decode_asns(**text);
}

std::vector<std::pair<std::uint32_t, std::string>> old_as_names(Store& store) {
  std::vector<std::pair<std::uint32_t, std::string>> names;
  SQLite::Statement select{store.connection(),
                           "SELECT key, value FROM item WHERE key BETWEEN ? AND ? ORDER BY key"};
  select.bind(1, text_key(1));
  select.bind(2, text_key(first_set - 1));
  while (select.executeStep()) {
    names.emplace_back(static_cast<std::uint32_t>(select.getColumn(0).getInt64() - text_key(0)),
                       text_of(select.getColumn(1)));
  }
  return names;
}

void old_registrations(Store& store, net::Family family, Registry registry,
                       const DelegatedSpace& space, Sorter& into) {
  OldSegments segments{store, family};
  std::uint64_t number = 0;
  std::string text;
  while (const auto found = segments.next()) {
    const auto& [range, segment] = *found;
    const bool wanted =
        segment.holder && segment.delegation && segment.delegation->registry == registry;
    if (!wanted) continue;
    if (segment.holder->text != number) text = old_text(store, number = segment.holder->text);
    for (const auto& part : space.within(range)) {
      into.add(sort_key(part) + encode(Holding{segment.holder->range, text}));
    }
  }
}

}  // namespace badclients::registry
