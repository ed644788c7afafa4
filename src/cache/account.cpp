#include "cache/account.hpp"

#include <algorithm>
#include <cstring>

#include "cache/refusal.hpp"

namespace badclients::cache {

namespace {

using std::chrono::milliseconds;

bool holds_for(const config::Limit& limit, config::Service service) {
  return !limit.service || *limit.service == service;
}

void append(std::string& bytes, std::int64_t number) {
  std::array<char, sizeof number> raw{};
  std::memcpy(raw.data(), &number, sizeof number);
  bytes.append(raw.data(), raw.size());
}

/// Reads what append() wrote; after a piece that is missing, everything is.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::int64_t number() {
    std::int64_t number = 0;
    const auto raw = piece(sizeof number);
    if (raw.size() == sizeof number) std::memcpy(&number, raw.data(), sizeof number);
    return number;
  }
  std::string text() {
    const auto size = number();
    return size < 0 ? std::string{} : std::string{piece(static_cast<std::uint64_t>(size))};
  }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view piece(std::uint64_t size) {
    good_ = good_ && size <= bytes_.size();
    if (!good_) return {};
    const auto piece = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return piece;
  }

  std::string_view bytes_;
  bool good_ = true;
};

}  // namespace

std::optional<Refusal> Account::permit(config::Service service, const config::Limits& limits,
                                       std::int64_t now, std::int64_t until) {
  auto& own = of(service);
  if (still_closed(own.closed_until, now)) {
    return left_alone(now, own.closed_until, own.reason);
  }
  forget_what_is_past(limits, now);
  bool counts = false;
  for (const auto& limit : limits) {
    if (!holds_for(limit, service)) continue;
    counts = true;
    if (const auto when = opens(limit, now)) return used_up(limit, now, *when);
  }
  if (counts) questions_.push_back({until, service});
  own.asked = now;
  return std::nullopt;
}

void Account::forget_what_is_past(const config::Limits& limits, std::int64_t now) {
  longest_window_ = 0;
  for (const auto& limit : limits) {
    longest_window_ = std::max<std::int64_t>(longest_window_, limit.window.count());
  }
  for (auto& question : questions_) question.until = believable(question.until, now);
  std::erase_if(questions_,
                [&](const Question& question) { return question.until <= now - longest_window_; });
}

std::vector<std::int64_t> Account::counted(const config::Limit& limit, std::int64_t now) const {
  std::vector<std::int64_t> ends;
  for (const auto& question : questions_) {
    const auto until = believable(question.until, now);
    if (holds_for(limit, question.service) && until > now - limit.window.count()) {
      ends.push_back(until);
    }
  }
  return ends;
}

std::optional<std::int64_t> Account::opens(const config::Limit& limit, std::int64_t now) const {
  auto ends = counted(limit, now);
  if (ends.size() < limit.count) return std::nullopt;
  // When the count-th last of them does not count any more.
  const auto at = ends.end() - static_cast<std::ptrdiff_t>(limit.count);
  std::nth_element(ends.begin(), at, ends.end());
  return *at + limit.window.count();
}

void Account::close(config::Service service, std::int64_t now, std::int64_t until,
                    const std::string& reason) {
  auto& own = of(service);
  const bool was_closed = still_closed(own.closed_until, now);
  if (was_closed && own.closed_until >= until) return;
  if (!was_closed) own.closed_since = now;
  own.closed_until = until;
  own.reason = reason;
}

ServerState Account::state(const ServerName& server, const config::Limits& limits,
                           std::int64_t now) const {
  ServerState state{server, {}, {}, {}, {}};
  for (const auto& limit : limits) {
    if (!holds_for(limit, server.service)) continue;
    state.used.push_back({limit, static_cast<std::uint32_t>(counted(limit, now).size())});
    if (const auto when = opens(limit, now)) {
      state.full_until = std::max(state.full_until.value_or(time_of(*when)), time_of(*when));
    }
  }
  const auto& own = of(server.service);
  if (own.asked > 0) state.asked_last = time_of(own.asked);
  if (still_closed(own.closed_until, now)) {
    state.closed = {time_of(own.closed_since), time_of(own.closed_until), own.reason};
  }
  return state;
}

std::int64_t Account::expires() const {
  std::int64_t expires = 0;
  for (const auto& service : services_) expires = std::max(expires, service.closed_until);
  for (const auto& question : questions_) {
    expires = std::max(expires, question.until + longest_window_);
  }
  return expires;
}

std::string Account::encode() const {
  std::string bytes;
  append(bytes, longest_window_);
  for (const auto& service : services_) {
    append(bytes, service.asked);
    append(bytes, service.closed_since);
    append(bytes, service.closed_until);
    append(bytes, static_cast<std::int64_t>(service.reason.size()));
    bytes += service.reason;
  }
  for (const auto& question : questions_) {
    append(bytes, question.until * 2 + static_cast<std::int64_t>(question.service));
  }
  return bytes;
}

Account Account::decode(std::string_view bytes) {
  Reader reader{bytes};
  Account account;
  account.longest_window_ = reader.number();
  for (auto& service : account.services_) {
    service.asked = reader.number();
    service.closed_since = reader.number();
    service.closed_until = reader.number();
    service.reason = reader.text();
  }
  while (reader.good() && !reader.at_end()) {
    const auto number = reader.number();
    account.questions_.push_back({number >> 1, static_cast<config::Service>(number & 1)});
  }
  return reader.good() ? account : Account{};
}

}  // namespace badclients::cache
