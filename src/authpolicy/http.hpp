#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// The policy door: Dovecot's auth policy requests on standard input, answers on standard output.
namespace badclients::authpolicy {

/// The longest header, and the longest request: header and body together. If a request is too long,
/// Dovecot lets the user in; so it must be more than a client can make Dovecot send: 8 KiB of IMAP
/// ID and 6 KiB of name, each byte of which can take 6 bytes in JSON.
inline constexpr std::size_t longest_header = std::size_t{8} * 1024;
inline constexpr std::size_t longest_request = std::size_t{256} * 1024;

/// A request that gets another status than 200.
struct Refusal {
  int status = 400;
  std::string why;  ///< in words of ours, with no bytes of the request
};

/// What counts of a whole request of HTTP/1.1 or 1.0.
struct HttpRequest {
  enum class Command { allow, report };
  Command command = Command::allow;
  std::optional<std::string> secret;  ///< X-Badclients; nothing: it is missing, or there twice
  bool is_own_test = false;           ///< it says that it is badclientsctl's: anybody may
  std::string body;
  unsigned version = 11;
  bool keep_alive = true;
};

/// What badclientsctl says in User-Agent.
inline constexpr std::string_view own_user_agent = "badclientsctl";

/// Reads one request from the bytes of a connection, which may come in any pieces. A body may be
/// chunked or have a length.
class RequestParser {
 public:
  RequestParser();
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;
  ~RequestParser();

  /// Takes new bytes of the connection from the front of `bytes`, and returns how many. The caller
  /// offers the rest again: with more bytes behind it, or to the next parser if this one is done().
  std::size_t take(std::string_view bytes);

  [[nodiscard]] bool begun() const;  ///< more than empty lines has come
  [[nodiscard]] bool done() const;   ///< the request is complete, or refused
  [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }
  /// The client waits for "100 Continue" before it sends the body. True once.
  bool wants_continue();
  /// Call it once, when done() and not refused.
  HttpRequest request();

 private:
  class Beast;  // the parser of Boost.Beast

  void judge_header();
  void refuse(int status, std::string why);

  std::unique_ptr<Beast> beast_;
  std::optional<Refusal> refusal_;
  std::size_t taken_ = 0;
  bool judged_ = false, continued_ = false;
};

/// The reply to a client that waits for it before it sends the body.
inline constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

/// An answer, as bytes. A `status` of 200 is JSON, others are plain text.
std::string http_answer(int status, std::string_view body, unsigned version, bool keep_alive);

}  // namespace badclients::authpolicy
