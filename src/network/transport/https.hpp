#pragma once

#include <memory>
#include <string>

#include "network/transport/https_module.hpp"

namespace badclients::network {

/// GET over HTTP and HTTPS, by libcurl. Any number of threads may use one at the same time.
class Https {
 public:
  /// Loads libcurl and reads the certificates of the authorities to trust (`ca_file`, or the
  /// system's where that is empty), so that nothing has to be opened later. Costs some 10 ms; to be
  /// called before the first thread starts. Never throws: what goes wrong is the trouble of each
  /// get() then.
  static Https load(const std::string& module_path, const std::string& ca_file);

  /// One that was not loaded.
  static Https without(std::string reason);

  [[nodiscard]] HttpsResponse get(const HttpsRequest& request) const;

 private:
  std::unique_ptr<HttpsClient> client_;
  std::string trouble_;
};

}  // namespace badclients::network
