#include "registry/compile/sorter.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "base/file.hpp"
#include "base/state_file.hpp"

namespace badclients::registry {

namespace {

/// Its name for a moment. What a killed process has left under it is used by the next.
constexpr base::StateFile name{"registry.scratch"};
constexpr std::size_t run_buffer = std::size_t{256} * 1024;
/// What is less stays in memory.
constexpr std::size_t worth_spilling = std::size_t{1024} * 1024;

std::uint64_t head_of(std::string_view bytes) {
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < sizeof head; ++i) {
    head = head << 8 | (i < bytes.size() ? static_cast<std::uint8_t>(bytes[i]) : 0U);
  }
  return head;
}

}  // namespace

ScratchFile::ScratchFile(const std::string& folder)
    : folder_(folder), file_(base::open_state_file(folder, name)) {
  const auto path = folder + "/" + name.c_str();
  if (!file_.is_open() || ::unlink(path.c_str()) != 0 || ::ftruncate(file_.number(), 0) != 0) {
    fail("cannot make a file in");
  }
}

void ScratchFile::fail(const char* doing) const {
  throw std::runtime_error(fmt::format("{} {}: {}", doing, folder_, std::strerror(errno)));
}

void ScratchFile::append(std::string_view bytes) {
  if (!base::write_all_at(file_.number(), bytes, size_)) fail("cannot write a file in");
  size_ += bytes.size();
}

std::size_t ScratchFile::read(std::uint64_t offset, std::span<char> buffer) const {
  const auto count = base::read_some_at(file_.number(), buffer, offset);
  if (count < 0) fail("cannot read a file in");
  return static_cast<std::size_t>(count);
}

/// A part of the scratch file: strings in order, each behind its size.
class Sorter::Run {
 public:
  Run(const ScratchFile& file, std::uint64_t begin, std::uint64_t end)
      : file_(file), offset_(begin), end_(end), buffer_(run_buffer) {}

  /// False at the end.
  bool advance() {
    if (const auto size = take(sizeof(std::uint32_t)); size) {
      std::uint32_t length = 0;
      std::memcpy(&length, size->data(), sizeof length);
      const auto bytes = take(length);
      if (!bytes) throw std::runtime_error("a scratch file that somebody else has cut");
      bytes_ = *bytes;
      return true;
    }
    return false;
  }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  /// The next `size` bytes, in one piece; the buffer has room for the largest string.
  std::optional<std::string_view> take(std::size_t size) {
    if (filled_ - at_ < size) {
      std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(at_),
                buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
      filled_ -= at_;
      at_ = 0;
      fill();
      if (filled_ < size) return std::nullopt;
    }
    const std::string_view bytes{buffer_.data() + at_, size};
    at_ += size;
    return bytes;
  }

  void fill() {
    const auto room = std::span{buffer_}.subspan(filled_);
    const auto left =
        static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), end_ - offset_));
    const auto count = file_.read(offset_, room.first(left));
    filled_ += count;
    offset_ += count;
  }

  const ScratchFile& file_;
  std::uint64_t offset_, end_;
  std::vector<char> buffer_;
  std::size_t at_ = 0, filled_ = 0;
  std::string_view bytes_;
};

Sorter::Sorter(std::string folder, std::size_t memory)
    : folder_(std::move(folder)),
      most_bytes_(memory / 4 * 3),
      most_items_(memory / 4 / sizeof(Item)) {
  // At once: what grows step by step leaves holes in the heap.
  arena_.reserve(most_bytes_);
  items_.reserve(most_items_);
}
Sorter::~Sorter() = default;

void Sorter::add(std::string_view bytes) {
  if (arena_.size() + bytes.size() > most_bytes_ || items_.size() == most_items_) spill();
  items_.push_back({head_of(bytes), static_cast<std::uint32_t>(arena_.size()),
                    static_cast<std::uint32_t>(bytes.size())});
  arena_.insert(arena_.end(), bytes.begin(), bytes.end());
}

void Sorter::sort() {
  std::ranges::sort(items_, [&](const Item& a, const Item& b) {
    return a.head != b.head ? a.head < b.head : bytes_of(a) < bytes_of(b);
  });
}

void Sorter::spill() {
  if (items_.empty()) return;
  sort();
  if (!scratch_) scratch_ = std::make_unique<ScratchFile>(folder_);
  std::string block;
  for (const auto& item : items_) {
    block.append(reinterpret_cast<const char*>(&item.size), sizeof item.size);
    block += bytes_of(item);
    if (block.size() < run_buffer) continue;
    scratch_->append(block);
    block.clear();
  }
  scratch_->append(block);
  run_ends_.push_back(scratch_->size());
  items_.clear();
  arena_.clear();
}

void Sorter::finish() {
  if (scratch_ || arena_.size() + items_.size() * sizeof(Item) > worth_spilling) {
    spill();
    items_ = std::vector<Item>();
    arena_ = std::vector<char>();
  }
  sort();
  std::uint64_t begin = 0;
  for (const auto end : run_ends_) {
    refill(std::make_unique<Run>(*scratch_, begin, end));
    begin = end;
  }
}

/// Puts a run back into the heap, at its next string.
void Sorter::refill(std::unique_ptr<Run> run) {
  if (!run->advance()) return;
  runs_.push_back(std::move(run));
  std::ranges::push_heap(runs_,
                         [](const auto& a, const auto& b) { return a->bytes() > b->bytes(); });
}

std::optional<std::string_view> Sorter::next() {
  if (!scratch_) {
    if (next_item_ == items_.size()) return std::nullopt;
    return bytes_of(items_[next_item_++]);
  }
  if (current_) refill(std::move(current_));
  if (runs_.empty()) return std::nullopt;
  std::ranges::pop_heap(runs_,
                        [](const auto& a, const auto& b) { return a->bytes() > b->bytes(); });
  current_ = std::move(runs_.back());
  runs_.pop_back();
  return current_->bytes();
}

}  // namespace badclients::registry
