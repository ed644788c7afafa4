#include "network/transport/https_module.hpp"

#include <curl/curl.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string_view>

#include "network/transport/https_authorities.hpp"

namespace {

using badclients::network::Authorities;
using badclients::network::HttpsClient;
using badclients::network::HttpsRequest;
using badclients::network::HttpsResponse;

constexpr auto user_agent = "badclients/" BADCLIENTS_VERSION;

struct CleanUp {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, CleanUp>;
using List = std::unique_ptr<curl_slist, CleanUp>;

void append(List& list, const std::string& text) {
  auto* const longer = curl_slist_append(list.get(), text.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)list.release();
  list.reset(longer);
}

struct Body {
  std::string& text;
  std::size_t longest;
  bool too_long = false;
};

std::size_t take(char* data, std::size_t, std::size_t size, void* user) {
  auto& body = *static_cast<Body*>(user);
  body.too_long = size > body.longest - body.text.size();
  if (body.too_long) return 0;  // ends the transfer
  body.text.append(data, size);
  return size;
}

template <class T>
void set(const Handle& handle, CURLoption option, T value) {
  // Fails for want of memory, or where this libcurl was built without the feature (HTTP/2); the
  // options that safety rests on are in every build.
  if (curl_easy_setopt(handle.get(), option, value) == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
}

std::string text_of(const Handle& handle, CURLINFO info) {
  const char* text = nullptr;
  curl_easy_getinfo(handle.get(), info, &text);
  return text == nullptr ? "" : text;
}

/// What Retry-After asks for: a number of seconds, or a date (RFC 9110, 10.2.3); nothing where it
/// is neither or lies in the past. Not by CURLINFO_RETRY_AFTER, which newer libcurls bound to 6
/// hours.
std::optional<std::chrono::seconds> read_retry_after(const Handle& handle) {
  curl_header* header = nullptr;
  if (curl_easy_header(handle.get(), "Retry-After", 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
    return std::nullopt;
  }
  constexpr auto longest = std::chrono::seconds(std::chrono::years(100));
  const std::string_view text = header->value;
  std::int64_t seconds = 0;
  if (!text.empty() && text.find_first_not_of("0123456789") == text.npos) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (read.ec == std::errc::result_out_of_range) return longest;
  } else {
    seconds = curl_getdate(header->value, nullptr) - std::time(nullptr);  // -1 where it is no date
  }
  if (seconds <= 0) return std::nullopt;
  return std::min(std::chrono::seconds(seconds), longest);
}

void read_outcome(const Handle& handle, HttpsResponse& response) {
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &response.status);
  response.redirect = text_of(handle, CURLINFO_REDIRECT_URL);
  response.server = text_of(handle, CURLINFO_PRIMARY_IP);
  response.retry_after = read_retry_after(handle);
}

std::string words_for(CURLcode code, const char* details) {
  if (code == CURLE_OPERATION_TIMEDOUT) return "no answer in time";
  return *details != '\0' ? details : curl_easy_strerror(code);
}

CURLcode serve_authorities(CURL*, void* context, void* authorities) {
  static_cast<const Authorities*>(authorities)
      ->serve(SSL_CTX_get_cert_store(static_cast<SSL_CTX*>(context)));
  return CURLE_OK;
}

class Client : public HttpsClient {
 public:
  [[nodiscard]] std::string system_store() const override {
    const char* const file = curl_version_info(CURLVERSION_NOW)->cainfo;
    return file == nullptr ? "" : file;
  }

  void trust(std::string certificates) override {
    certificates_ = std::move(certificates);
    const std::string_view tls = curl_version_info(CURLVERSION_NOW)->ssl_version;
    // Any other TLS library gets the certificates as they are.
    if (tls.starts_with("OpenSSL/")) authorities_.emplace(certificates_);
  }

  [[nodiscard]] HttpsResponse get(const HttpsRequest& request) const override {
    const Handle handle(curl_easy_init());
    if (!handle) throw std::bad_alloc();
    HttpsResponse response;
    List headers, resolved;
    append(headers, "Accept: " + request.accept);
    for (const auto& entry : request.resolved) append(resolved, entry);
    Body body{response.body, request.longest};
    char details[CURL_ERROR_SIZE] = "";

    set(handle, CURLOPT_URL, request.url.c_str());
    set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    set(handle, CURLOPT_HTTPHEADER, headers.get());
    set(handle, CURLOPT_USERAGENT, user_agent);
    set(handle, CURLOPT_ACCEPT_ENCODING, "");  // all that this libcurl can unpack
    set(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(handle, CURLOPT_RESOLVE, resolved.get());
    set(handle, CURLOPT_PROXY, request.proxy.c_str());  // empty: none, not even of the environment
    set(handle, CURLOPT_NOPROXY, "");
    set(handle, CURLOPT_NOSIGNAL, 1L);
    set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.time.count()));
    set(handle, CURLOPT_ERRORBUFFER, static_cast<char*>(details));
    set(handle, CURLOPT_WRITEFUNCTION, &take);
    set(handle, CURLOPT_WRITEDATA, &body);
    set_trust(handle);

    const auto code = curl_easy_perform(handle.get());
    if (body.too_long) {
      response.trouble = "an answer longer than 1 MiB";
    } else if (code != CURLE_OK) {
      response.trouble = words_for(code, details);
      response.unreachable = code == CURLE_COULDNT_CONNECT;
    } else {
      read_outcome(handle, response);
    }
    return response;
  }

 private:
  void set_trust(const Handle& handle) const {
    if (certificates_.empty()) return;
    // libcurl only reads it.
    curl_blob blob{const_cast<char*>(certificates_.data()), certificates_.size(), CURL_BLOB_NOCOPY};
    set(handle, CURLOPT_PROXY_CAINFO_BLOB, &blob);
    if (!authorities_) {
      set(handle, CURLOPT_CAINFO_BLOB, &blob);
      return;
    }
    set(handle, CURLOPT_CAINFO, static_cast<char*>(nullptr));
    set(handle, CURLOPT_CAPATH, static_cast<char*>(nullptr));
    set(handle, CURLOPT_SSL_CTX_FUNCTION, &serve_authorities);
    set(handle, CURLOPT_SSL_CTX_DATA, const_cast<Authorities*>(&*authorities_));
  }

  std::string certificates_;
  std::optional<Authorities> authorities_;
};

}  // namespace

extern "C" [[gnu::visibility("default")]] HttpsClient* badclients_make_https_client() {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return nullptr;
  return new (std::nothrow) Client;
}
