#include "network/https/https.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <new>
#include <string_view>

#include "base/file.hpp"
#include "base/number.hpp"
#include "net/socket.hpp"
#include "network/https/authorities.hpp"

namespace badclients::network {

namespace {

constexpr std::size_t most_certificates = 64 << 20;  // bytes

struct CleanUp {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, CleanUp>;
using List = std::unique_ptr<curl_slist, CleanUp>;

List list_of(const std::vector<std::string>& lines) {
  List list;
  for (const auto& line : lines) {
    auto* const longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)list.release();
    list.reset(longer);
  }
  return list;
}

/// What libcurl's callback works on.
struct Transfer {
  const HttpsRequest& request;
  std::string& body;
  std::size_t length = 0;
  bool too_long = false;
};

/// noexcept: an exception must not pass through C, and without memory nothing else can be done.
std::size_t take_body(const char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.too_long = size > transfer.request.longest - transfer.length;
  if (transfer.too_long) return CURL_WRITEFUNC_ERROR;
  transfer.length += size;
  if (const auto& take = transfer.request.take) {
    return take({data, size}) ? size : std::size_t{CURL_WRITEFUNC_ERROR};
  }
  transfer.body.append(data, size);
  return size;
}

int tell_progress(void* user, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) noexcept {
  const auto& request = static_cast<Transfer*>(user)->request;
  request.progress(static_cast<std::uint64_t>(now), static_cast<std::uint64_t>(total));
  return 0;
}

template <class T>
void set(const Handle& handle, CURLoption option, T value) {
  // Fails without memory, or if this libcurl was built without the feature (HTTP/2). The options
  // that safety needs are in every build.
  if (curl_easy_setopt(handle.get(), option, value) == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
}

long in_ms(std::chrono::milliseconds time) {
  return static_cast<long>(time.count());
}

void set_request(const Handle& handle, const HttpsRequest& request) {
  const auto* const protocols = request.https_only ? "https" : "http,https";
  set(handle, CURLOPT_URL, request.url.c_str());
  set(handle, CURLOPT_PROTOCOLS_STR, protocols);
  set(handle, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
  set(handle, CURLOPT_FOLLOWLOCATION, request.most_redirects > 0 ? 1L : 0L);
  set(handle, CURLOPT_MAXREDIRS, static_cast<long>(request.most_redirects));
  set(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // Empty: all that this libcurl can unpack.
  set(handle, CURLOPT_ACCEPT_ENCODING, request.as_it_is ? nullptr : "");
  const auto contact = request.contact.empty() ? "" : fmt::format(" (+{})", request.contact);
  set(handle, CURLOPT_USERAGENT, (request.agent + "/" BADCLIENTS_VERSION + contact).c_str());
  if (request.proxy) {
    set(handle, CURLOPT_PROXY, request.proxy->c_str());  // empty: none, not even the environment's
    set(handle, CURLOPT_NOPROXY, "");
  }
  set(handle, CURLOPT_TIMEOUT_MS, in_ms(request.time));
  set(handle, CURLOPT_CONNECTTIMEOUT_MS, in_ms(request.connect_time));
  set(handle, CURLOPT_LOW_SPEED_LIMIT, request.stalled.count() > 0 ? 1L : 0L);  // bytes a second
  set(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stalled.count()));
  set(handle, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.longest));
  set(handle, CURLOPT_NOSIGNAL, 1L);
}

std::string text_of(const Handle& handle, CURLINFO info) {
  const char* text = nullptr;
  curl_easy_getinfo(handle.get(), info, &text);
  return text == nullptr ? "" : text;
}

/// Of the last answer, not of a redirect on the way; empty: it has none.
std::string header_of(const Handle& handle, const char* name) {
  curl_header* header = nullptr;
  const auto found = curl_easy_header(handle.get(), name, 0, CURLH_HEADER, -1, &header);
  return found == CURLHE_OK ? header->value : "";
}

/// What Retry-After asks for: a number of seconds, or a date (RFC 9110, 10.2.3); nothing where it
/// is neither or lies in the past. Not by CURLINFO_RETRY_AFTER, which newer libcurls bound to 6
/// hours.
std::optional<std::chrono::seconds> read_retry_after(const std::string& text) {
  constexpr auto longest = std::chrono::seconds(std::chrono::years(100));
  if (text.empty()) return std::nullopt;
  if (text.find_first_not_of("0123456789") == text.npos) {
    const auto count = base::number<std::int64_t>(text).value_or(longest.count());
    if (count == 0) return std::nullopt;
    return std::min(std::chrono::seconds(count), longest);
  }
  const auto left = curl_getdate(text.c_str(), nullptr) - std::time(nullptr);  // -1: no date
  if (left <= 0) return std::nullopt;
  return std::min(std::chrono::seconds(left), longest);
}

void read_outcome(const Handle& handle, HttpsResponse& response) {
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &response.status);
  response.redirect = text_of(handle, CURLINFO_REDIRECT_URL);
  response.server = text_of(handle, CURLINFO_PRIMARY_IP);
  response.etag = header_of(handle, "ETag");
  response.last_modified = header_of(handle, "Last-Modified");
  constexpr std::int64_t end = 7'258'118'400;  // of 2199: what is later may not fit
  const auto modified = curl_getdate(response.last_modified.c_str(), nullptr);  // -1: no date
  if (modified >= 0 && modified < end)
    response.modified = std::chrono::system_clock::from_time_t(modified);
  response.retry_after = read_retry_after(header_of(handle, "Retry-After"));
}

std::string words_for(CURLcode code, const char* details, const HttpsRequest& request) {
  if (code == CURLE_OPERATION_TIMEDOUT) return "no answer in time";
  if (code == CURLE_UNSUPPORTED_PROTOCOL && request.https_only && request.most_redirects > 0) {
    return "the server redirects to a URL that is not https";
  }
  return *details != '\0' ? details : curl_easy_strerror(code);
}

tl::expected<std::string, std::string> read_certificates(const std::string& path) {
  const auto wrong = [&](const std::string& why) {
    return tl::unexpected(fmt::format("certificates in {}: {}", path, why));
  };
  const auto file = base::open_to_read(path);
  if (!file.is_open()) return wrong(net::error_text(errno));
  auto text = base::read_to_end(file.number(), most_certificates);
  if (!text) return wrong(net::error_text(text.error()));
  if (text->empty()) return wrong("empty");
  return *std::move(text);
}

CURLcode serve_authorities(CURL*, void* context, void* authorities) {
  static_cast<const Authorities*>(authorities)
      ->serve(SSL_CTX_get_cert_store(static_cast<SSL_CTX*>(context)));
  return CURLE_OK;
}

}  // namespace

struct Https::Trust {
  std::string certificates;
  std::optional<Authorities> authorities;  ///< nothing: libcurl's TLS library is not OpenSSL

  explicit Trust(std::string pem) : certificates(std::move(pem)) {
    const std::string_view tls = curl_version_info(CURLVERSION_NOW)->ssl_version;
    if (tls.starts_with("OpenSSL/")) authorities.emplace(certificates);
  }

  void set_on(const Handle& handle) const {
    // libcurl only reads it.
    curl_blob blob{const_cast<char*>(certificates.data()), certificates.size(), CURL_BLOB_NOCOPY};
    set(handle, CURLOPT_PROXY_CAINFO_BLOB, &blob);
    if (!authorities) {
      set(handle, CURLOPT_CAINFO_BLOB, &blob);
      return;
    }
    set(handle, CURLOPT_CAINFO, static_cast<char*>(nullptr));
    set(handle, CURLOPT_CAPATH, static_cast<char*>(nullptr));
    set(handle, CURLOPT_SSL_CTX_FUNCTION, &serve_authorities);
    set(handle, CURLOPT_SSL_CTX_DATA, const_cast<Authorities*>(&*authorities));
  }
};

Https::Https(const std::string& ca_file) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    trouble_ = "libcurl does not start";
    return;
  }
  const char* const systems = curl_version_info(CURLVERSION_NOW)->cainfo;
  const auto file = !ca_file.empty() || systems == nullptr ? ca_file : systems;
  if (file.empty()) return;  // libcurl opens its own store each time
  auto certificates = read_certificates(file);
  if (certificates) {
    trust_ = std::make_shared<const Trust>(std::move(*certificates));
  } else {
    trouble_ = std::move(certificates.error());
  }
}

HttpsResponse Https::get(const HttpsRequest& request) const {
  HttpsResponse response;
  response.trouble = trouble_;
  if (!trouble_.empty()) return response;
  const Handle handle(curl_easy_init());
  if (!handle) throw std::bad_alloc();
  const auto headers = list_of(request.headers), resolved = list_of(request.resolved);
  Transfer transfer{request, response.body};
  char details[CURL_ERROR_SIZE] = "";

  set_request(handle, request);
  if (trust_) trust_->set_on(handle);
  set(handle, CURLOPT_HTTPHEADER, headers.get());
  set(handle, CURLOPT_RESOLVE, resolved.get());
  set(handle, CURLOPT_ERRORBUFFER, static_cast<char*>(details));
  set(handle, CURLOPT_WRITEFUNCTION, &take_body);
  set(handle, CURLOPT_WRITEDATA, &transfer);
  if (request.progress) {
    set(handle, CURLOPT_NOPROGRESS, 0L);
    set(handle, CURLOPT_XFERINFOFUNCTION, &tell_progress);
    set(handle, CURLOPT_XFERINFODATA, &transfer);
  }
  const auto code = curl_easy_perform(handle.get());
  if (code == CURLE_OK) {
    read_outcome(handle, response);
  } else if (transfer.too_long || code == CURLE_FILESIZE_EXCEEDED) {
    response.trouble = fmt::format("an answer longer than {} MiB", request.longest >> 20U);
  } else {
    response.trouble = words_for(code, details, request);
    response.unreachable = code == CURLE_COULDNT_CONNECT;
  }
  return response;
}

}  // namespace badclients::network
