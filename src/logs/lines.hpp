#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/descriptor.hpp"

struct archive;

namespace badclients::logs {

/// The lines of a log, without their ends, unpacked as they are read: gzip, xz, zstd, bzip2, lz4,
/// or none of these, by their first bytes and not by a name.
class Lines {
 public:
  /// Reads from where the descriptor stands; a pipe is fine. Error: why not, in words.
  static tl::expected<Lines, std::string> from(base::Descriptor file);
  /// Error: "FILE: why".
  static tl::expected<Lines, std::string> of(const std::string& path);

  /// Valid until the next call. A line of more than 64 KiB, which no audit line is, is passed over.
  /// What stands behind the last line end is a line, too. Nothing at the end, and where reading
  /// fails: then trouble() says why.
  std::optional<std::string_view> next();

  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  /// How many bytes, unpacked, there are up to the last line end that was passed. Behind it, at the
  /// end, stands a line that is still being written.
  [[nodiscard]] std::uint64_t ended() const { return ended_; }
  /// Whether it has to be unpacked.
  [[nodiscard]] bool packed() const { return packed_; }

 private:
  struct Close {
    void operator()(archive* reader) const;
  };
  explicit Lines(base::Descriptor file);
  [[nodiscard]] bool more();
  void keep(std::string_view piece);

  base::Descriptor file_;
  std::unique_ptr<archive, Close> reader_;  ///< null at the end
  std::string_view block_;                  ///< of the reader's; what is left of it
  std::string begun_;                       ///< of a line that goes on in the next block
  bool too_long_ = false;
  bool given_ = false;  ///< `begun_` was handed out
  std::uint64_t passed_ = 0, ended_ = 0;
  bool packed_ = false;
  std::string trouble_;
};

}  // namespace badclients::logs
