#include "lists/index.hpp"

#include <fmt/format.h>

#include <bit>

namespace badclients::lists {

namespace {

std::size_t number(Field field) {
  return static_cast<std::size_t>(field);
}

/// Points `table` at its bytes; false where they are not all there.
template <class Record>
bool point(format::Table<Record>& table, std::span<const std::byte> bytes, format::Span span) {
  const auto found = format::Table<Record>::in(bytes, span);
  if (found) table = *found;
  return found.has_value();
}

bool point(std::string_view& text, std::span<const std::byte> bytes, format::Span span) {
  const auto found = format::Table<char>::in(bytes, span);
  if (found) text = {reinterpret_cast<const char*>(bytes.data()) + span.offset, found->size()};
  return found.has_value();
}

template <class Key>
bool point(format::NetworkTable<Key>& table, std::span<const std::byte> bytes,
           const format::NetworkSpans& spans) {
  return point(table.networks.records, bytes, spans.networks) &&
         point(table.networks.fence, bytes, spans.fence);
}

net::Network network_of(const format::Network<format::Key4>& network) {
  return {net::Address::v4(network.base), network.prefix()};
}

net::Network network_of(const format::Network<format::Key6>& network) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(network.base[i / 4] >> (24 - 8 * (i % 4)));
  }
  const auto address = net::Address::v6(bytes);
  return {address, std::min(network.prefix(), address.bits())};
}

}  // namespace

Lookup lookup(Field field) {
  switch (field) {
    case Field::ip_net:
      return Lookup::network;
    case Field::asn:
    case Field::as_cc:
    case Field::net_cc:
    case Field::entity:
    case Field::maxmind_geo_loc:
    case Field::maxmind_geo_cc:
    case Field::maxmind_anonymous:
    case Field::service:
      return Lookup::equal;
    case Field::rev_host:
    case Field::as_dscr:
    case Field::net_name:
    case Field::client_id:
    case Field::maxmind_as_org:
    case Field::user:
    case Field::master:
      return Lookup::pattern;
    case Field::dnsbl:
    case Field::maxmind_coords:
      break;
  }
  return Lookup::each;
}

std::string Hit::value() const {
  return network ? network->str() : std::string(text);
}

std::string Hit::where() const {
  return fmt::format("{}:{}", file, line);
}

tl::expected<Index, std::string> Index::over(std::span<const std::byte> bytes) {
  format::Header header{};
  if (bytes.size() < format::body) return tl::unexpected<std::string>("it is cut short");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != format::magic) {
    return tl::unexpected<std::string>("it is not an index of lists");
  }
  if (header.byte_order != format::byte_order) {
    return tl::unexpected<std::string>("it was made on another kind of machine");
  }
  if (header.version != format::version) {
    return tl::unexpected<std::string>("it was made by another version");
  }
  Index index;
  if (header.length != bytes.size() || !index.place(bytes, header)) {
    return tl::unexpected<std::string>("it is damaged");
  }
  return index;
}

bool Index::place(std::span<const std::byte> bytes, const format::Header& header) {
  if (!point(texts_, bytes, header.texts) || !point(gram_filter_, bytes, header.gram_filter) ||
      !std::has_single_bit(std::max<std::size_t>(gram_filter_.size(), 1))) {
    return false;
  }
  looked_at_ = header.looked_at;
  anchored_ = header.anchored;
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    auto& owner = owners_[i];
    const auto& spans = header.owners[i];
    owner.entries = spans.entries;
    owner.gramless = spans.gramless;
    owner.gram_lengths = spans.gram_lengths;
    if (!point(owner.networks.v4, bytes, spans.v4) || !point(owner.networks.v6, bytes, spans.v6) ||
        !point(owner.equal.records, bytes, spans.equal) ||
        !point(owner.equal.fence, bytes, spans.equal_fence)) {
      return false;
    }
  }
  return point(files_, bytes, header.files) && point(entries_, bytes, header.entries) &&
         point(clients_, bytes, header.clients) && point(rules_, bytes, header.rules) &&
         point(clauses_, bytes, header.clauses) && point(unanchored_, bytes, header.unanchored) &&
         point(grams_.records, bytes, header.grams) &&
         point(grams_.fence, bytes, header.gram_fence) && point(gramless_, bytes, header.gramless);
}

std::string_view Index::text(format::Text text) const {
  return format::text_in(texts_, text);
}

std::string_view Index::file(std::uint32_t number) const {
  if (number >= files_.size()) throw DamagedIndex();
  return text(files_[number]);
}

format::Entry Index::entry(std::size_t number) const {
  if (number >= entries_.size()) throw DamagedIndex();
  const auto entry = entries_[number];
  if (entry.place.line == 0) throw DamagedIndex();
  return entry;
}

Hit Index::hit(std::size_t number) const {
  const auto found = entry(number);
  return {file(found.place.group), found.place.line, text(found.value), {}};
}

void Index::networks(Action action, const net::Address& address, const Visit& visit) const {
  const auto& owner = owners_[format::owner(action)];
  owner.networks.holding(address, [&](const auto& table, auto i, auto last) {
    for (; i < last; ++i) {
      const auto network = table[i];
      if (!visit({file(network.file()), network.line, {}, network_of(network)})) return false;
    }
    return true;
  });
}

void Index::equal(Field field, Action action, std::string_view value, const Visit& visit) const {
  if (!has(field, action)) return;
  const auto& owner = owners_[format::owner(action)];
  const auto key = format::hash(field, value);
  const auto& records = owner.equal.records;
  auto i = owner.equal.boundary([&](const format::Equal& record) { return record.key < key; });
  const auto [first, last] = entries_.clamp(owner.entries[number(field)]);
  for (; i < records.size() && records[i].key == key; ++i) {
    const auto number = records[i].entry;
    if (number < first || number >= last) continue;  // another field's value with the same hash
    const auto found = hit(number);
    if (found.text == value && !visit(found)) return;
  }
}

void Index::each(Field field, Action action, const Visit& visit) const {
  if (lookup(field) == Lookup::network) return;
  const auto& owner = owners_[format::owner(action)];
  auto [i, last] = entries_.clamp(owner.entries[number(field)]);
  for (; i < last; ++i) {
    if (!visit(hit(i))) return;
  }
}

bool Index::has(Field field, Action action) const {
  return owners_[format::owner(action)].entries[number(field)].count != 0;
}

}  // namespace badclients::lists
