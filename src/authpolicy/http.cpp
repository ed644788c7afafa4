#include "authpolicy/http.hpp"

#include <fmt/format.h>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include <utility>

#include "base/text.hpp"

namespace badclients::authpolicy {

namespace {

namespace http = boost::beast::http;

constexpr const char* secret_field = "X-Badclients";

/// Of an answer, as long as any of ours is.
constexpr std::size_t room_for_header = 200;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

/// "/?a=b" of "http://127.0.0.1:4001/?a=b", as a client that takes us for a proxy writes it.
std::string_view without_host(std::string_view target) {
  constexpr std::string_view scheme = "http://";
  if (!base::same_word(target.substr(0, scheme.size()), scheme)) return target;
  target.remove_prefix(scheme.size());
  const auto path = target.find_first_of("/?");
  return path == std::string_view::npos ? "/" : target.substr(path);
}

/// Nothing: the target names none, more than one, or one that we do not know.
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

class RequestParser::Beast : public http::request_parser<http::string_body> {};

RequestParser::RequestParser() : beast_(std::make_unique<Beast>()) {
  beast_->eager(true);
  beast_->header_limit(longest_header);
  beast_->body_limit(longest_request - longest_header);
}

RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;
RequestParser::~RequestParser() = default;

std::size_t RequestParser::take(std::string_view bytes) {
  std::size_t used = 0;
  // An empty line before a request is none of it (RFC 9112, 2.2).
  while (!begun() && bytes.substr(used).starts_with("\r\n")) used += 2;
  if (!begun() && bytes.substr(used) == "\r") return used;  // perhaps the half of one
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
  const auto expected = view(beast_->get()[http::field::expect]);
  continued_ = base::same_word(expected, "100-continue");
  return continued_;
}

HttpRequest RequestParser::request() {
  auto& message = beast_->get();
  HttpRequest request;
  request.command = command_;
  const auto [first, last] = message.equal_range(secret_field);
  if (first != last && std::next(first) == last) request.secret = view(first->value());
  request.version = message.version();
  request.keep_alive = beast_->keep_alive();
  request.body = std::move(message.body());
  return request;
}

void RequestParser::judge_header() {
  judged_ = true;
  const auto& message = beast_->get();
  if (message.method() != http::verb::post) {
    return refuse(405, "the method is not POST");
  }
  const auto command = command_of(view(message.target()));
  if (!command) {
    return refuse(404, "the target is neither /?command=allow nor /?command=report");
  }
  command_ = *command;
  if (!beast_->content_length() && !beast_->chunked()) {
    return refuse(411, "the body has no length: neither Content-Length nor chunked");
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
