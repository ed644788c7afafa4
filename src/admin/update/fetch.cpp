#include "admin/update/fetch.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <memory>
#include <new>
#include <stdexcept>
#include <string_view>

#include "admin/update/filter.hpp"
#include "config/ini.hpp"

namespace badclients::admin::update {

namespace {

constexpr long most_redirects = 5;

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// One transfer: what libcurl's callbacks work on. They are noexcept: an exception must not pass
/// through C, and without memory there is nothing left to do.
struct Transfer {
  const Transport& transport;
  Response response;
  bool too_large = false;
};

std::size_t take_body(const char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  if (size > transfer.transport.most_bytes - transfer.response.body.size()) {
    transfer.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  transfer.response.body.append(data, size);
  return size;
}

/// Validators go back into a request, and into a file: only short, printable ones count.
std::string validator(std::string_view value) {
  for (const auto c : value) {
    if (c < ' ' || c > '~') return {};
  }
  return value.size() <= 256 ? std::string(value) : std::string();
}

std::size_t take_header(const char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& validators = static_cast<Transfer*>(user)->response.validators;
  const std::string_view line{data, size};
  if (line.starts_with("HTTP/")) validators = {};  // those of a redirect do not count
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  const auto name = line.substr(0, colon);
  auto value = line.substr(colon + 1);
  while (value.ends_with('\n')) value.remove_suffix(1);
  if (same_word(name, "ETag")) validators.etag = validator(config::trimmed(value));
  if (same_word(name, "Last-Modified"))
    validators.last_modified = validator(config::trimmed(value));
  return size;
}

void add(Headers& headers, const std::string& line) {
  auto* longer = curl_slist_append(headers.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(headers.release());
  headers.reset(longer);
}

template <class Value>
void set(const Easy& easy, CURLoption option, Value value) {
  if (const auto result = curl_easy_setopt(easy.get(), option, value); result != CURLE_OK) {
    throw std::runtime_error(fmt::format("libcurl: option {}: {}", static_cast<int>(option),
                                         curl_easy_strerror(result)));
  }
}

void set_rules(const Easy& easy, const Transport& transport) {
  set(easy, CURLOPT_PROTOCOLS_STR, "https");
  set(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  set(easy, CURLOPT_FOLLOWLOCATION, 1L);
  set(easy, CURLOPT_MAXREDIRS, most_redirects);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!transport.ca_file.empty()) set(easy, CURLOPT_CAINFO, transport.ca_file.c_str());
  if (!transport.proxy.empty()) set(easy, CURLOPT_PROXY, transport.proxy.c_str());
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(easy, CURLOPT_ACCEPT_ENCODING, "");  // all that libcurl knows
  set(easy, CURLOPT_USERAGENT, "badclientsctl/" BADCLIENTS_VERSION);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(transport.connect_time.count()));
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(transport.whole_time.count()));
  set(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(transport.most_bytes));
  set(easy, CURLOPT_NOSIGNAL, 1L);
}

Headers conditions(const Validators& validators) {
  Headers headers{nullptr, curl_slist_free_all};
  if (!validators.etag.empty()) add(headers, "If-None-Match: " + validators.etag);
  if (!validators.last_modified.empty()) {
    add(headers, "If-Modified-Since: " + validators.last_modified);
  }
  return headers;
}

std::string size_fault(const Transport& transport) {
  return fmt::format("larger than {} bytes, which no list is", transport.most_bytes);
}

tl::expected<Response, std::string> outcome(const Easy& easy, const Request& request,
                                            Transfer& transfer) {
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status == 304 && !request.validators.empty()) {
    transfer.response.not_modified = true;
    transfer.response.body.clear();
  } else if (status != 200) {
    return tl::unexpected(fmt::format("the server answered with HTTP status {}", status));
  }
  return std::move(transfer.response);
}

}  // namespace

tl::expected<Response, std::string> fetch(const Request& request, const Transport& transport) {
  const Easy easy{curl_easy_init(), curl_easy_cleanup};
  if (!easy) throw std::bad_alloc();
  Transfer transfer{transport, {}, false};
  std::array<char, CURL_ERROR_SIZE> reason{};
  const auto headers = conditions(request.validators);

  set_rules(easy, transport);
  set(easy, CURLOPT_URL, request.url.c_str());
  if (headers) set(easy, CURLOPT_HTTPHEADER, headers.get());
  set(easy, CURLOPT_ERRORBUFFER, reason.data());
  set(easy, CURLOPT_WRITEFUNCTION, &take_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  set(easy, CURLOPT_HEADERFUNCTION, &take_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(&transfer));

  const auto result = curl_easy_perform(easy.get());
  if (transfer.too_large || result == CURLE_FILESIZE_EXCEEDED) {
    return tl::unexpected(size_fault(transport));
  }
  if (result == CURLE_UNSUPPORTED_PROTOCOL) {
    return tl::unexpected(std::string("the server redirects to a URL that is not https"));
  }
  if (result != CURLE_OK) {
    return tl::unexpected(
        std::string(reason.front() == '\0' ? curl_easy_strerror(result) : reason.data()));
  }
  return outcome(easy, request, transfer);
}

}  // namespace badclients::admin::update
