#include "registry/compile/layers.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace badclients::registry {

namespace {

std::size_t width(char family) {
  return family == '4' ? 4 : 16;
}

void put(std::string& key, Point point, std::size_t bytes) {
  while (bytes-- > 0) key += static_cast<char>(point >> (8 * bytes));
}

Point take(std::string_view& bytes, std::size_t count) {
  Point point = 0;
  for (const char byte : bytes.substr(0, count))
    point = point << 8 | static_cast<std::uint8_t>(byte);
  bytes.remove_prefix(count);
  return point;
}

}  // namespace

std::string sort_key(const Range& range) {
  const char family = is_v4(range.first) ? '4' : '6';
  std::string key(1, family);
  put(key, range.first, width(family));
  put(key, ~range.last, width(family));
  return key;
}

Range take_key(std::string_view& bytes) {
  const char family = bytes.front();
  bytes.remove_prefix(1);
  const auto size = width(family);
  const auto first = take(bytes, size), last = ~take(bytes, size);
  if (family == '6') return {first, last};
  return {first_v4 | first, first_v4 | (last & 0xffffffffU)};
}

SortedStretches::SortedStretches(std::vector<std::unique_ptr<Sorter>> sorters)
    : sorters_(std::move(sorters)) {
  for (const auto& sorter : sorters_) heads_.push_back(sorter->next());
}

std::optional<Stretch> SortedStretches::next() {
  if (used_) heads_[*used_] = sorters_[*used_]->next();
  used_.reset();
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    if (heads_[i] && (!used_ || *heads_[i] < *heads_[*used_])) used_ = i;
  }
  if (!used_) return std::nullopt;
  auto bytes = *heads_[*used_];
  const auto range = take_key(bytes);
  return Stretch{range, std::string(bytes)};
}

/// The heap's top is its largest: the smallest range, of those the one that was opened last.
bool Flattener::Open::operator<(const Open& other) const {
  const auto mine = stretch.range.size_less_one(), theirs = other.stretch.range.size_less_one();
  return mine != theirs ? mine > theirs : number < other.number;
}

Flattener::Flattener(Stretches& stretches) : stretches_(stretches), waiting_(stretches.next()) {}

void Flattener::open(Stretch stretch) {
  if (open_.size() == deepest) {
    throw std::runtime_error("more ranges lie in each other than any registry has");
  }
  open_.push_back({std::move(stretch), opened_++});
  std::ranges::push_heap(open_, std::less<>{});
}

/// Takes away what has ended before `point`, as far as it is on top.
void Flattener::close_until(Point point) {
  while (!open_.empty() && open_.front().stretch.range.last < point) {
    std::ranges::pop_heap(open_, std::less<>{});
    open_.pop_back();
  }
}

std::optional<Boundary> Flattener::next() {
  std::optional<Point> at;
  // At the very end of all addresses nothing follows.
  if (!open_.empty() && open_.front().stretch.range.last != ~Point{0}) {
    at = open_.front().stretch.range.last + 1;
  }
  if (waiting_ && (!at || waiting_->range.first < *at)) at = waiting_->range.first;
  if (!at) return std::nullopt;
  close_until(*at);
  while (waiting_ && waiting_->range.first == *at) {
    open(std::move(*waiting_));
    waiting_ = stretches_.next();
  }
  if (open_.empty()) return Boundary{*at, std::nullopt};
  return Boundary{*at, open_.front().stretch};
}

Merge::Merge(const std::array<Stretches*, 3>& layers)
    : layers_{Layer{*layers[0]}, Layer{*layers[1]}, Layer{*layers[2]}} {}

bool Merge::advance() {
  const Layer* first = nullptr;
  for (const auto& layer : layers_) {
    if (layer.head && (first == nullptr || layer.head->at < first->head->at)) first = &layer;
  }
  if (first == nullptr) return false;
  at_ = first->head->at;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    auto& [flattener, head] = layers_[i];
    if (!head || head->at != at_) continue;
    said_[i] = std::move(head->stretch);
    head = flattener.next();
  }
  return true;
}

}  // namespace badclients::registry
