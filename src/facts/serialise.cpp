#include "facts/serialise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/number.hpp"
#include "base/text.hpp"
#include "facts/escape.hpp"

namespace badclients::facts {

namespace {

bool is_registry(std::string_view text) {
  return std::find(registry_names.begin(), registry_names.end(), text) != registry_names.end();
}

bool is_country(std::string_view text) {
  return text.size() == 2 && base::is_letter(text[0]) && base::is_letter(text[1]);
}

/// Builds a line field by field, within the bounds.
class Writer {
 public:
  /// A field that every such line has.
  Writer& field(std::string_view text) {
    append(escaped(text.substr(0, longest_field)));
    return *this;
  }

  /// A list member at the end of the line; left out where there is no room for it.
  Writer& member(std::string_view text) {
    auto field = escaped(text.substr(0, longest_field));
    if (members_ == most_members || line_.size() + 1 + field.size() > longest_line) return *this;
    ++members_;
    append(field);
    return *this;
  }

  std::string take() { return std::move(line_); }

 private:
  void append(std::string_view field) {
    if (!first_) line_ += '\t';
    first_ = false;
    line_ += field;
  }

  std::string line_;
  bool first_ = true;
  std::size_t members_ = 0;
};

template <class T>
using Read = tl::expected<T, std::string>;

tl::unexpected<std::string> wrong(std::string_view what) {
  return tl::unexpected<std::string>(std::string{what});
}

/// Splits a line into its fields, unescaped. Some `fixed` fields, then at most most_members more.
Read<std::vector<std::string>> fields_of(std::string_view line, std::size_t fixed) {
  if (line.size() > longest_line) return wrong("line too long");
  std::vector<std::string> fields;
  for (std::size_t begin = 0; begin <= line.size();) {
    const auto end = std::min(line.find('\t', begin), line.size());
    auto field = unescaped(line.substr(begin, end - begin));
    if (!field) return wrong(field.error());
    if (field->size() > longest_field) return wrong("field too long");
    if (fields.size() == fixed + most_members) return wrong("too many fields");
    fields.push_back(std::move(*field));
    begin = end + 1;
  }
  if (fields.size() < fixed) return wrong("too few fields");
  return fields;
}

Read<net::Address> address(std::string_view text) {
  auto parsed = net::Address::parse(text);
  // Only the form that encode writes: no scope id, no IPv4 in an IPv6 coat.
  if (!parsed || parsed->str() != text) return wrong("bad address");
  return *parsed;
}

Read<net::Network> network(std::string_view text) {
  auto parsed = net::Network::parse(text);
  if (!parsed || parsed->str() != text) return wrong("bad network");
  return *parsed;
}

Read<std::vector<std::uint32_t>> as_numbers(std::string_view text) {
  std::vector<std::uint32_t> numbers;
  if (text.empty()) return numbers;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(' ', begin), text.size());
    const auto value = base::number<std::uint32_t>(text.substr(begin, end - begin));
    if (!value) return wrong("bad AS number");
    if (numbers.size() == most_members) return wrong("too many AS numbers");
    numbers.push_back(*value);
    begin = end + 1;
  }
  return numbers;
}

}  // namespace

std::string encode(const ReverseNames& names) {
  Writer line;
  for (const auto& [name, confirmed] : names) {
    constexpr std::array marks{'?', 'n', 'y'};
    // The mark is part of the field, so that a field is never empty and an empty line is no name.
    line.member(marks[static_cast<std::size_t>(confirmed)] +
                std::string{name.substr(0, longest_field - 1)});
  }
  return line.take();
}

template <>
Read<ReverseNames> decode<ReverseNames>(std::string_view line) {
  ReverseNames names;
  if (line.empty()) return names;
  auto fields = fields_of(line, 0);
  if (!fields) return wrong(fields.error());
  for (const auto& field : *fields) {
    const auto mark =
        field.empty() ? std::string_view::npos : std::string_view{"?ny"}.find(field.front());
    if (mark == std::string_view::npos) return wrong("bad confirmation mark");
    names.push_back({field.substr(1), static_cast<Confirmed>(mark)});
  }
  return names;
}

std::string encode(const Origin& origin) {
  const auto count = std::min(origin.asns.size(), most_members);
  return Writer{}
      .field(fmt::format("{}",
                         fmt::join(origin.asns.begin(),
                                   origin.asns.begin() + static_cast<std::ptrdiff_t>(count), " ")))
      .field(origin.prefix ? origin.prefix->str() : "")
      .field(is_country(origin.country) ? origin.country : "")
      .field(is_registry(origin.registry) ? origin.registry : "")
      .take();
}

template <>
Read<Origin> decode<Origin>(std::string_view line) {
  const auto fields = fields_of(line, 4);
  if (!fields) return wrong(fields.error());
  const auto& f = *fields;
  if (f.size() != 4) return wrong("too many fields");
  Origin origin;
  auto numbers = as_numbers(f[0]);
  if (!numbers) return wrong(numbers.error());
  origin.asns = std::move(*numbers);
  if (!f[1].empty()) {
    const auto prefix = network(f[1]);
    if (!prefix) return wrong(prefix.error());
    origin.prefix = *prefix;
  }
  if (!f[2].empty() && !is_country(f[2])) return wrong("bad country");
  if (!f[3].empty() && !is_registry(f[3])) return wrong("unknown registry");
  origin.country = f[2];
  origin.registry = f[3];
  return origin;
}

std::string encode(const AsDescription& description) {
  return Writer{}.field(std::to_string(description.asn)).field(description.text).take();
}

template <>
Read<AsDescription> decode<AsDescription>(std::string_view line) {
  const auto fields = fields_of(line, 2);
  if (!fields) return wrong(fields.error());
  if (fields->size() != 2) return wrong("too many fields");
  const auto asn = base::number<std::uint32_t>((*fields)[0]);
  if (!asn) return wrong("bad AS number");
  return AsDescription{*asn, (*fields)[1]};
}

std::string encode(const Registration& registration) {
  Writer line;
  line.field(registration.name);
  line.field(is_country(registration.country) ? registration.country : "");
  line.field(registration.range ? registration.range->first.str() : "");
  line.field(registration.range ? registration.range->second.str() : "");
  for (const auto& entity : registration.entities) line.member(entity);
  return line.take();
}

template <>
Read<Registration> decode<Registration>(std::string_view line) {
  auto fields = fields_of(line, 4);
  if (!fields) return wrong(fields.error());
  const auto& f = *fields;
  Registration registration{f[0], f[1], {f.begin() + 4, f.end()}, std::nullopt};
  if (!f[1].empty() && !is_country(f[1])) return wrong("bad country");
  if (f[2].empty() && f[3].empty()) return registration;
  const auto first = address(f[2]);
  const auto last = address(f[3]);
  if (!first || !last) return wrong("bad address in the range");
  if (first->family() != last->family() || *last < *first) return wrong("bad range");
  registration.range = {*first, *last};
  return registration;
}

std::string encode(const DnsblListing& listing) {
  Writer line;
  line.field(listing.zone).field(listing.reason);
  for (const auto& answer : listing.answers) line.member(answer.str());
  return line.take();
}

template <>
Read<DnsblListing> decode<DnsblListing>(std::string_view line) {
  const auto fields = fields_of(line, 2);
  if (!fields) return wrong(fields.error());
  DnsblListing listing{(*fields)[0], {}, (*fields)[1]};
  if (listing.zone.empty()) return wrong("no DNSBL zone");
  for (std::size_t i = 2; i < fields->size(); ++i) {
    const auto answer = address((*fields)[i]);
    if (!answer || !answer->is_v4()) return wrong("bad DNSBL answer");
    listing.answers.push_back(*answer);
  }
  return listing;
}

}  // namespace badclients::facts
