#include "lists/index_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "base/hash.hpp"
#include "lists/index.hpp"

namespace badclients::lists {

namespace format {

void check_length(std::uint64_t bytes, std::uint64_t most) {
  if (bytes <= most) return;
  throw std::length_error(fmt::format(
      "the lists are too long: compiled, they take more than the {} MiB that a login can map, "
      "which are {} thousand networks of IPv4, or {} thousand of IPv6",
      most >> 20U, most / sizeof(Network<Key4>) / 1000, most / sizeof(Network<Key6>) / 1000));
}

std::uint64_t Output::start() {
  constexpr std::string_view zeros("\0\0\0\0\0\0\0", 7);
  append(zeros.substr(0, (8 - writer_.size() % 8) % 8));
  return body + writer_.size();
}

std::uint64_t Output::finish() {
  writer_.finish();
  return body + writer_.size();
}

void Output::append(std::string_view bytes) {
  check_length(body + writer_.size() + bytes.size(), most_);
  writer_.append(bytes);
}

Text Texts::add(std::string_view text) {
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
  if (text.size() > most - bytes_.size()) throw std::length_error("lists of more than 4 GiB");
  const Text result{static_cast<std::uint32_t>(bytes_.size()),
                    static_cast<std::uint32_t>(text.size())};
  bytes_ += text;
  return result;
}

void OwnerParts::add(const net::Network& network, std::uint32_t file, std::uint32_t line) {
  const auto prefix_and_file = (network.prefix() + 1) << 24 | file;
  if (network.base().is_v4()) {
    v4.push_back({key4(network.base()), prefix_and_file, line});
  } else {
    v6.push_back({key6(network.base()), prefix_and_file, line});
  }
  check_length(v4.size() * sizeof(Network<Key4>) + v6.size() * sizeof(Network<Key6>),
               largest_index);
}

net::Network network_from(std::string_view value) {
  const auto network = net::Network::parse(value);
  if (!network) throw std::invalid_argument(network.error());
  return *network;
}

}  // namespace format

namespace {

/// How many faults are kept in words: a login names fewer.
constexpr std::size_t most_faults = 20;

template <class Key>
format::NetworkSpans write_networks(format::Output& out,
                                    std::deque<format::PlacedNetwork<Key>>& placed) {
  using Network = format::Network<Key>;
  format::NetworkSpans spans{};
  spans.networks.offset = out.start();
  std::vector<Key> fence;
  Network last{};            // that was written
  std::uint32_t number = 0;  // of the next
  std::uint32_t first = 0;   // of the last's group
  struct Around {
    Network network;
    std::uint32_t last;  // place
  };
  std::vector<Around> around;  // the networks that the last one lies in, and itself
  std::sort(placed.begin(), placed.end());
  placed.erase(std::unique(placed.begin(), placed.end()), placed.end());
  for (const auto& [base, prefix_and_file, line] : placed) {
    Network network{base, prefix_and_file, line, first};
    if (number == 0 || !network.same_as(last)) {
      while (!around.empty() && !format::same_network(around.back().network.base, network.base,
                                                      around.back().network.prefix())) {
        around.pop_back();
      }
      network.parent = around.empty() ? format::none : around.back().last;
      around.push_back({network, number});
      first = number;
    }
    around.back().last = number;
    if (number % format::fence_step == 0) fence.push_back(network.base);
    out.add(network);
    last = network;
    ++number;
  }
  placed = {};
  spans.networks.count = number;
  spans.fence = out.add_all(fence);
  return spans;
}

void write_equal(format::Output& out, format::OwnerSpans& spans, const format::OwnerParts& parts,
                 const format::Texts& texts, bool grouped) {
  std::vector<format::Equal> records;
  for (std::size_t i = 0; i < field_count; ++i) {
    const auto field = static_cast<Field>(i);
    if (lookup(field) != Lookup::equal) continue;
    auto number = spans.entries[i].first;
    for (const auto& entry : parts.entries[i]) {
      const auto key = format::hash(field, texts.get(entry.value));
      records.push_back({key, grouped ? entry.place.group : 0, number++});
    }
  }
  std::sort(records.begin(), records.end());
  spans.equal = out.add_all(records);
  spans.equal_fence = out.add_fence(records);
}

}  // namespace

std::uint32_t IndexBuilder::add_file(const std::string& path) {
  if (files_.size() >= format::most_files) throw std::length_error("more than 16 million files");
  files_.push_back(texts_.add(path));
  return static_cast<std::uint32_t>(files_.size() - 1);
}

void IndexBuilder::add(Entry entry) {
  auto& parts = lists_[format::owner(entry.action)];
  const auto& where = entry.where;
  if (lookup(entry.field) == Lookup::network) {
    parts.add(format::network_from(entry.value), where.file, where.line);
  } else {
    parts.add(entry.field, entry.value, {where.file, where.line}, texts_);
  }
}

std::uint32_t IndexBuilder::add(Client client) {
  clients_.add(client, texts_);
  return static_cast<std::uint32_t>(clients_.clients.size() - 1);
}

void IndexBuilder::add(ClientRule rule) {
  clients_.add(rule, texts_);
}

void IndexBuilder::report(config::Problem problem) {
  if (problem.severity != config::Problem::Severity::error) return;
  ++fault_count_;
  auto& faults = problem.line == 0 ? faults_of_files_ : faults_of_lines_;
  if (faults.size() < most_faults) faults.push_back(problem.str());
}

/// Appends this owner's entries to `entries`.
format::OwnerSpans IndexBuilder::write_owner(format::Output& out, std::size_t owner,
                                             format::OwnerParts& parts,
                                             std::vector<format::Entry>& entries) {
  format::OwnerSpans spans{};
  for (std::size_t i = 0; i < field_count; ++i) {
    const auto& added = parts.entries[i];
    spans.entries[i] = {static_cast<std::uint32_t>(entries.size()),
                        static_cast<std::uint32_t>(added.size())};
    entries.insert(entries.end(), added.begin(), added.end());
  }
  if (entries.size() >= format::none) throw std::length_error("more than 4 billion entries");
  spans.v4 = write_networks(out, parts.v4);
  spans.v6 = write_networks(out, parts.v6);
  spans.entries[static_cast<std::size_t>(Field::ip_net)].count =
      spans.v4.networks.count + spans.v6.networks.count != 0 ? 1 : 0;
  write_equal(out, spans, parts, texts_, owner == format::clients);
  spans.names_persons = parts.names_persons ? 1 : 0;
  return spans;
}

void IndexBuilder::write_origin(format::Output& out, const Origin& origin, format::Header& header) {
  header.made =
      std::chrono::duration_cast<std::chrono::seconds>(origin.made.time_since_epoch()).count();
  header.list_path = texts_.add(origin.list_path);
  header.fault_count = fault_count_;
  std::vector<format::Text> faults;
  for (const auto* some : {&faults_of_files_, &faults_of_lines_}) {
    for (const auto& fault : *some) {
      if (faults.size() < most_faults) faults.push_back(texts_.add(fault));
    }
  }
  header.faults = out.add_all(faults);
  std::vector<format::DependencyRecord> records;
  if (origin.dependencies != nullptr) {
    header.unread = origin.dependencies->unread();
    for (const auto& dependency : origin.dependencies->all()) {
      records.push_back({texts_.add(dependency.path), static_cast<std::uint32_t>(dependency.kind),
                         dependency.racy ? 1U : 0U, dependency.stamp, dependency.offset});
      texts_.add({"\0", 1});
    }
  }
  header.dependencies = out.add_all(records);
}

IndexBuilder::Image IndexBuilder::write(const Origin& origin, BlockWriter::Put put_body,
                                        std::uint64_t most) {
  using format::Header;
  format::Output out(std::move(put_body), most);
  Header header{};
  header.rule_code = format::rule_code();

  std::vector<format::Entry> entries;
  const std::array owners{&lists_[format::deny], &lists_[format::allow], &clients_.parts};
  format::GramTables grams;
  for (std::size_t i = 0; i < owners.size(); ++i) {
    header.owners[i] = write_owner(out, i, *owners[i], entries);
    grams.add(i, header.owners[i], *owners[i], texts_);
  }
  clients_.place_entries(header.owners[format::clients].entries);
  grams.choose(header.owners);
  header.grams = out.add_all(grams.grams);
  header.gram_fence = out.add_fence(grams.grams);
  header.gram_filter = out.add_all(grams.filter);
  header.gramless = out.add_all(grams.gramless);
  header.files = out.add_all(files_);
  header.entries = out.add_all(entries);
  header.clients = out.add_all(clients_.clients);
  header.rules = out.add_all(clients_.rules);
  header.clauses = out.add_all(clients_.clauses);
  header.unanchored = out.add_all(clients_.unanchored);
  header.anchored = clients_.anchored;
  write_origin(out, origin, header);
  header.texts = out.add_all(texts_.bytes());
  header.length = out.finish();

  Image image{std::string(format::body, '\0'), header.length, 0};
  std::memcpy(image.header.data(), &header, sizeof header);
  image.hash = base::hash(image.header, out.hash());
  return image;
}

std::string IndexBuilder::image(const Origin& origin) {
  std::string body;
  const auto image = write(origin, [&](std::string_view block, std::uint64_t) { body += block; });
  return image.header + body;
}

std::string compile(const RuleBook& book) {
  IndexBuilder builder;
  for (const auto& file : book.files) builder.add_file(file);
  for (const auto& entry : book.entries) builder.add(entry);
  for (const auto& client : book.clients) builder.add(client);
  for (const auto& rule : book.client_rules) builder.add(rule);
  for (const auto& problem : book.problems) builder.report(problem);
  return builder.image({});
}

}  // namespace badclients::lists
