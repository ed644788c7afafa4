#include "registry/segment.hpp"

#include <algorithm>
#include <utility>

namespace badclients::registry {

namespace {

enum Flag : unsigned { has_route = 1, has_delegation = 2, has_holder = 4, odd_range = 8 };

std::size_t width(Point point) {
  return is_v4(point) ? 4 : 16;
}

void put_number(std::string& bytes, Point number) {
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>(number | 0x80);
  bytes += static_cast<char>(number);
}

void put_point(std::string& bytes, Point point) {
  for (auto left = width(point); left-- > 0;) bytes += static_cast<char>(point >> (8 * left));
}

/// Takes a segment's bytes one part after the other; once one is missing, nothing more is good.
class Reader {
 public:
  Reader(std::string_view& bytes, Point at) : bytes_(bytes), at_(at) {}

  std::uint8_t byte() {
    if (bytes_.empty()) good_ = false;
    if (!good_) return 0;
    const auto value = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }

  Point number() {
    // Most are short, and each look-up reads dozens.
    std::uint64_t low = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      const auto next = byte();
      low |= static_cast<std::uint64_t>(next & 0x7f) << shift;
      if (next < 0x80) return low;
    }
    Point value = low;
    for (unsigned shift = 63; shift < 128; shift += 7) {
      const auto next = byte();
      value |= static_cast<Point>(next & 0x7f) << shift;
      if (next < 0x80) return value;
    }
    good_ = false;
    return 0;
  }

  unsigned length() {
    const unsigned value = byte();
    if (value > 8 * width(at_)) good_ = false;
    return good_ ? value : 0;
  }

  Route route() {
    const auto origin = number();
    const auto prefix = length();
    if (origin == 0 || origin >= first_holder) good_ = false;
    return {static_cast<std::uint64_t>(origin), prefix};
  }

  Delegation delegation() {
    const auto registry = byte();
    const std::array country{static_cast<char>(byte()), static_cast<char>(byte())};
    const bool letters = std::ranges::all_of(country, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (registry >= facts::registry_names.size()) good_ = false;
    if (!letters && country != std::array<char, 2>{}) good_ = false;
    return {good_ ? static_cast<Registry>(registry) : Registry::arin, country};
  }

  Holder holder(bool odd) {
    const auto text = number() + first_holder;
    if (text >= first_set << 31) good_ = false;  // SQLite's numbers end there
    if (!odd) return {static_cast<std::uint64_t>(text), range_around(at_, length())};
    const auto first = point(), last = point();
    if (!Range{first, last}.contains(at_)) good_ = false;
    return {static_cast<std::uint64_t>(text), {first, last}};
  }

  void must(bool condition) { good_ = good_ && condition; }
  [[nodiscard]] bool good() const { return good_; }

 private:
  Point point() {
    Point value = is_v4(at_) ? 0xffff : 0;
    for (auto left = width(at_); left-- > 0;) value = value << 8 | byte();
    return value;
  }

  std::string_view& bytes_;
  Point at_;
  bool good_ = true;
};

void put(std::string& bytes, const Segment& segment) {
  const auto& [route, delegation, holder] = segment;
  const auto length = holder ? prefix_length(holder->range) : std::nullopt;
  bytes += static_cast<char>((route ? has_route : 0U) | (delegation ? has_delegation : 0U) |
                             (holder ? has_holder : 0U) | (holder && !length ? odd_range : 0U));
  if (route) {
    put_number(bytes, route->origin);
    bytes += static_cast<char>(route->prefix);
  }
  if (delegation) {
    bytes += static_cast<char>(delegation->registry);
    bytes.append(delegation->country.data(), delegation->country.size());
  }
  if (!holder) return;
  put_number(bytes, holder->text - first_holder);
  if (length) {
    bytes += static_cast<char>(*length);
  } else {
    put_point(bytes, holder->range.first);
    put_point(bytes, holder->range.last);
  }
}

unsigned zero_bits(Point distance) {
  unsigned bits = 0;
  while ((distance >> bits & 1) == 0) ++bits;
  return bits;
}

}  // namespace

void BlockWriter::add(Point first, const Segment& segment) {
  if (empty()) {
    first_ = first;
  } else {
    const auto zeros = zero_bits(first - last_);
    bytes_ += static_cast<char>(zeros);
    put_number(bytes_, (first - last_) >> zeros);
  }
  put(bytes_, segment);
  last_ = first;
}

tl::expected<const BlockReader::Entry*, std::string> BlockReader::next() {
  if (bytes_.empty() && begun_) return nullptr;
  const auto damaged = [] { return tl::unexpected(std::string("segments that are damaged")); };
  if (std::exchange(begun_, true)) {
    Reader distance{bytes_, entry_.first};
    const unsigned zeros = distance.byte();
    const auto rest = distance.number();
    const auto before = entry_.first, next = before + (rest << (zeros & 127U));
    if (!distance.good() || zeros > 127 || next <= before || is_v4(next) != is_v4(before)) {
      return damaged();
    }
    entry_.first = next;
  }
  Reader reader{bytes_, entry_.first};
  const unsigned flags = reader.byte();
  reader.must(flags <= (has_route | has_delegation | has_holder | odd_range));
  auto& [route, delegation, holder] = entry_.segment = {};
  if ((flags & has_route) != 0) route = reader.route();
  if ((flags & has_delegation) != 0) delegation = reader.delegation();
  if ((flags & has_holder) != 0) holder = reader.holder((flags & odd_range) != 0);
  if (!reader.good()) return damaged();
  return &entry_;
}

}  // namespace badclients::registry
