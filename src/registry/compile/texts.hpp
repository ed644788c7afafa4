#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

struct evp_md_ctx_st;

namespace badclients::registry {

/// Gives each different text a number, the same text the same again. Remembers sixteen bytes of
/// each (of its SHA-256: two texts with the same are not found by trying) and never the text: some
/// 200 MB for the most that it remembers. What comes then gets a new number each time.
class TextNumbers {
 public:
  /// `most`: how many texts it remembers; it takes 23 to 46 bytes for each from the beginning.
  explicit TextNumbers(std::size_t most);
  TextNumbers(const TextNumbers&) = delete;
  TextNumbers& operator=(const TextNumbers&) = delete;
  ~TextNumbers();

  struct Number {
    std::uint64_t value = 0;
    bool is_new = false;
  };
  Number of(std::string_view text);
  /// How many numbers were given.
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  /// Sixteen bytes of a digest, and the number plus one; all zero: free.
  struct Slot {
    std::array<std::uint32_t, 4> digest{};
    std::uint32_t number = 0;
  };
  Slot& slot_of(const std::array<std::uint32_t, 4>& digest);

  std::vector<Slot> slots_;  ///< a power of two; by digest, the next one where that is taken
  std::size_t most_;
  std::uint64_t count_ = 0;
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

}  // namespace badclients::registry
