#include "network/transport/parent.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "ask/wire/dialogue.hpp"
#include "base/file.hpp"
#include "net/socket.hpp"

namespace badclients::network {

namespace {

/// For failures that are over with this request.
constexpr std::chrono::seconds no_time{0};

}  // namespace

void Parent::say(std::string_view line) {
  const std::lock_guard lock(saying_);
  if (!base::write_all(out_, line)) _exit(0);
}

std::optional<budget::Refusal> Parent::permit(const budget::ServerName& server,
                                              base::Deadline deadline) {
  const std::lock_guard lock(permit_mutex_);
  const auto number = ++asked_;
  say(encode(ask::PermitQuestion{number, server}));
  for (;;) {
    const auto line = read_line(deadline);
    if (line.empty()) return budget::Refusal{no_time, "nobody says whether it may be asked"};
    auto answer = ask::decode_permit_answer(line);
    // An earlier one, which came too late for its question.
    if (answer && answer->number < number) continue;
    if (answer && answer->number == number) return std::move(answer->refusal);
    return budget::Refusal{no_time, "what was said about a permit to ask makes no sense"};
  }
}

void Parent::close(const budget::ServerName& server, std::chrono::seconds length,
                   const std::string& reason) {
  say(encode(ask::Closing{server, length, reason}));
}

std::string Parent::read_line(base::Deadline deadline) {
  for (;;) {
    if (const auto end = read_.find('\n'); end != std::string::npos) {
      auto line = read_.substr(0, end);
      read_.erase(0, end + 1);
      return line;
    }
    if (read_.size() > ask::longest_dialogue_line) return {};
    pollfd input{in_, POLLIN, 0};
    const int ready = poll(&input, 1, net::poll_timeout(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return {};
    std::array<char, ask::longest_dialogue_line> buffer;
    const auto size = base::read_some(in_, buffer);
    if (size <= 0) return {};
    read_.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace badclients::network
