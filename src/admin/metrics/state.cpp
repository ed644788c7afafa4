#include "admin/metrics/state.hpp"

#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/state_file.hpp"
#include "base/whole_file.hpp"

namespace badclients::admin::metrics {

namespace {

using nlohmann::ordered_json;

constexpr const char* file_name = "metrics";
constexpr const char* lock_name = "metrics.lock";
constexpr int version = 1;
constexpr std::size_t most_bytes = 64U << 20U;

ordered_json mark_json(const logs::Mark& mark) {
  // Paths are foreign bytes, and only compared.
  return {{"first", mark.first},
          {"last", mark.last},
          {"last_size", mark.last_size},
          {"offset", mark.offset},
          {"has_logins", mark.has_logins},
          {"path", mark.path},
          {"inode", mark.inode},
          {"size", mark.size},
          {"modified_ns", mark.modified_ns},
          {"seen", mark.seen}};
}

logs::Mark mark_from(const ordered_json& json) {
  logs::Mark mark;
  json.at("first").get_to(mark.first);
  json.at("last").get_to(mark.last);
  json.at("last_size").get_to(mark.last_size);
  json.at("offset").get_to(mark.offset);
  json.at("has_logins").get_to(mark.has_logins);
  json.at("path").get_to(mark.path);
  json.at("inode").get_to(mark.inode);
  json.at("size").get_to(mark.size);
  json.at("modified_ns").get_to(mark.modified_ns);
  json.at("seen").get_to(mark.seen);
  return mark;
}

std::string in_folder(const std::string& folder, const char* name) {
  return fmt::format("{}/{}", folder, name);
}

}  // namespace

tl::expected<State, std::string> State::open(const std::string& state_path) {
  State state;
  state.folder_ = state_path;
  state.lock_ = base::open_state_file(state_path, lock_name);
  if (!state.lock_.is_open() || !base::lock(state.lock_.number(), LOCK_EX)) {
    return tl::unexpected(
        fmt::format("{}: {}", in_folder(state_path, lock_name), std::strerror(errno)));
  }
  const auto text = base::read_state_file(state_path, file_name, most_bytes);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return state;
  try {
    const auto json = ordered_json::parse(**text);
    if (json.at("version") != version) throw std::invalid_argument("another version");
    state.counters = Counters::from(json.at("counters"));
    json.at("cursor").get_to(state.bookmarks.cursor);
    for (const auto& mark : json.at("marks")) state.bookmarks.marks.push_back(mark_from(mark));
  } catch (const std::exception& error) {
    return tl::unexpected(fmt::format(
        "{}: it is not what metrics remembers ({}); delete it, and counting begins anew",
        in_folder(state_path, file_name), error.what()));
  }
  return state;
}

tl::expected<void, std::string> State::save() {
  ordered_json json{
      {"version", version}, {"counters", counters.json()}, {"cursor", bookmarks.cursor}};
  json["marks"] = ordered_json::array();
  for (const auto& mark : bookmarks.marks) json["marks"].push_back(mark_json(mark));
  const auto text = json.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + '\n';
  if (base::put_state_file(folder_, file_name, text)) return {};
  return tl::unexpected(fmt::format("{}: {}", in_folder(folder_, file_name), std::strerror(errno)));
}

}  // namespace badclients::admin::metrics
