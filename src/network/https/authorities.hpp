#pragma once

#include <openssl/x509_vfy.h>

#include <string>
#include <string_view>
#include <vector>

namespace badclients::network {

/// The certificates of the authorities to trust, for OpenSSL to take from them what it needs: a
/// connection needs one, while reading all of a system's 140 costs OpenSSL 30 ms of CPU.
class Authorities {
 public:
  /// From a PEM file's content; what is no certificate is passed over.
  explicit Authorities(std::string_view pem);

  /// Lets `store` look for issuers here. The authorities have to live as long as the store does.
  void serve(X509_STORE* store) const;

  /// Adds those with the subject `name` to `store`. True: there was one.
  bool add(X509_STORE* store, const X509_NAME* name) const;

 private:
  std::vector<std::string> certificates_;  ///< DER
};

}  // namespace badclients::network
