#include "lookup/https.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "lookup/socket.hpp"

namespace badclients::lookup {

namespace {

tl::expected<std::string, std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || text.empty()) {
    const auto why = file.is_open() ? "empty" : error_text(errno);
    return tl::unexpected(fmt::format("certificates in {}: {}", path, why));
  }
  return text;
}

}  // namespace

Https Https::without(std::string reason) {
  Https https;
  https.trouble_ = std::move(reason);
  return https;
}

Https Https::load(const std::string& module_path, const std::string& ca_file) {
  // Never closed: libcurl's libraries do not all survive being unloaded.
  void* const module = dlopen(module_path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) return without(dlerror());
  auto* const start = reinterpret_cast<HttpsStart*>(dlsym(module, https_start_name));
  auto* const get = reinterpret_cast<HttpsGet*>(dlsym(module, https_get_name));
  if (start == nullptr || get == nullptr) return without(module_path + ": not our module");

  Https https;
  const char* const system_store = start();
  const auto file = ca_file.empty() && system_store != nullptr ? system_store : ca_file;
  if (!file.empty()) {
    auto certificates = read_file(file);
    if (!certificates) return without(certificates.error());
    https.certificates_ = std::move(*certificates);
  }
  https.get_ = get;
  return https;
}

HttpsResponse Https::get(HttpsRequest request) const {
  HttpsResponse response;
  if (get_ == nullptr) {
    response.trouble = trouble_;
    return response;
  }
  request.certificates = certificates_;
  get_(request, response);
  return response;
}

}  // namespace badclients::lookup
