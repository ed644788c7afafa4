#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "lists/blocks.hpp"
#include "lists/scratch.hpp"

namespace badclients::lists {

/// Sorts any number of plain records, and drops what is there twice. What does not fit into
/// `most_bytes` of memory goes to a file without a name, sorted piece by piece, and is merged from
/// there.
template <class Record>
class Sorter {
 public:
  static constexpr std::size_t most_bytes = 16U << 20U;

  /// `folder`: where that file may be; empty: all is kept in memory.
  explicit Sorter(std::string folder) : scratch_(std::move(folder)) {}

  /// Throws std::system_error where the file cannot be written.
  void add(const Record& record) {
    records_.push_back(record);
    if (records_.size() >= most_bytes / sizeof(Record) && scratch_.is_possible()) put_away();
  }

  /// An upper bound of how many there are.
  [[nodiscard]] std::uint64_t size() const { return stored_ + records_.size(); }

  /// Calls `visit` with each, in order. To be called once.
  template <class Visit>
  void drain(Visit visit) {
    sort();
    if (runs_.empty()) {
      for (const auto& record : records_) visit(record);
    } else {
      put_away();
      merge(visit);
    }
    records_ = {};
  }

 private:
  /// Sorted records in the file.
  struct Run {
    std::uint64_t offset, left;  // in bytes
    std::vector<Record> loaded;
    std::size_t next = 0;
  };

  void sort() {
    std::sort(records_.begin(), records_.end());
    records_.erase(std::unique(records_.begin(), records_.end()), records_.end());
  }

  void put_away() {
    sort();
    const std::string_view bytes(reinterpret_cast<const char*>(records_.data()),
                                 records_.size() * sizeof(Record));
    runs_.push_back({scratch_.append(bytes), bytes.size(), {}, 0});
    stored_ += records_.size();
    records_.clear();
  }

  /// Nothing where the run is at its end.
  const Record* head(Run& run) {
    if (run.next < run.loaded.size()) return &run.loaded[run.next];
    run.loaded.resize(std::min<std::uint64_t>(block_size, run.left) / sizeof(Record));
    if (run.loaded.empty()) return nullptr;
    const auto size = run.loaded.size() * sizeof(Record);
    scratch_.read(reinterpret_cast<char*>(run.loaded.data()), size, run.offset);
    run.offset += size;
    run.left -= size;
    run.next = 0;
    return run.loaded.data();
  }

  template <class Visit>
  void merge(Visit visit) {
    records_ = {};
    using Head = std::pair<Record, std::size_t>;
    std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
    const auto load = [&](std::size_t number) {
      auto& run = runs_[number];
      if (const auto* record = head(run)) {
        heads.push({*record, number});
        ++run.next;
      }
    };
    for (std::size_t i = 0; i < runs_.size(); ++i) load(i);
    while (!heads.empty()) {
      const auto [record, number] = heads.top();
      visit(record);
      while (!heads.empty() && heads.top().first == record) {
        const auto same = heads.top().second;
        heads.pop();
        load(same);
      }
    }
  }

  Scratch scratch_;
  std::vector<Record> records_;
  std::vector<Run> runs_;
  std::uint64_t stored_ = 0;
};

}  // namespace badclients::lists
