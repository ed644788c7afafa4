#include "authpolicy/http.hpp"

#include <fmt/format.h>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/text.hpp"

namespace badclients::authpolicy {

namespace {

namespace http = boost::beast::http;

constexpr const char* secret_field = "X-Badclients";

/// Enough for the header of any answer.
constexpr std::size_t room_for_header = 200;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

/// "/?a=b" of "http://127.0.0.1:4001/?a=b", as a client sends it if it takes us for a proxy.
std::string_view without_host(std::string_view target) {
  constexpr std::string_view scheme = "http://";
  if (!base::same_word(target.substr(0, scheme.size()), scheme)) return target;
  target.remove_prefix(scheme.size());
  const auto path = target.find_first_of("/?");
  return path == std::string_view::npos ? "/" : target.substr(path);
}

/// Nothing: the target names no command, two, or an unknown one.
std::optional<HttpRequest::Command> command_of(std::string_view target) {
  target = without_host(target);
  const auto path = base::cut(target, '?');
  if (path != "/" && !path.empty()) return std::nullopt;
  std::optional<HttpRequest::Command> command;
  while (!target.empty()) {
    auto value = base::cut(target, '&');
    if (base::cut(value, '=') != "command") continue;
    if (command) return std::nullopt;
    if (value == "allow") command = HttpRequest::Command::allow;
    if (value == "report") command = HttpRequest::Command::report;
    if (!command) return std::nullopt;
  }
  return command;
}

}  // namespace

/// Keeps what counts of a request, and no other field.
class RequestParser::Beast : public http::basic_parser<true> {
 public:
  Beast() {
    eager(true);
    header_limit(longest_header);
    body_limit(longest_request - longest_header);
  }

  bool is_post = false;
  std::optional<HttpRequest::Command> command;
  std::string secret;
  int secrets = 0;  ///< how often there is one
  int codings = 0;  ///< how often Transfer-Encoding is there
  bool is_only_chunked = true;
  bool expects_continue = false;
  bool is_own_test = false;
  unsigned version = 11;
  std::string body;

 private:
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;

  void on_request_impl(http::verb method, Text, Text target, int number, Error&) override {
    is_post = method == http::verb::post;
    command = command_of(view(target));
    version = static_cast<unsigned>(number);
  }
  void on_field_impl(http::field field, Text name, Text value, Error&) override {
    if (is_header_done()) return;  // a field behind a chunked body tells nothing about the request
    if (base::same_word(view(name), secret_field)) {
      secret = view(value);
      ++secrets;
    }
    if (field == http::field::transfer_encoding) {
      ++codings;
      is_only_chunked = is_only_chunked && base::same_word(view(value), "chunked");
    }
    if (field == http::field::user_agent) is_own_test = view(value) == own_user_agent;
    if (field == http::field::expect)
      expects_continue = base::same_word(view(value), "100-continue");
  }
  void on_header_impl(Error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Error&) override {
    body.reserve(std::min<std::uint64_t>(length.value_or(0), longest_request));
  }
  std::size_t on_body_impl(Text bytes, Error&) override {
    body += view(bytes);
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, Error& error) override {
    return on_body_impl(bytes, error);
  }
  void on_finish_impl(Error&) override {}
  void on_response_impl(int, Text, int, Error&) override {}
};

RequestParser::RequestParser() : beast_(std::make_unique<Beast>()) {}

RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;
RequestParser::~RequestParser() = default;

std::size_t RequestParser::take(std::string_view bytes) {
  std::size_t used = 0;
  // Empty lines before a request are ignored (RFC 9112, 2.2).
  while (!begun() && bytes.substr(used).starts_with("\r\n")) used += 2;
  if (!begun() && bytes.substr(used) == "\r") return used;  // perhaps half an empty line
  while (!done() && used < bytes.size()) {
    boost::beast::error_code error;
    const auto left = bytes.substr(used);
    const auto count = beast_->put(boost::asio::const_buffer(left.data(), left.size()), error);
    used += count;
    taken_ += count;
    if (beast_->is_header_done() && !judged_) judge_header();
    if (error == http::error::header_limit) {
      refuse(431, "the header is longer than 8 KiB");
    } else if (error == http::error::body_limit) {
      refuse(413, "the body is longer than 248 KiB");
    } else if (error && error != http::error::need_more) {
      refuse(400, "no HTTP/1.1: " + error.message());
    }
    if (taken_ + (bytes.size() - used) > longest_request && !done()) {
      refuse(413, "the request is longer than 256 KiB");
    }
    if (error || count == 0) break;
  }
  return used;
}

bool RequestParser::begun() const {
  return beast_->got_some();
}

bool RequestParser::done() const {
  return refusal_ || beast_->is_done();
}

bool RequestParser::wants_continue() {
  if (continued_ || done() || !beast_->is_header_done()) return false;
  continued_ = beast_->expects_continue && beast_->version >= 11;  // RFC 9110, 10.1.1
  return continued_;
}

HttpRequest RequestParser::request() {
  HttpRequest request;
  request.command = beast_->command.value();
  if (beast_->secrets == 1) request.secret = std::move(beast_->secret);
  request.is_own_test = beast_->is_own_test;
  request.version = beast_->version;
  request.keep_alive = beast_->keep_alive();
  request.body = std::move(beast_->body);
  return request;
}

void RequestParser::judge_header() {
  judged_ = true;
  if (!beast_->is_post) return refuse(405, "the method is not POST");
  if (!beast_->command) {
    return refuse(404, "the target is neither /?command=allow nor /?command=report");
  }
  if (!beast_->content_length() && !beast_->chunked()) {
    return refuse(411, "the body has no length: neither Content-Length nor chunked");
  }
  // Where its body ends is then not known (RFC 9112, 6.1 and 6.3).
  const bool is_old = beast_->version < 11;
  if (beast_->codings > (is_old ? 0 : 1) || !beast_->is_only_chunked) {
    return refuse(400, "the body has another coding than chunked, or HTTP/1.0 and one");
  }
}

void RequestParser::refuse(int status, std::string why) {
  if (!refusal_) refusal_ = Refusal{status, std::move(why)};
}

std::string http_answer(int status, std::string_view body, unsigned version, bool keep_alive) {
  const bool is_old = version < 11;  // a connection of HTTP/1.0 ends unless both say otherwise
  std::string_view connection;
  if (!keep_alive && !is_old) connection = "Connection: close\r\n";
  if (keep_alive && is_old) connection = "Connection: keep-alive\r\n";
  const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  std::string answer;
  answer.reserve(room_for_header + body.size());
  answer.append(is_old ? "HTTP/1.0 " : "HTTP/1.1 ");
  answer.append(std::to_string(status)).append(" ").append(view(reason));
  answer.append("\r\nContent-Type: ").append(status == 200 ? "application/json" : "text/plain");
  answer.append("\r\n").append(status == 405 ? "Allow: POST\r\n" : "").append(connection);
  answer.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  return answer.append(body);
}

}  // namespace badclients::authpolicy
