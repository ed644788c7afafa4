#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// The policy door: Dovecot's auth policy requests on standard input, answers on standard output.
namespace badclients::authpolicy {

/// Of a request, header and body together. A body that is too long lets the user in, so it must be
/// more than a client can make Dovecot send: 8 KiB of IMAP ID and 6 KiB of name, in which JSON has
/// 6 bytes for one.
inline constexpr std::size_t longest_header = std::size_t{8} * 1024;
inline constexpr std::size_t longest_request = std::size_t{256} * 1024;

/// A request that another status than 200 answers.
struct Refusal {
  int status = 400;
  std::string why;  ///< in words of ours: nothing of the request stands in it
};

/// A whole request of HTTP/1.1 or 1.0, as far as it counts.
struct HttpRequest {
  enum class Command { allow, report };
  Command command = Command::allow;
  std::optional<std::string> secret;  ///< X-Badclients; nothing where it is absent, or there twice
  std::string body;
  unsigned version = 11;
  bool keep_alive = true;
};

/// Reads one request out of the bytes of a connection, however they are cut into pieces. Chunked
/// bodies are as good as those with a length.
class RequestParser {
 public:
  RequestParser();
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;
  ~RequestParser();

  /// Takes what is new of the connection's bytes, `bytes`, from their beginning on; how many it
  /// took. Those behind them are to be offered again, with more behind them where it is not done.
  std::size_t take(std::string_view bytes);

  [[nodiscard]] bool begun() const;  ///< bytes came that are more than empty lines
  [[nodiscard]] bool done() const;   ///< the request is complete, or refused
  [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }
  /// The client waits for "100 Continue" before it sends the body. True once.
  bool wants_continue();
  /// When done and not refused.
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

/// What a client that asked for it gets before it sends the body.
inline constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

/// An answer, as bytes. A `status` of 200 is JSON, others are plain text.
std::string http_answer(int status, std::string_view body, unsigned version, bool keep_alive);

}  // namespace badclients::authpolicy
