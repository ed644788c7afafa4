#include "network/transport/dns_exchange.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <vector>

namespace badclients::network {

namespace {

using Clock = std::chrono::steady_clock;

/// The first pause before the next server is asked; doubled each round. A resolver answers from its
/// cache in a millisecond, and from the world nearly always within this.
constexpr std::chrono::milliseconds first_pause{400};
constexpr unsigned most_doublings = 3;
/// Larger than any answer to what we offer to take.
constexpr std::size_t largest_datagram = 4096;

std::uint16_t random_id() {
  std::uint16_t id = 0;
  while (getrandom(&id, sizeof id, 0) != sizeof id) {
  }
  return id;
}

std::span<const std::uint8_t> octets(std::span<const char> text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The question over TCP (RFC 1035 section 4.2.2).
tl::expected<Answer, std::string> ask_over_tcp(const Question& question, const net::Server& server,
                                               base::Deadline deadline) {
  const auto fail = [](const std::string& why) { return tl::unexpected("over TCP: " + why); };
  const auto socket = net::connect_tcp(server, deadline);
  if (!socket) return fail(socket.error());
  const auto id = random_id();
  const auto query = write_query(question, id);
  const std::string length{static_cast<char>(query.size() >> 8), static_cast<char>(query.size())};
  if (auto sent = net::send_all(*socket, length + query, deadline); !sent)
    return fail(sent.error());

  std::array<char, 2> prefix{};
  if (auto got = net::receive_all(*socket, prefix, deadline); !got) return fail(got.error());
  std::vector<char> message(octets(prefix)[0] * std::size_t{256} + octets(prefix)[1]);
  if (auto got = net::receive_all(*socket, message, deadline); !got) return fail(got.error());
  if (match(octets(message), question, id) != Match::ours) {
    return fail("an answer that is none to the question");
  }
  return read_answer(octets(message), question);
}

/// One server, as far as one question goes.
struct Candidate {
  net::Server server;
  base::Descriptor socket{};
  std::uint16_t id = 0;
  bool out = false;          ///< failed: not asked again, not listened to
  bool heard_other = false;  ///< something came that was no answer to the question
  std::string failure{};

  void fail(std::string why) {
    out = true;
    failure = std::move(why);
    socket = base::Descriptor();
  }

  void ask(const Question& question) {
    if (!socket.is_open()) {
      auto connected = net::connect_udp(server);
      if (!connected) return fail(connected.error());
      socket = std::move(*connected);
      id = random_id();
    }
    const auto query = write_query(question, id);
    // A datagram goes out whole or not at all. A full buffer is as good as a lost datagram.
    if (send(socket.number(), query.data(), query.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN &&
        errno != EINTR) {
      fail(net::error_text(errno));
    }
  }

  /// Reads datagrams until one is an answer or none is left.
  std::optional<Answer> hear(const Question& question, base::Deadline deadline,
                             const std::function<void()>& heard) {
    std::array<char, largest_datagram> buffer;
    while (!out && Clock::now() < deadline) {
      const auto size = recv(socket.number(), buffer.data(), buffer.size(), 0);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK) fail(net::error_text(errno));
        return std::nullopt;
      }
      const auto message = octets(std::span(buffer).first(static_cast<std::size_t>(size)));
      const auto kind = match(message, question, id);
      if (kind == Match::other) {
        heard_other = true;
        continue;
      }
      if (heard) heard();
      auto answer = kind == Match::truncated ? ask_over_tcp(question, server, deadline)
                                             : read_answer(message, question);
      if (answer) return std::move(*answer);
      fail(std::move(answer.error()));
    }
    return std::nullopt;
  }

  [[nodiscard]] std::string report() const {
    const auto* silent = heard_other
                             ? "no answer in time, but messages that are none to the question"
                             : "no answer in time";
    return fmt::format("{}: {}", server.str(), out ? failure : silent);
  }
};

class Exchange {
 public:
  Exchange(const Question& question, std::span<const net::Server> servers, base::Deadline deadline,
           const std::function<void()>& heard)
      : question_(question), deadline_(deadline), heard_(heard) {
    for (const auto& server : servers) candidates_.push_back(Candidate{server});
  }

  tl::expected<Answer, std::string> run() {
    auto next = Clock::now();
    while (Clock::now() < deadline_ && anyone_left()) {
      if (Clock::now() >= next) {
        if (!ask_the_next()) continue;
        next = Clock::now() + pause();
      }
      bool lost_one = false;
      if (auto answer = listen(std::min(next, deadline_), lost_one)) return std::move(*answer);
      if (lost_one) next = Clock::now();
    }
    return tl::unexpected(report());
  }

 private:
  [[nodiscard]] bool anyone_left() const {
    return std::any_of(candidates_.begin(), candidates_.end(),
                       [](const auto& candidate) { return !candidate.out; });
  }

  [[nodiscard]] bool ask_the_next() {
    while (candidates_[asked_ % candidates_.size()].out) ++asked_;
    auto& candidate = candidates_[asked_++ % candidates_.size()];
    candidate.ask(question_);
    return !candidate.out;
  }

  /// A connection that hangs must leave time for the servers that have not been heard yet.
  [[nodiscard]] base::Deadline connection_deadline() const {
    const auto left = std::count_if(candidates_.begin(), candidates_.end(),
                                    [](const auto& candidate) { return !candidate.out; });
    const auto now = Clock::now();
    return left > 1 && now < deadline_ ? now + (deadline_ - now) / 2 : deadline_;
  }

  [[nodiscard]] std::chrono::milliseconds pause() const {
    const auto round = (asked_ - 1) / candidates_.size();
    return first_pause * (1U << std::min<std::size_t>(round, most_doublings));
  }

  /// Waits for all servers asked so far, for a late answer is as good as a quick one.
  std::optional<Answer> listen(base::Deadline until, bool& lost_one) {
    std::vector<pollfd> waiting;
    std::vector<Candidate*> who;
    for (auto& candidate : candidates_) {
      if (candidate.out || !candidate.socket.is_open()) continue;
      waiting.push_back({candidate.socket.number(), POLLIN, 0});
      who.push_back(&candidate);
    }
    if (poll(waiting.data(), waiting.size(), net::poll_timeout(until)) <= 0) return std::nullopt;
    for (std::size_t i = 0; i < who.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      if (auto answer = who[i]->hear(question_, connection_deadline(), heard_)) return answer;
      lost_one |= who[i]->out;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::string report() const {
    std::string text;
    for (const auto& candidate : candidates_) {
      if (!text.empty()) text += "; ";
      text += candidate.report();
    }
    return text;
  }

  const Question& question_;
  base::Deadline deadline_;
  const std::function<void()>& heard_;
  std::vector<Candidate> candidates_;
  std::size_t asked_ = 0;
};

}  // namespace

tl::expected<Answer, std::string> exchange(const Question& question,
                                           std::span<const net::Server> servers,
                                           base::Deadline deadline,
                                           const std::function<void()>& heard) {
  return Exchange(question, servers, deadline, heard).run();
}

}  // namespace badclients::network
