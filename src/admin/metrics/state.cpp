#include "admin/metrics/state.hpp"

#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

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

/// Each member, and its key.
constexpr std::tuple mark_members{
    std::pair{"first", &logs::Mark::first},
    std::pair{"last", &logs::Mark::last},
    std::pair{"last_size", &logs::Mark::last_size},
    std::pair{"offset", &logs::Mark::offset},
    std::pair{"has_logins", &logs::Mark::has_logins},
    std::pair{"path", &logs::Mark::path},  // foreign bytes, and only compared
    std::pair{"inode", &logs::Mark::inode},
    std::pair{"size", &logs::Mark::size},
    std::pair{"modified_ns", &logs::Mark::modified_ns},
    std::pair{"seen", &logs::Mark::seen}};

ordered_json mark_json(const logs::Mark& mark) {
  ordered_json json;
  std::apply([&](const auto&... each) { ((json[each.first] = mark.*each.second), ...); },
             mark_members);
  return json;
}

logs::Mark mark_from(const ordered_json& json) {
  logs::Mark mark;
  std::apply([&](const auto&... each) { (json.at(each.first).get_to(mark.*each.second), ...); },
             mark_members);
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
