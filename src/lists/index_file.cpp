#include "lists/index_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/hash.hpp"
#include "lists/blocks.hpp"
#include "lists/index_builder.hpp"

namespace badclients::lists {

namespace {

std::uint64_t hash_of(format::FileHeader header) {
  header.hash = 0;
  return base::hash({reinterpret_cast<const char*>(&header), sizeof header});
}

/// Nothing: there is no sound header of this version.
std::optional<format::FileHeader> header_in(int descriptor) {
  format::FileHeader header{};
  const bool read = read_all_at(descriptor, reinterpret_cast<char*>(&header), sizeof header, 0);
  const bool sound = read && header.magic == format::file_magic &&
                     header.byte_order == format::file_byte_order &&
                     header.version == format::file_version && header.hash == hash_of(header);
  return sound ? std::optional{header} : std::nullopt;
}

/// What a login needs besides the index: databases, stack, the log.
constexpr std::uint64_t space_after_index = 8ULL << 20;

/// How long an image this process, and the login that it was forked from, can map now (RLIMIT_AS:
/// Dovecot's vsz_limit). A MiB in any case: mapping it shows whether it fits.
std::uint64_t room_for_image() {
  constexpr std::uint64_t step = 1ULL << 20;
  const auto fits = [](std::uint64_t size) {
    void* const place =
        ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return place != MAP_FAILED && ::munmap(place, size) == 0;
  };
  auto room = largest_index;
  while (room > step && !fits(room + space_after_index)) room -= step;
  return room;
}

}  // namespace

tl::expected<Mapping, int> Mapping::of(int descriptor, std::uint64_t offset, std::uint64_t size) {
  void* const data =
      ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, static_cast<off_t>(offset));
  if (data == MAP_FAILED) return tl::unexpected(errno);
  return Mapping{{static_cast<const std::byte*>(data), size}};
}

Mapping::Mapping(Mapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

Mapping::~Mapping() {
  if (bytes_.empty()) return;
  ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

tl::expected<IndexFile, std::string> IndexFile::open(Descriptor file) {
  const auto stamp = stamp_of(file.number());
  const auto header = header_in(file.number());
  if (!stamp || !header) return tl::unexpected<std::string>("it is not an index of lists");
  if (header->image_length < format::body || header->image_length > largest_index ||
      header->image_offset % format::page != 0 ||
      header->image_offset + header->image_length != stamp->size) {
    return tl::unexpected<std::string>("it is cut short");
  }
  IndexFile result;
  result.file_ = std::move(file);
  result.stamp_ = *stamp;
  result.header_ = *header;
  return result;
}

bool IndexFile::is_sound() const {
  const auto body = header_.image_offset + format::body;
  std::string image_header(format::body, '\0');
  const auto hash = lists::hash_of(file_.number(), body, header_.image_length - format::body);
  return hash &&
         read_all_at(file_.number(), image_header.data(), image_header.size(),
                     header_.image_offset) &&
         base::hash(image_header, *hash) == header_.image_hash;
}

tl::expected<Mapping, int> IndexFile::map() const {
  return Mapping::of(file_.number(), header_.image_offset, header_.image_length);
}

StoredTexts texts_of(Descriptor file) {
  const auto header = header_in(file.number());
  return header ? StoredTexts(std::move(file), header->texts) : StoredTexts();
}

void IndexWriter::write(int descriptor, StoredTexts last) {
  const auto most = room_for_image();  // measured now: reading takes room, too
  format::FileHeader header{};
  header.magic = format::file_magic;
  header.byte_order = format::file_byte_order;
  header.version = format::file_version;

  TextStore store(descriptor, sizeof header, std::move(last));
  dependencies_ = Dependencies(clock_, &store);
  IndexBuilder builder;
  const auto made = clock_();
  read_lists(list_path_, dependencies_, builder);
  header.texts = store.finish();

  header.image_offset = (store.end() + format::page - 1) / format::page * format::page;
  const auto body = header.image_offset + format::body;
  const auto image = builder.write(
      {list_path_, &dependencies_, made},
      [&](std::string_view block, std::uint64_t offset) {
        write_at(descriptor, block, body + offset);
      },
      most);
  write_at(descriptor, image.header, header.image_offset);
  header.image_length = image.length;
  header.image_hash = image.hash;
  header.hash = hash_of(header);
  write_at(descriptor, {reinterpret_cast<const char*>(&header), sizeof header}, 0);
}

std::string IndexWriter::image() {
  dependencies_ = Dependencies(clock_);
  IndexBuilder builder;
  const auto made = clock_();
  read_lists(list_path_, dependencies_, builder);
  return builder.image({list_path_, &dependencies_, made});
}

std::string IndexWriter::failure(const config::Problem& why) const {
  IndexBuilder builder;
  builder.report(why);
  return builder.image({list_path_, &dependencies_, clock_()});
}

}  // namespace badclients::lists
