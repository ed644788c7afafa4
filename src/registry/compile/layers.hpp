#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "registry/compile/sorter.hpp"
#include "registry/point.hpp"

/// Ranges that say something about their addresses, and how those that lie in each other become
/// segments: each address has what the smallest range around it says.
namespace badclients::registry {

struct Stretch {
  Range range;
  std::string payload;  ///< what is said: bytes that only both ends understand
};

/// Stretches in order: by first address, then the widest first.
class Stretches {
 public:
  virtual ~Stretches() = default;
  virtual std::optional<Stretch> next() = 0;
};

/// The bytes by which a Sorter puts stretches into that order, and what they are of.
std::string sort_key(const Range& range);
/// Cuts the key off `bytes`, which begin with one.
Range take_key(std::string_view& bytes);

/// What lies in Sorters as sort_key() and payload, several merged into one.
class SortedStretches : public Stretches {
 public:
  /// They are finished.
  explicit SortedStretches(std::vector<std::unique_ptr<Sorter>> sorters);
  std::optional<Stretch> next() override;

 private:
  std::vector<std::unique_ptr<Sorter>> sorters_;
  std::vector<std::optional<std::string_view>> heads_;
  std::optional<std::size_t> used_;  ///< whose head was returned
};

/// From `at` on, `stretch` is the smallest; nothing: none holds these addresses.
struct Boundary {
  Point at = 0;
  std::optional<Stretch> stretch;
};

/// Boundaries in order of their addresses. Of ranges of the same size the later one counts.
class Flattener {
 public:
  /// More ranges than this around one address are no registry's: no memory is spent on them.
  static constexpr std::size_t deepest = 100'000;

  explicit Flattener(Stretches& stretches);
  /// Nothing at the end. Throws std::runtime_error where ranges are nested deeper than `deepest`.
  std::optional<Boundary> next();

 private:
  void open(Stretch stretch);
  void close_until(Point point);

  Stretches& stretches_;
  std::optional<Stretch> waiting_;  ///< begins next
  struct Open {
    Stretch stretch;
    std::uint64_t number;  ///< in order of opening
    bool operator<(const Open& other) const;
  };
  std::vector<Open> open_;  ///< a heap, the smallest first; those that have ended may linger below
  std::uint64_t opened_ = 0;
};

/// Three layers of stretches side by side: from each address on at which one of them changes, what
/// each of them says.
class Merge {
 public:
  using Said = std::array<std::optional<Stretch>, 3>;
  explicit Merge(const std::array<Stretches*, 3>& layers);

  /// To the next such address; false at the end. Throws as Flattener::next().
  bool advance();
  [[nodiscard]] Point at() const { return at_; }
  [[nodiscard]] const Said& said() const { return said_; }

 private:
  struct Layer {
    explicit Layer(Stretches& stretches) : flattener(stretches), head(flattener.next()) {}
    Flattener flattener;
    std::optional<Boundary> head;
  };
  std::array<Layer, 3> layers_;
  Point at_ = 0;
  Said said_;
};

}  // namespace badclients::registry
