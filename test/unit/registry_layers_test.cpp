#include "registry/compile/layers.hpp"

#include <algorithm>
#include <random>

#include "catch.hpp"
#include "temp_folder.hpp"

using namespace badclients;
using namespace badclients::registry;

namespace {

class Some : public Stretches {
 public:
  explicit Some(std::vector<Stretch> stretches) : stretches_(std::move(stretches)) {
    std::ranges::sort(stretches_, {}, [](const Stretch& each) {
      return std::pair{each.range.first, ~each.range.last};
    });
  }
  std::optional<Stretch> next() override {
    if (at_ == stretches_.size()) return std::nullopt;
    return stretches_[at_++];
  }

 private:
  std::vector<Stretch> stretches_;
  std::size_t at_ = 0;
};

/// What each of the first `count` addresses from `base` on has, "" where nothing.
std::vector<std::string> painted(Stretches& stretches, Point base, std::size_t count) {
  std::vector<std::string> result(count);
  Flattener flattener{stretches};
  std::string now;
  Point at = base;
  std::optional<Point> before;
  while (const auto boundary = flattener.next()) {
    CHECK((!before || *before < boundary->at));
    before = boundary->at;
    for (; at < boundary->at && at < base + count; ++at) {
      result[static_cast<std::size_t>(at - base)] = now;
    }
    now = boundary->stretch ? boundary->stretch->payload : "";
  }
  for (; at < base + count; ++at) result[static_cast<std::size_t>(at - base)] = now;
  return result;
}

}  // namespace

TEST_CASE("each address has what the smallest range around it says", "[registry]") {
  constexpr std::size_t addresses = 300;
  std::mt19937 random{1};
  for (int round = 0; round < 2'000; ++round) {
    const Point base = round % 2 == 0 ? first_v4 + 1000 : first_v6 << 1;
    std::vector<Stretch> stretches;
    std::vector<std::string> expected(addresses);
    std::vector<Point> sizes(addresses, ~Point{0});
    for (auto left = random() % 30; left > 0; --left) {
      const Point first = random() % addresses;
      const Point last =
          std::min<Point>(first + random() % (random() % 2 == 0 ? 10 : 200), addresses - 1);
      // Of two of the same size the test could not say which counts.
      const bool same_size = std::ranges::any_of(stretches, [&](const Stretch& each) {
        return each.range.size_less_one() == last - first;
      });
      if (same_size) continue;
      stretches.push_back({{base + first, base + last}, std::to_string(left)});
      for (auto at = static_cast<std::size_t>(first); at <= last; ++at) {
        if (last - first >= sizes[at]) continue;
        sizes[at] = last - first;
        expected[at] = std::to_string(left);
      }
    }
    Some some{std::move(stretches)};
    REQUIRE(painted(some, base, addresses) == expected);
  }
}

TEST_CASE("nothing follows the last of all addresses", "[registry]") {
  const Point last = ~Point{0};
  Some some{{{{last - 9, last}, "wide"}, {{last - 2, last}, "narrow"}, {{last, last}, "one"}}};
  Flattener flattener{some};
  CHECK(flattener.next()->stretch->payload == "wide");
  CHECK(flattener.next()->stretch->payload == "narrow");
  CHECK(flattener.next()->stretch->payload == "one");
  CHECK_FALSE(flattener.next());
  CHECK_FALSE(flattener.next());
}

TEST_CASE("of two ranges that are the same the later one counts", "[registry]") {
  Some some{{{{first_v4, first_v4 + 9}, "first"}, {{first_v4, first_v4 + 9}, "second"}}};
  CHECK(painted(some, first_v4, 10) == std::vector<std::string>(10, "second"));
}

TEST_CASE("ranges that lie in each other without end are refused", "[registry]") {
  class Endless : public Stretches {
   public:
    std::optional<Stretch> next() override {
      ++at_;
      return Stretch{{first_v4 + at_, last_v4 - at_}, ""};
    }

   private:
    Point at_ = 0;
  };
  Endless endless;
  Flattener flattener{endless};
  const auto read = [&] {
    while (flattener.next()) {
    }
  };
  CHECK_THROWS_WITH(read(), ContainsSubstring("lie in each other"));
}

TEST_CASE("keys sort ranges by first address, the widest first, and lead back to them",
          "[registry]") {
  const std::vector<Range> ranges{{first_v4, last_v4},          {first_v4, first_v4 + 5},
                                  {first_v4 + 1, first_v4 + 1}, {last_v4, last_v4},
                                  {first_v6, ~Point{0}},        {first_v6, first_v6 + 1},
                                  {first_v6 + 1, ~Point{0}},    {~Point{0}, ~Point{0}}};
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto key = sort_key(ranges[i]);
    if (i > 0) CHECK(std::string_view(sort_key(ranges[i - 1])) < std::string_view(key));
    const auto bytes = key + "rest";
    std::string_view rest = bytes;
    CHECK(take_key(rest) == ranges[i]);
    CHECK(rest == "rest");
  }
}

TEST_CASE("what lies in several sorters comes out as one row", "[registry]") {
  const TempFolder folder;
  std::vector<std::unique_ptr<Sorter>> sorters;
  for (Point part = 0; part < 3; ++part) {
    auto& sorter = sorters.emplace_back(std::make_unique<Sorter>(folder.path(), 100'000));
    for (Point i = part; i < 20'000; i += 3) {
      sorter->add(sort_key({first_v4 + i, last_v4}) + "payload");
    }
    sorter->finish();
  }
  SortedStretches stretches{std::move(sorters)};
  for (Point i = 0; i < 20'000; ++i) {
    const auto stretch = stretches.next();
    REQUIRE(stretch);
    REQUIRE(stretch->range == Range{first_v4 + i, last_v4});
    REQUIRE(stretch->payload == "payload");
  }
  CHECK_FALSE(stretches.next());
}
