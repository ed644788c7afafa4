#include "lists/index.hpp"

#include <fmt/format.h>

#include <bit>

#include "lists/rule_code.hpp"

namespace badclients::lists {

namespace {

/// Without its path.
Dependency dependency_of(const format::DependencyRecord& record) {
  return {
      {}, static_cast<DependencyKind>(record.kind), record.racy != 0, record.stamp, record.offset};
}

/// Points `table` at its bytes. False: not all of them are there.
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

format::RuleCode format::rule_code() {
  RuleCode code{};
  rule_code_hash.copy(code.data(), code.size());
  return code;
}

std::string Hit::value() const {
  return network ? network->str() : std::string(text);
}

std::string Hit::where() const {
  return fmt::format("{}:{}", file, line);
}

tl::expected<Index, std::string> Index::over(std::span<const std::byte> bytes) {
  if (bytes.size() < format::body) return tl::unexpected<std::string>("it is cut short");
  Index index;
  auto& header = index.header_;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.rule_code != format::rule_code()) {
    return tl::unexpected<std::string>("it is not an index of lists made by this version");
  }
  if (header.length != bytes.size() || !index.place(bytes)) {
    return tl::unexpected<std::string>("it is damaged");
  }
  return index;
}

bool Index::place(std::span<const std::byte> bytes) {
  const auto& header = header_;
  if (!point(texts_, bytes, header.texts) || !point(gram_filter_, bytes, header.gram_filter) ||
      !std::has_single_bit(std::max<std::size_t>(gram_filter_.size(), 1))) {
    return false;
  }
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    auto& owner = owners_[i];
    const auto& spans = header.owners[i];
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
         point(grams_.fence, bytes, header.gram_fence) &&
         point(gramless_, bytes, header.gramless) &&
         point(dependencies_, bytes, header.dependencies) && point(faults_, bytes, header.faults);
}

std::vector<std::string> Index::faults() const {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < faults_.size(); ++i) result.emplace_back(text(faults_[i]));
  return result;
}

bool Index::is_made_from(const Stamp& file) const {
  for (std::size_t i = 0; i < dependencies_.size(); ++i) {
    const auto stamp = dependencies_[i].stamp;
    if (stamp.device == file.device && stamp.inode == file.inode) return true;
  }
  return false;
}

bool Index::is_stale() const {
  for (std::size_t i = 0; i < dependencies_.size(); ++i) {
    const auto record = dependencies_[i];
    const auto end = std::uint64_t{record.path.offset} + record.path.length;
    if (end >= texts_.size() || texts_[end] != '\0') throw DamagedIndex();
    if (has_changed(dependency_of(record), texts_.data() + record.path.offset)) return true;
  }
  return false;
}

std::vector<Dependency> Index::dependencies() const {
  std::vector<Dependency> result;
  for (std::size_t i = 0; i < dependencies_.size(); ++i) {
    const auto record = dependencies_[i];
    result.push_back(dependency_of(record));
    result.back().path = text(record.path);
  }
  return result;
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

void Index::each_equal(std::size_t owner, Field field, std::string_view value, std::uint32_t from,
                       const std::function<bool(const format::Equal&)>& visit) const {
  const auto& equal = owners_[owner].equal;
  const auto key = format::hash(field, value);
  auto i = equal.boundary([&](const format::Equal& record) {
    return record.key < key || (record.key == key && record.group < from);
  });
  const auto [first, last] = entries(owner, field);
  for (; i < equal.records.size(); ++i) {
    const auto record = equal.records[i];
    if (record.key != key) return;
    // Another field's value may have the same hash.
    if (record.entry < first || record.entry >= last) continue;
    if (text(entry(record.entry).value) == value && !visit(record)) return;
  }
}

void Index::equal(Field field, Action action, std::string_view value, const Visit& visit) const {
  if (!has(field, action)) return;
  each_equal(format::owner(action), field, value, 0,
             [&](const format::Equal& record) { return visit(hit(record.entry)); });
}

void Index::each(Field field, Action action, const Visit& visit) const {
  if (lookup(field) == Lookup::network) return;
  auto [i, last] = entries(format::owner(action), field);
  for (; i < last; ++i) {
    if (!visit(hit(i))) return;
  }
}

bool Index::names_persons(Action action) const {
  return header_.owners[format::owner(action)].names_persons != 0;
}

bool Index::names_persons() const {
  return names_persons(Action::deny) || names_persons(Action::allow) || clients_name_persons();
}

bool Index::clients_name_persons() const {
  return header_.owners[format::clients].names_persons != 0;
}

bool Index::has(Field field, Action action) const {
  return has_entries(format::owner(action), field);
}

}  // namespace badclients::lists
