#include "network/transport/https.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "network/transport/socket.hpp"

namespace badclients::network {

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
  auto* const make = reinterpret_cast<MakeHttpsClient*>(dlsym(module, make_https_client_name));
  if (make == nullptr) return without(module_path + ": not our module");
  Https https;
  https.client_.reset(make());
  if (https.client_ == nullptr) return without("libcurl does not start");

  const auto file = ca_file.empty() ? https.client_->system_store() : ca_file;
  if (file.empty()) return https;
  auto certificates = read_file(file);
  if (!certificates) return without(certificates.error());
  https.client_->trust(std::move(*certificates));
  return https;
}

HttpsResponse Https::get(const HttpsRequest& request) const {
  if (client_ != nullptr) return client_->get(request);
  HttpsResponse response;
  response.trouble = trouble_;
  return response;
}

}  // namespace badclients::network
