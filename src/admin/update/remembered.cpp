#include "admin/update/remembered.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <utility>

namespace badclients::admin::update {

namespace {

/// Calls `field(name, place)` for each, so that reading and writing know the same names.
template <class State, class Field>
void each_field(State& state, Field field) {
  field("source", state.source);
  field("etag", state.validators.etag);
  field("last-modified", state.validators.last_modified);
  field("list-digest", state.list_digest);
  field("client-request-id", state.client_request_id);
}

// state_path belongs to those who log in, the lists to the administrator.
constexpr auto parent = Folder::Parent::foreign;

std::string folder_in(const std::string& state_path) {
  return state_path + "/update";
}

std::string file_for(std::string name) {
  std::ranges::replace(name, '/', '+');  // which no name has
  return name + ".state";
}

}  // namespace

std::string Remembered::str() const {
  std::string text;
  each_field(*this, [&](std::string_view name, const std::string& value) {
    if (!value.empty()) text += fmt::format("{}: {}\n", name, value);
  });
  return text;
}

Remembered parse_remembered(std::string_view text) {
  Remembered remembered;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    each_field(remembered, [&](std::string_view name, std::string& value) {
      if (line.substr(0, colon) == name) value = line.substr(colon + 2);
    });
  }
  return remembered;
}

Remembered recall(const std::string& state_path, const std::string& name) {
  const auto folder = Folder::find(folder_in(state_path), parent);
  if (!folder || !*folder) return {};
  const auto text = (*folder)->read(file_for(name));
  return text && *text ? parse_remembered(**text) : Remembered{};
}

tl::expected<void, std::string> remember(const std::string& state_path, const std::string& name,
                                         const Remembered& remembered) {
  const auto folder = state_folder(state_path);
  if (!folder) return tl::unexpected(folder.error());
  return folder->replace(file_for(name), remembered.str());
}

tl::expected<Folder, std::string> state_folder(const std::string& state_path) {
  return Folder::make(folder_in(state_path), parent);
}

std::string digest(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const auto c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
  return fmt::format("{:016x}", hash);
}

std::string random_uuid() {
  std::random_device device;
  std::array<std::uint32_t, 4> words{};
  std::ranges::generate(words, [&] { return device(); });
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:04x}{:08x}", words[0], words[1] >> 16,
                     words[1] & 0xfffU, (words[2] >> 16 & 0x3fffU) | 0x8000U, words[2] & 0xffffU,
                     words[3]);
}

}  // namespace badclients::admin::update
