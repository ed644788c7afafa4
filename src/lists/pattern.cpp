#include "lists/pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "config/values.hpp"
#include "lists/text.hpp"

namespace badclients::lists {

namespace {

using Item = Pattern::Item;
using Kind = Pattern::Kind;

bool has(const Pattern::Characters& set, char c) {
  return set[static_cast<unsigned char>(c)];
}

/// Whether a frontier is at `at`. Both ends of a value count as NUL.
bool is_frontier(const Item& item, std::string_view value, std::size_t at) {
  return !has(item.set, at == 0 ? '\0' : value[at - 1]) &&
         has(item.set, at == value.size() ? '\0' : value[at]);
}

/// The places in a value from which on the items match all the rest. Begins at the end of the value
/// with no item; then adds the items in front, the last one first. So it explores at once what
/// backtracking explores one way after the other.
class Rest {
 public:
  explicit Rest(std::string_view value)
      : value_(value), places_(value.size() + 1, false), first_(value.size()), last_(first_) {
    places_[last_] = true;
  }

  [[nodiscard]] bool matches_from(std::size_t at) const { return places_[at]; }
  [[nodiscard]] bool matches_nowhere() const { return nowhere_; }

  void put_before(const Item& item);

 private:
  void put_balance_before(const Item& item);

  struct Place {
    std::size_t at;
    bool here;   // whether the rest without the item matches from here ...
    bool after;  // ... and from the next place
    bool again;  // whether the rest with it does, from the next place
  };
  /// Sets the places anew, the last one first. `anywhere`: `matches` may be true even if here,
  /// after and again are false.
  template <class Matches>
  void set_places(const Matches& matches, bool anywhere = false);

  std::string_view value_;
  std::vector<char> places_;
  std::size_t first_, last_;  // of the places that are set
  bool nowhere_ = false;
};

template <class Matches>
void Rest::set_places(const Matches& matches, bool anywhere) {
  const auto lowest = anywhere ? 0 : first_;
  nowhere_ = true;
  Place place{last_ + 1, false, false, false};
  while (place.at > 0 && (place.at >= lowest || place.again)) {
    place.after = std::exchange(place.here, places_[--place.at] != 0);
    place.again = matches(place);
    places_[place.at] = place.again;
    if (!place.again) continue;
    if (nowhere_) last_ = place.at;
    first_ = place.at;
    nowhere_ = false;
  }
}

void Rest::put_before(const Item& item) {
  const auto fits = [&](std::size_t at) { return has(item.set, value_[at]); };
  switch (item.kind) {
    case Kind::single:
      return set_places([&](const Place& p) { return p.after && fits(p.at); });
    case Kind::optional:
      return set_places([&](const Place& p) { return p.here || (p.after && fits(p.at)); });
    case Kind::any_number:
      return set_places([&](const Place& p) { return p.here || (p.again && fits(p.at)); });
    case Kind::one_or_more:
      return set_places([&](const Place& p) { return (p.after || p.again) && fits(p.at); });
    case Kind::frontier:
      return set_places([&](const Place& p) { return p.here && is_frontier(item, value_, p.at); });
    case Kind::balance:
      return put_balance_before(item);
    case Kind::back:
      break;
  }
}

void Rest::put_balance_before(const Item& item) {
  std::vector<char> closes;  // `after` at each close to the right that has no open yet
  const auto matches = [&](const Place& p) {
    if (p.at == value_.size()) return false;
    bool found = false;
    if (value_[p.at] == item.open && !closes.empty()) {
      found = closes.back() != 0;
      closes.pop_back();
    }
    if (value_[p.at] == item.close) closes.push_back(p.after);
    return found;
  };
  set_places(matches, true);
}

/// Tries the items up to the last back reference, one way after the other.
class Search {
 public:
  Search(std::span<const Item> items, std::string_view value, const Rest& rest, std::size_t& steps)
      : items_(items),
        value_(value),
        rest_(rest),
        steps_(steps),
        at_(items.size() + 1),
        least_(items.size()) {}

  std::optional<bool> run();

 private:
  /// Where an item can end: at each place from `least` to `most`.
  struct Ends {
    std::size_t least, most;
  };
  std::optional<Ends> ends(const Item& item, std::size_t at);
  std::optional<Ends> balance(const Item& item, std::size_t at);

  std::span<const Item> items_;
  std::string_view value_;
  const Rest& rest_;
  std::size_t& steps_;
  std::vector<std::size_t> at_;     // where each item begins, and the last one ends
  std::vector<std::size_t> least_;  // where each item can end at the earliest
};

std::optional<bool> Search::run() {
  std::size_t i = 0;
  while (++steps_ < Pattern::most_steps) {
    const bool complete = i == items_.size();
    if (complete && rest_.matches_from(at_[i])) return true;
    const auto found = complete ? std::nullopt : ends(items_[i], at_[i]);
    if (found) {
      least_[i] = found->least;
      at_[++i] = found->most;
      continue;
    }
    while (i > 0 && at_[i] == least_[i - 1]) --i;
    if (i == 0) return false;
    --at_[i];
  }
  return std::nullopt;
}

std::optional<Search::Ends> Search::ends(const Item& item, std::size_t at) {
  if (item.kind == Kind::back) {
    const auto text = value_.substr(at_[item.first], at_[item.behind] - at_[item.first]);
    steps_ += text.size() / 64;  // memcmp compares so many bytes in the time of a step
    if (!value_.substr(at).starts_with(text)) return std::nullopt;
    return Ends{at + text.size(), at + text.size()};
  }
  if (item.kind == Kind::frontier) {
    return is_frontier(item, value_, at) ? std::optional<Ends>({at, at}) : std::nullopt;
  }
  if (item.kind == Kind::balance) return balance(item, at);
  const auto limit = item.repeats() ? value_.size() : std::min(at + 1, value_.size());
  auto most = at;
  while (most < limit && has(item.set, value_[most])) ++most;
  steps_ += most - at;
  const auto least = at + (item.required() ? 1 : 0);
  return least <= most ? std::optional<Ends>({least, most}) : std::nullopt;
}

std::optional<Search::Ends> Search::balance(const Item& item, std::size_t at) {
  if (at == value_.size() || value_[at] != item.open) return std::nullopt;
  std::size_t depth = 1;
  for (auto i = at + 1; i < value_.size(); ++i, ++steps_) {
    if (value_[i] == item.close) {
      if (--depth == 0) return Ends{i + 1, i + 1};
    } else if (value_[i] == item.open) {
      ++depth;
    }
  }
  return std::nullopt;
}

/// False: the first character shows that it does not match. That settles most values.
bool may_begin(const std::vector<Item>& items, std::string_view value) {
  const bool required = !items.empty() && items.front().required();
  return !required || (!value.empty() && has(items.front().set, value.front()));
}

/// The only character of a set, a letter in lower case; also if the set has both cases of one
/// letter.
std::optional<char> only_character(const Pattern::Characters& set) {
  if (set.none() || set.count() > 2) return std::nullopt;
  std::optional<char> found;
  for (std::size_t c = 0; c < set.size(); ++c) {
    if (!set[c]) continue;
    const char folded = lower(static_cast<char>(c));
    if (found && *found != folded) return std::nullopt;
    found = folded;
  }
  return found;
}

}  // namespace

std::optional<bool> Pattern::matches(std::string_view value, std::size_t& steps) const {
  if (!may_begin(items_, value)) return false;
  Rest rest(value);
  for (auto i = items_.size(); i-- > searched_;) {
    rest.put_before(items_[i]);
    if (rest.matches_nowhere()) return false;
  }
  return searched_ == 0 ? rest.matches_from(0)
                        : Search({items_.data(), searched_}, value, rest, steps).run();
}

std::vector<std::string> required_texts(std::string_view entry) {
  const auto pattern = Pattern::parse(entry);
  if (!pattern) return {};
  std::vector<std::string> texts;
  std::string text;
  const auto end_text = [&] {
    if (!text.empty()) texts.push_back(std::exchange(text, {}));
  };
  for (const auto& item : pattern->items()) {
    const auto character = only_character(item.set);
    switch (item.kind) {
      case Kind::single:
        if (!character) end_text();
        if (character) text += *character;
        break;
      case Kind::one_or_more:
        // One of the characters adjoins the text before, one the text behind.
        if (character) text += *character;
        end_text();
        if (character) text += *character;
        break;
      case Kind::balance:
        text += lower(item.open);
        end_text();
        text += lower(item.close);
        break;
      case Kind::frontier:
        break;  // matches no character
      case Kind::optional:
      case Kind::any_number:
      case Kind::back:
        end_text();
        break;
    }
  }
  end_text();
  return texts;
}

PatternMatcher::Outcome PatternMatcher::match(Field field, std::string_view entry,
                                              std::string_view value) {
  const auto pattern = Pattern::parse(entry);
  if (!pattern) {
    trouble_ = fmt::format("{}: {}", config::quote(entry), pattern.error());
    return Outcome::no;
  }
  if (pattern->searched() != 0) return search(field, *pattern, entry, value);
  return pattern->matches(value).value_or(false) ? Outcome::yes : Outcome::no;
}

PatternMatcher::Outcome PatternMatcher::search(Field field, const Pattern& pattern,
                                               std::string_view entry, std::string_view value) {
  const auto [found, is_new] = found_.try_emplace({field, std::string(entry), std::string(value)});
  auto& outcome = found->second;
  if (!is_new) return outcome;
  const auto matches = pattern.matches(value, steps_.at(static_cast<std::size_t>(field)));
  if (matches) return outcome = *matches ? Outcome::yes : Outcome::no;
  gave_up_ = true;
  trouble_ = fmt::format("{}: too much work for a value of {} bytes: whether it matches is unknown",
                         config::quote(entry), value.size());
  return outcome = Outcome::given_up;
}

}  // namespace badclients::lists
