#include "network/https/authorities.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace badclients::network {

namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Source = std::unique_ptr<BIO, Freed<BIO_free>>;
struct FreedByOpenSsl {
  void operator()(void* memory) const { OPENSSL_free(memory); }
};
using Allocated = std::unique_ptr<unsigned char, FreedByOpenSsl>;

Certificate read(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  return Certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
}

std::string encoded(const X509_NAME* name) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_NAME(name, &bytes);
  const Allocated owned(bytes);
  return size <= 0 ? "" : std::string(reinterpret_cast<char*>(bytes), static_cast<unsigned>(size));
}

/// X509_LOOKUP_meth_set_get_by_subject(3): OpenSSL asks for the issuer of what a server sent.
int get_by_subject(X509_LOOKUP* lookup, X509_LOOKUP_TYPE type, const X509_NAME* name,
                   X509_OBJECT* found) {
  const auto* const authorities = static_cast<Authorities*>(X509_LOOKUP_get_method_data(lookup));
  auto* const store = X509_LOOKUP_get_store(lookup);
  if (type != X509_LU_X509 || !authorities->add(store, name)) return 0;
  auto* const object = X509_OBJECT_retrieve_by_subject(X509_STORE_get0_objects(store), type, name);
  if (object == nullptr) return 0;
  auto* const certificate = X509_OBJECT_get0_X509(object);
  if (X509_OBJECT_set1_X509(found, certificate) != 1) return 0;
  X509_free(certificate);  // the caller counts the reference too: X509_LOOKUP_meth_new(3), NOTES
  return 1;
}

X509_LOOKUP_METHOD* lookup_method() {
  // Lives as long as the program: OpenSSL keeps the pointer.
  static X509_LOOKUP_METHOD* const method = [] {
    auto* const made = X509_LOOKUP_meth_new("badclients");
    if (made != nullptr) X509_LOOKUP_meth_set_get_by_subject(made, &get_by_subject);
    return made;
  }();
  return method;
}

}  // namespace

Authorities::Authorities(std::string_view pem) {
  const Source source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  unsigned char* data = nullptr;
  long size = 0;
  while (source && PEM_bytes_read_bio(&data, &size, nullptr, PEM_STRING_X509, source.get(), nullptr,
                                      nullptr) == 1) {
    const Allocated owned(data);
    certificates_.emplace_back(reinterpret_cast<char*>(data), static_cast<std::size_t>(size));
  }
}

void Authorities::serve(X509_STORE* store) const {
  auto* const lookup = X509_STORE_add_lookup(store, lookup_method());
  if (lookup != nullptr) X509_LOOKUP_set_method_data(lookup, const_cast<Authorities*>(this));
}

bool Authorities::add(X509_STORE* store, const X509_NAME* name) const {
  // An authority writes its name in what it signs as in its own certificate, byte for byte (RFC
  // 5280 section 4.1.2.6), so only those that hold the bytes need a closer look.
  const auto wanted = encoded(name);
  bool added = false;
  for (const auto& der : certificates_) {
    if (der.find(wanted) == std::string::npos) continue;
    const auto certificate = read(der);
    if (!certificate || X509_NAME_cmp(X509_get_subject_name(certificate.get()), name) != 0)
      continue;
    added |= X509_STORE_add_cert(store, certificate.get()) == 1;
  }
  return added;
}

}  // namespace badclients::network
