#include "facts/mmdb.hpp"

#include <netinet/in.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "facts/escape.hpp"

namespace badclients::facts {

namespace {

constexpr std::size_t longest_text = 256;

bool is_missing(int status) {
  return status == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR ||
         status == MMDB_INVALID_LOOKUP_PATH_ERROR;
}

}  // namespace

MmdbValue::MmdbValue(const MMDB_s* database, int* status, MMDB_entry_s start)
    : database_(database), status_(status) {
  constexpr std::array<const char*, 1> here{nullptr};
  const int result = MMDB_aget_value(&start, &data_, here.data());
  if (result == MMDB_SUCCESS) return;
  data_ = {};
  if (!is_missing(result)) *status_ = result;
}

MmdbValue MmdbValue::step(const char* element) const {
  MMDB_entry_s start{database_, data_.offset};
  const std::array<const char*, 2> path{element, nullptr};
  MmdbValue value;
  value.database_ = database_;
  value.status_ = status_;
  const int result = MMDB_aget_value(&start, &value.data_, path.data());
  if (result != MMDB_SUCCESS) {
    value.data_ = {};
    if (!is_missing(result)) *status_ = result;
  }
  return value;
}

MmdbValue MmdbValue::operator[](const char* key) const {
  return is(MMDB_DATA_TYPE_MAP) ? step(key) : MmdbValue{};
}

MmdbValue MmdbValue::at(unsigned index) const {
  if (!is(MMDB_DATA_TYPE_ARRAY) || index >= data_.data_size) return {};
  return step(std::to_string(index).c_str());
}

std::optional<std::string> MmdbValue::text() const {
  if (!is(MMDB_DATA_TYPE_UTF8_STRING)) return std::nullopt;
  return std::string{data_.utf8_string, std::min<std::size_t>(data_.data_size, longest_text)};
}

std::optional<std::uint32_t> MmdbValue::number() const {
  if (!data_.has_data) return std::nullopt;
  switch (data_.type) {
    case MMDB_DATA_TYPE_UINT16:
      return data_.uint16;
    case MMDB_DATA_TYPE_UINT32:
      return data_.uint32;
    case MMDB_DATA_TYPE_UINT64:
      if (data_.uint64 > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
      return static_cast<std::uint32_t>(data_.uint64);
    case MMDB_DATA_TYPE_INT32:
      if (data_.int32 < 0) return std::nullopt;
      return static_cast<std::uint32_t>(data_.int32);
    default:
      return std::nullopt;
  }
}

std::optional<double> MmdbValue::real() const {
  std::optional<double> value;
  if (is(MMDB_DATA_TYPE_DOUBLE)) {
    value = data_.double_value;
  } else if (is(MMDB_DATA_TYPE_FLOAT)) {
    value = static_cast<double>(data_.float_value);
  } else if (is(MMDB_DATA_TYPE_INT32)) {
    value = data_.int32;
  } else if (const auto whole = number()) {
    value = *whole;
  }
  if (value && !std::isfinite(*value)) value.reset();
  return value;
}

tl::expected<MmdbFile, MmdbFile::Error> MmdbFile::open(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return tl::unexpected(Error{std::strerror(errno)});
  // Opening a FIFO would wait for its other end.
  if (!S_ISREG(status.st_mode)) return tl::unexpected(Error{"not a file"});
  MmdbFile file;
  errno = 0;
  const int result = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &file.database_);
  if (result != MMDB_SUCCESS) {
    const bool of_the_system =
        (result == MMDB_FILE_OPEN_ERROR || result == MMDB_IO_ERROR) && errno != 0;
    return tl::unexpected(Error{of_the_system ? std::strerror(errno) : MMDB_strerror(result),
                                result == MMDB_OUT_OF_MEMORY_ERROR});
  }
  file.open_ = true;
  return file;
}

MmdbFile::MmdbFile(MmdbFile&& other) noexcept
    : open_(std::exchange(other.open_, false)),
      database_(other.database_),
      status_(other.status_) {}

MmdbFile::~MmdbFile() {
  if (open_) MMDB_close(&database_);
}

std::string MmdbFile::type() const {
  const char* const type = database_.metadata.database_type;
  return printable(type == nullptr ? "" : type, 64);
}

std::chrono::system_clock::time_point MmdbFile::built() const {
  return std::chrono::system_clock::from_time_t(
      static_cast<std::time_t>(database_.metadata.build_epoch));
}

tl::expected<MmdbValue, std::string> MmdbFile::find(const net::Address& address) {
  status_ = MMDB_SUCCESS;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  v4.sin_family = AF_INET;
  v6.sin6_family = AF_INET6;
  const auto bytes = address.bytes();
  const sockaddr* where = nullptr;
  if (address.is_v4()) {
    std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
    where = reinterpret_cast<const sockaddr*>(&v4);
  } else {
    std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
    where = reinterpret_cast<const sockaddr*>(&v6);
  }
  int result = MMDB_SUCCESS;
  const auto found = MMDB_lookup_sockaddr(&database_, where, &result);
  if (result == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR) return MmdbValue{};
  if (result != MMDB_SUCCESS) return tl::unexpected<std::string>(MMDB_strerror(result));
  if (!found.found_entry) return MmdbValue{};
  return MmdbValue{&database_, &status_, found.entry};
}

namespace {

/// One step from a node of the search tree, or what is there instead of a node.
struct Branch {
  std::uint64_t node = 0;
  std::uint8_t type = MMDB_RECORD_TYPE_EMPTY;
  MMDB_entry_s entry{};
};

std::array<Branch, 2> branches(const MMDB_s& database, std::uint64_t node) {
  MMDB_search_node_s found{};
  if (MMDB_read_node(&database, static_cast<std::uint32_t>(node), &found) != MMDB_SUCCESS)
    return {};
  return {{{found.left_record, found.left_record_type, found.left_record_entry},
           {found.right_record, found.right_record_type, found.right_record_entry}}};
}

std::vector<std::uint64_t> every_second_of_many(std::vector<std::uint64_t> nodes,
                                                std::size_t many) {
  if (nodes.size() <= many) return nodes;
  std::vector<std::uint64_t> half;
  for (std::size_t i = 0; i < nodes.size(); i += 2) half.push_back(nodes[i]);
  return half;
}

}  // namespace

// Level by level, so that the records come from everywhere, and as deep as a tree can be.
std::vector<MmdbValue> MmdbFile::sample(net::Family family, std::size_t most) {
  const bool has_v6 = database_.metadata.ip_version == 6;
  const bool v4 = family == net::Family::v4;
  if (!v4 && !has_v6) return {};
  const auto v4_node = has_v6 ? database_.ipv4_start_node.node_value : 0;
  std::vector<MmdbValue> records;
  std::vector<std::uint64_t> level{v4 ? v4_node : 0};
  for (unsigned depth = 0; depth < (v4 ? 32U : 128U) && !level.empty(); ++depth) {
    std::vector<std::uint64_t> next;
    for (const auto node : level) {
      for (const auto& branch : branches(database_, node)) {
        if (records.size() == most) return records;
        if (branch.type == MMDB_RECORD_TYPE_DATA) {
          records.push_back({&database_, &status_, branch.entry});
        } else if (branch.type == MMDB_RECORD_TYPE_SEARCH_NODE && (v4 || branch.node != v4_node)) {
          next.push_back(branch.node);
        }
      }
    }
    level = every_second_of_many(std::move(next), most);
  }
  return records;
}

std::optional<std::string> MmdbFile::damage() const {
  if (status_ == MMDB_SUCCESS) return std::nullopt;
  return MMDB_strerror(status_);
}

}  // namespace badclients::facts
