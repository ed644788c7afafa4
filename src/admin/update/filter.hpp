#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace badclients::admin::update {

/// One thing that a published entry says about itself: `region` is `us-east-1`. An entry may say
/// the same key several times (Oracle's tags).
struct Attribute {
  std::string_view key, value;
};

/// Which of a publisher's entries are wanted: `service=EC2,region=us-east-1`. Different keys must
/// all match, a key that is given again means any of its values; case does not count. A value that
/// holds commas or blanks may stand in double quotes. The empty filter wants everything.
class Filter {
 public:
  /// The empty filter.
  Filter() = default;

  /// Reads `text`. `keys` are those the publisher's entries have; a part without `KEY=` means
  /// `bare_key`, unless that is empty.
  /// Error: a sentence that quotes the part and names the known keys.
  static tl::expected<Filter, std::string> parse(std::string_view text,
                                                 std::span<const std::string_view> keys,
                                                 std::string_view bare_key);

  [[nodiscard]] bool accepts(std::initializer_list<Attribute> attributes) const {
    return accepts(std::span{attributes.begin(), attributes.size()});
  }
  [[nodiscard]] bool accepts(std::span<const Attribute> attributes) const;
  [[nodiscard]] bool empty() const { return clauses_.empty(); }
  /// `service=EC2,region=us-east-1`: what parse() would read as this filter.
  [[nodiscard]] std::string str() const;

 private:
  struct Clause {
    std::string key;
    std::vector<std::string> values;
  };
  std::vector<Clause> clauses_;
};

}  // namespace badclients::admin::update
