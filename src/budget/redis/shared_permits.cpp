#include "budget/redis/shared_permits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "budget/refusal.hpp"
#include "budget/servers.hpp"
#include "facts/escape.hpp"

namespace badclients::budget {

namespace {

using std::chrono::milliseconds;

/// KEYS: whether it wants to be left alone, then for each party (Count::of) its questions
/// by this service and those by the other. ARGV: a member of its own, the milliseconds until the
/// question has reached the server at the latest, then for each count the number of its party from
/// 1 on, whether questions by both services count, how many, and the window in milliseconds. A
/// member's score is the time when it has reached the server at the latest. Answers with {0}, or
/// with {milliseconds to wait, number of the count from 1 on}, or with {milliseconds to wait, 0,
/// what the server said}.
constexpr auto permit_script = R"lua(
local closed = redis.call('pttl', KEYS[1])
if closed > 0 then return {closed, 0, redis.call('get', KEYS[1])} end
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local longest = {}
for i = 3, #ARGV, 4 do
  local party, most, window = tonumber(ARGV[i]), tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3])
  longest[party] = math.max(longest[party] or 0, window)
  local asked, wait = 0, window
  for k = 1, ARGV[i + 1] == '1' and 2 or 1 do
    local key, since = KEYS[party * 2 - 1 + k], string.format('(%.0f', now - window)
    asked = asked + redis.call('zcount', key, since, '+inf')
    local oldest = redis.call('zrangebyscore', key, since, '+inf', 'withscores', 'limit', 0, 1)
    if oldest[2] then wait = math.min(wait, tonumber(oldest[2]) + window - now) end
  end
  if asked >= most then return {math.max(wait, 1), (i - 3) / 4 + 1} end
end
for party, window in pairs(longest) do
  local key = KEYS[party * 2]
  redis.call('zremrangebyscore', key, '-inf', string.format('%.0f', now - window))
  redis.call('zadd', key, string.format('%.0f', now + ARGV[2]), ARGV[1])
  redis.call('pexpire', key, string.format('%.0f', window + ARGV[2]))
end
return {0}
)lua";

/// A later word of the server's counts, unless it ends before an earlier one.
constexpr auto close_script =
    "if redis.call('pttl',KEYS[1])<tonumber(ARGV[2]) then "
    "redis.call('set',KEYS[1],ARGV[1],'px',ARGV[2]) end return 0";

std::string key_of(std::string_view what, const std::string& name, config::Service service) {
  return fmt::format("{}{}:{}:{}", cache::shared_prefix, what, name, config::to_string(service));
}

config::Service other(config::Service service) {
  return service == config::Service::rdap ? config::Service::whois : config::Service::rdap;
}

cache::RedisCommand command_for(const ServerName& server, const std::vector<Count>& counts,
                                milliseconds time_left) {
  std::vector<std::string> parties;
  cache::RedisCommand arguments{cache::random_token(), std::to_string(time_left.count())};
  for (const auto& count : counts) {
    auto party = std::find(parties.begin(), parties.end(), count.of);
    if (party == parties.end()) party = parties.insert(party, count.of);
    arguments.push_back(std::to_string(party - parties.begin() + 1));
    arguments.emplace_back(count.limit.service ? "0" : "1");
    arguments.push_back(std::to_string(count.limit.count));
    arguments.push_back(std::to_string(count.limit.window.count()));
  }
  cache::RedisCommand keys{key_of("closed", server.name, server.service)};
  for (const auto& party : parties) {
    const auto name = party.empty() ? server.name : fmt::format("{}:{}", server.name, party);
    keys.push_back(key_of("asked", name, server.service));
    keys.push_back(key_of("asked", name, other(server.service)));
  }
  cache::RedisCommand command{"EVAL", permit_script, std::to_string(keys.size())};
  command.insert(command.end(), keys.begin(), keys.end());
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

bool is_number(const cache::RedisReply& reply, std::int64_t least, std::int64_t most) {
  return reply.kind == cache::RedisReply::Kind::number && reply.number >= least &&
         reply.number <= most;
}

/// Nothing: granted. Error: it makes no sense.
tl::expected<std::optional<Refusal>, std::string> read(const cache::RedisReply& reply,
                                                       const std::vector<Count>& counts) {
  constexpr std::int64_t longest_wait = milliseconds(config::longest_window).count() * 2;
  const auto& list = reply.list;
  const bool sane = !list.empty() && is_number(list[0], 0, longest_wait);
  if (sane && list[0].number == 0) return std::nullopt;
  const auto count = static_cast<std::int64_t>(counts.size());
  if (!sane || list.size() < 2 || !is_number(list[1], 0, count)) {
    return tl::unexpected<std::string>("an answer to another question");
  }
  const auto now = in_ms(std::chrono::system_clock::now());
  const auto until = now + list[0].number;
  if (list[1].number > 0) {
    return used_up(counts[static_cast<std::size_t>(list[1].number - 1)], now, until);
  }
  const auto said = list.size() > 2 ? facts::printable(list[2].text, longest_reason) : "";
  return left_alone(now, until, said);
}

}  // namespace

std::optional<Refusal> SharedPermits::permit(const ServerName& server, base::Deadline deadline) {
  if (auto refusal = own_.permit(server, deadline)) return refusal;
  const auto counts = counts_for(limits_of(budget_, server), server.service, purpose());
  const auto time_left = std::max(
      std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now()),
      milliseconds::zero());
  const auto replies = cache_.converse({command_for(server, counts, time_left)}, deadline);
  if (!replies) return std::nullopt;
  auto answer = read(replies->front(), counts);
  if (answer) return std::move(*answer);
  cache_.complain_of(key_of("asked", server.name, server.service), answer.error());
  return std::nullopt;
}

void SharedPermits::belongs_to(const net::Network& allocation) {
  const std::lock_guard lock(mutex_);
  add_allocation(purpose_, allocation);
}

Purpose SharedPermits::purpose() {
  const std::lock_guard lock(mutex_);
  return purpose_;
}

void SharedPermits::close(const ServerName& server, std::chrono::seconds length,
                          const std::string& reason) {
  own_.close(server, length, reason);
  constexpr std::chrono::seconds shortest{1};
  const milliseconds time = std::clamp<std::chrono::seconds>(length, shortest, longest_closed);
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{1};
  cache_.converse({{"EVAL", close_script, "1", key_of("closed", server.name, server.service),
                    reason.substr(0, longest_reason), std::to_string(time.count())}},
                  patience);
}

}  // namespace badclients::budget
