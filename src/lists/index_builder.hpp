#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "lists/blocks.hpp"
#include "lists/dependencies.hpp"
#include "lists/index.hpp"
#include "lists/index_image.hpp"
#include "lists/rulebook.hpp"

namespace badclients::lists {

/// All rules as one block of bytes, an image: what Index reads.
///
/// Keeps everything in memory until it is written: 12 bytes for a network of IPv4, 24 for one of
/// IPv6. Throws std::length_error if the lists are longer than an image may be (largest_index; 4
/// GiB of texts), std::invalid_argument if a value is not in the canonical form that RuleBook
/// promises, std::system_error if a file cannot be written.
class IndexBuilder final : public RuleSink {
 public:
  std::uint32_t add_file(const std::string& path) override;
  void add(Entry entry) override;
  std::uint32_t add(Client client) override;
  void add(ClientRule rule) override;
  /// Counts errors and keeps the first few: those about whole files before those about lines.
  void report(config::Problem problem) override;

  /// What the rules were made from.
  struct Origin {
    std::string list_path;
    const Dependencies* dependencies = nullptr;
    TimePoint made;
  };
  struct Image {
    std::string header;    ///< comes first; never empty
    std::uint64_t length;  ///< of header and body
    std::uint64_t hash;    ///< of the body's blocks, and the header
  };
  /// Writes the body, which follows a header of format::body bytes. Call it once. `most`: the
  /// longest image, in bytes.
  Image write(const Origin& origin, BlockWriter::Put put_body, std::uint64_t most = largest_index);
  /// All of it, in memory.
  std::string image(const Origin& origin);

 private:
  format::OwnerSpans write_owner(format::Output& out, std::size_t owner, format::OwnerParts& parts,
                                 std::vector<format::Entry>& entries);
  void write_origin(format::Output& out, const Origin& origin, format::Header& header);

  format::Texts texts_;
  std::array<format::OwnerParts, 2> lists_;
  format::ClientTables clients_;
  std::vector<format::Text> files_;
  std::uint64_t fault_count_ = 0;
  std::vector<std::string> faults_of_files_, faults_of_lines_;
};

/// An image of a rule book, in memory. Equal books give equal bytes.
std::string compile(const RuleBook& book);

}  // namespace badclients::lists
