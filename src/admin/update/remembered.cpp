#include "admin/update/remembered.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "admin/terminal.hpp"

#include "base/hash.hpp"

namespace badclients::admin::update {

namespace {

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

Remembered recall(const std::string& state_path, const std::string& name) {
  const auto folder = Folder::find(folder_in(state_path), parent);
  if (!folder || !*folder) return {};
  const auto text = (*folder)->read(file_for(name));
  const auto json = nlohmann::json::parse(text ? text->value_or("") : "", nullptr, false);
  const auto of = [&](const char* key) {
    const auto found = json.find(key);  // end() where it is no object
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  return {of("source"), {of("etag"), of("last_modified")}, of("list"), of("client_request_id")};
}

tl::expected<void, std::string> remember(const std::string& state_path, const std::string& name,
                                         const Remembered& remembered) {
  const auto folder = state_folder(state_path);
  if (!folder) return tl::unexpected(folder.error());
  const nlohmann::ordered_json json{{"source", remembered.source},
                                    {"etag", remembered.validators.etag},
                                    {"last_modified", remembered.validators.last_modified},
                                    {"list", remembered.list_digest},
                                    {"client_request_id", remembered.client_request_id}};
  return folder->replace(file_for(name), json_text(json));
}

tl::expected<Folder, std::string> state_folder(const std::string& state_path) {
  return Folder::make(folder_in(state_path), parent);
}

std::string digest(std::string_view text) {
  return fmt::format("{:016x}", base::hash(text));
}

}  // namespace badclients::admin::update
