#include <fmt/format.h>

#include <limits>
#include <stdexcept>

#include "lists/index.hpp"
#include "lists/index_image.hpp"

namespace badclients::lists {

namespace format {

Text Texts::add(std::string_view text) {
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
  if (text.size() > most - bytes_.size()) throw std::length_error("lists of more than 4 GiB");
  const Text result{static_cast<std::uint32_t>(bytes_.size()),
                    static_cast<std::uint32_t>(text.size())};
  bytes_ += text;
  return result;
}

void Sources::add(Field field, std::string_view value, Place place, Texts& texts) {
  if (lookup(field) != Lookup::network) {
    entries[static_cast<std::size_t>(field)].push_back({texts.add(value), place});
    return;
  }
  const auto network = net::Network::parse(value);
  if (!network) throw std::invalid_argument(network.error());
  if (network->base().is_v4()) {
    v4.push_back({key4(network->base()), network->prefix(), place});
  } else {
    v6.push_back({key6(network->base()), network->prefix(), place});
  }
}

}  // namespace format

namespace {

/// The index as it grows.
class Image {
 public:
  Image() : bytes_(sizeof(format::Header), '\0') {}

  template <class Record>
  void add(const Record& record) {
    bytes_.append(reinterpret_cast<const char*>(&record), sizeof record);
  }
  /// Where the next array begins.
  std::uint64_t start() {
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
    return bytes_.size();
  }
  template <class Records>
  format::Span add_all(const Records& records) {
    const format::Span span{start(), records.size()};
    bytes_.append(reinterpret_cast<const char*>(records.data()),
                  records.size() * sizeof records.front());
    return span;
  }
  template <class Records>
  format::Span add_fence(const Records& records) {
    format::Span span{start(), 0};
    for (std::size_t i = 0; i < records.size(); i += format::fence_step, ++span.count) {
      add(format::key(records[i]));
    }
    return span;
  }
  std::string finish(format::Header header) {
    header.length = bytes_.size();
    header.checksum = format::checksum(header);
    std::memcpy(bytes_.data(), &header, sizeof header);
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

template <class Key>
format::NetworkSpans add_networks(Image& image, std::vector<format::PlacedNetwork<Key>>& sources) {
  std::sort(sources.begin(), sources.end());
  sources.erase(std::unique(sources.begin(), sources.end()), sources.end());

  std::vector<format::Network<Key>> networks;
  std::vector<std::uint32_t> around;  // the networks that the last one lies in, and itself
  const auto holds = [&](std::uint32_t outer, const format::PlacedNetwork<Key>& inner) {
    return format::same_network(networks[outer].base, inner.base, networks[outer].prefix);
  };
  for (std::uint32_t i = 0; i < sources.size(); ++i) {
    const auto& source = sources[i];
    if (i > 0 && sources[i - 1].base == source.base && sources[i - 1].prefix == source.prefix) {
      continue;
    }
    while (!around.empty() && !holds(around.back(), source)) around.pop_back();
    const auto parent = around.empty() ? format::none : around.back();
    around.push_back(static_cast<std::uint32_t>(networks.size()));
    networks.push_back({source.base, source.prefix, parent, i});
  }

  format::NetworkSpans spans{};
  spans.networks = image.add_all(networks);
  spans.fence = image.add_fence(networks);
  spans.places = {image.start(), sources.size()};
  for (const auto& source : sources) image.add(source.place);
  return spans;
}

void add_equal(Image& image, format::OwnerSpans& spans, const format::Sources& sources,
               const format::Texts& texts, bool grouped) {
  std::vector<format::Equal> records;
  for (std::size_t i = 0; i < field_count; ++i) {
    const auto field = static_cast<Field>(i);
    if (lookup(field) != Lookup::equal) continue;
    auto number = spans.entries[i].first;
    for (const auto& entry : sources.entries[i]) {
      const auto key = format::hash(field, texts.get(entry.value));
      records.push_back({key, grouped ? entry.place.group : 0, number++});
    }
  }
  std::sort(records.begin(), records.end());
  spans.equal = image.add_all(records);
  spans.equal_fence = image.add_fence(records);
}

/// `entries` grows by those of this owner.
format::OwnerSpans add_owner(Image& image, format::Sources& sources, const format::Texts& texts,
                             bool grouped, std::vector<format::Entry>& entries) {
  format::OwnerSpans spans{};
  for (std::size_t i = 0; i < field_count; ++i) {
    const auto& added = sources.entries[i];
    spans.entries[i] = {static_cast<std::uint32_t>(entries.size()),
                        static_cast<std::uint32_t>(added.size())};
    entries.insert(entries.end(), added.begin(), added.end());
  }
  spans.entries[static_cast<std::size_t>(Field::ip_net)].count =
      static_cast<std::uint32_t>(sources.v4.size() + sources.v6.size());
  spans.v4 = add_networks(image, sources.v4);
  spans.v6 = add_networks(image, sources.v6);
  add_equal(image, spans, sources, texts, grouped);
  return spans;
}

}  // namespace

std::string compile(const RuleBook& book) {
  if (book.entries.size() >= format::none || book.client_rules.size() >= format::none) {
    throw std::length_error("lists of more than 4 billion entries");
  }
  format::Texts texts;
  std::array<format::Sources, 2> lists;
  for (const auto& entry : book.entries) {
    lists[format::owner(entry.action)].add(entry.field, entry.value,
                                           {entry.where.file, entry.where.line}, texts);
  }
  format::ClientTables clients(book, texts);
  std::vector<format::Text> files;
  for (const auto& file : book.files) files.push_back(texts.add(file));

  Image image;
  format::Header header{};
  header.magic = format::magic;
  header.byte_order = format::byte_order;
  header.version = format::version;
  header.program = format::program();
  std::vector<format::Entry> entries;
  header.owners[format::deny] = add_owner(image, lists[format::deny], texts, false, entries);
  header.owners[format::allow] = add_owner(image, lists[format::allow], texts, false, entries);
  header.owners[format::clients] = add_owner(image, clients.sources, texts, true, entries);
  clients.place_entries(header.owners[format::clients].entries);
  format::GramTables grams;
  grams.add(format::deny, header.owners[format::deny], lists[format::deny], texts);
  grams.add(format::allow, header.owners[format::allow], lists[format::allow], texts);
  grams.add(format::clients, header.owners[format::clients], clients.sources, texts);
  grams.choose(header.owners);
  header.files = image.add_all(files);
  header.entries = image.add_all(entries);
  header.clients = image.add_all(clients.clients);
  header.rules = image.add_all(clients.rules);
  header.clauses = image.add_all(clients.clauses);
  header.unanchored = image.add_all(clients.unanchored);
  header.grams = image.add_all(grams.grams);
  header.gram_fence = image.add_fence(grams.grams);
  header.gram_filter = image.add_all(grams.filter);
  header.gramless = image.add_all(grams.gramless);
  header.looked_at = clients.looked_at;
  header.anchored = clients.anchored;
  header.texts = image.add_all(texts.bytes());
  return image.finish(header);
}

}  // namespace badclients::lists
