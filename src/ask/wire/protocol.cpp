#include "ask/wire/protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/number.hpp"
#include "base/text.hpp"
#include "facts/escape.hpp"
#include "facts/kinds.hpp"
#include "facts/serialise.hpp"

namespace badclients::ask {

namespace {

using Nothing = tl::expected<void, std::string>;

/// The registration's, the origin's, and two to spare.
constexpr std::size_t most_allocations = 4;
constexpr std::size_t most_silent = 32;
constexpr std::size_t most_described = 2 * facts::most_described_asns;
constexpr std::chrono::seconds longest_ttl = std::chrono::hours{24 * 30};

tl::unexpected<std::string> wrong(std::string_view what) {
  return tl::unexpected<std::string>(std::string{what});
}

constexpr std::array<std::string_view, 5> results{"known", "provisional", "failed", "unasked",
                                                  "silent"};

std::string_view to_string(Result result) {
  return results.at(static_cast<std::size_t>(result));
}

std::optional<Result> result_named(std::string_view name) {
  const auto* const found = std::find(results.begin(), results.end(), name);
  if (found == results.end()) return std::nullopt;
  return static_cast<Result>(found - results.begin());
}

facts::Cause cause_of(Result result) {
  switch (result) {
    case Result::unasked:
      return facts::Cause::budget;
    case Result::silent:
      return facts::Cause::silence;
    default:
      return facts::Cause::question;
  }
}

bool is_answer(Result result) {
  return result == Result::known || result == Result::provisional;
}

Nothing decode_wanted(std::string_view text, facts::Wanted& wanted) {
  const auto name = base::cut(text, ' ');
  if (name == "dnsbl") {
    auto zone = facts::unescaped(text);
    if (!zone || zone->empty() || zone->size() > facts::longest_field) return wrong("bad zone");
    if (wanted.dnsbl_zones.size() == most_zones) return wrong("too many zones");
    wanted.dnsbl_zones.push_back(std::move(*zone));
    return {};
  }
  const auto& flags = facts::Wanted::flags;
  const auto* const flag =
      std::find_if(flags.begin(), flags.end(), [&](const auto& one) { return one.name == name; });
  if (flag == flags.end() || !text.empty()) return wrong("unknown fact");
  wanted.*flag->member = true;
  wanted.reverse_names |= wanted.confirmed_names;
  return {};
}

/// Adds `value`, if there is one and the list has fewer than `most`.
template <class T, class Read>
Nothing add(std::vector<T>& list, const Read& value, std::size_t most, std::string_view what) {
  if (!value) return wrong(fmt::format("bad {}", what));
  if (list.size() == most) return wrong(fmt::format("too many {}s", what));
  list.push_back(*value);
  return {};
}

/// One line of a request; `end` is the caller's.
class RequestReader {
 public:
  Nothing line(std::string_view text) {
    const auto key = base::cut(text, ' ');
    if (key == "address") return take(net::Address::parse(text), address_, key);
    if (key == "deadline") return take(base::number<std::int64_t>(text), deadline_, key);
    if (key == "want") return decode_wanted(text, request_.wanted);
    if (key == "own" && text == "origin") return set(request_.own.origin);
    if (key == "own" && text == "registration") return set(request_.own.registration);
    if (key == "described") {
      return add(request_.described, base::number<std::uint32_t>(text), most_described,
                 "AS number");
    }
    if (key == "silent") {
      return add(request_.silent, budget::Source::named(text), most_silent, "source");
    }
    if (key == "origin") return origin(text);
    if (key == "allocation") {
      return add(request_.purpose.allocations, net::Network::parse(text), most_allocations, key);
    }
    if (key == "permits" && text.empty()) return set(request_.permits);
    if (key == "unproven" && text.empty()) return set(request_.purpose.proven, false);
    return wrong("unknown item");
  }

  tl::expected<Request, std::string> finish() {
    if (!address_) return wrong("no address");
    if (!deadline_) return wrong("no deadline");
    request_.address = *address_;
    request_.deadline = base::Deadline{std::chrono::nanoseconds{*deadline_}};
    return std::move(request_);
  }

 private:
  template <class Read, class T>
  static Nothing take(Read read, std::optional<T>& into, std::string_view what) {
    if (!read) return wrong(fmt::format("bad {}", what));
    into = *std::move(read);
    return {};
  }

  Nothing origin(std::string_view text) {
    auto decoded = facts::decode<facts::Origin>(text);
    if (!decoded) return wrong(decoded.error());
    request_.origin = std::move(*decoded);
    return {};
  }

  static Nothing set(bool& flag, bool value = true) {
    flag = value;
    return {};
  }

  Request request_;
  std::optional<net::Address> address_;
  std::optional<std::int64_t> deadline_;
};

}  // namespace

std::string encode(const Request& request) {
  auto text = fmt::format("address {}\ndeadline {}\n", request.address.str(),
                          std::chrono::nanoseconds{request.deadline.time_since_epoch()}.count());
  for (const auto& flag : facts::Wanted::flags) {
    if (request.wanted.*flag.member) text += fmt::format("want {}\n", flag.name);
  }
  for (const auto& zone : request.wanted.dnsbl_zones) {
    text += fmt::format("want dnsbl {}\n", facts::escaped(zone));
  }
  if (request.own.origin) text += "own origin\n";
  if (request.own.registration) text += "own registration\n";
  for (const auto asn : request.described) text += fmt::format("described {}\n", asn);
  for (const auto& source : request.silent) text += fmt::format("silent {}\n", source.name);
  if (request.origin) text += fmt::format("origin {}\n", facts::encode(*request.origin));
  if (request.permits) text += "permits\n";
  if (!request.purpose.proven) text += "unproven\n";
  for (const auto& network : request.purpose.allocations) {
    text += fmt::format("allocation {}\n", network.str());
  }
  return text + "end\n";
}

tl::expected<Request, std::string> decode_request(std::string_view text) {
  if (text.size() > longest_request) return wrong("request too long");
  RequestReader reader;
  for (unsigned line_number = 1; !text.empty(); ++line_number) {
    const auto line = base::cut(text, '\n');
    if (line == "end") return text.empty() ? reader.finish() : wrong("more after the end");
    if (const auto read = reader.line(line); !read) {
      return tl::unexpected(fmt::format("line {}: {}", line_number, read.error()));
    }
  }
  return wrong("request ends early");
}

std::string encode_answer(std::string_view kind, Result result, std::chrono::seconds ttl,
                          std::string_view source, std::string_view payload) {
  const bool plain_text = !is_answer(result) && kind != "dnsbl" && kind != "as";
  return fmt::format(
      "{}\t{}\t{}\t{}\t{}\n", kind, to_string(result),
      std::max(ttl, std::chrono::seconds{0}).count(), facts::printable(source, longest_source),
      plain_text ? facts::escaped(payload.substr(0, longest_trouble)) : std::string{payload});
}

namespace {

/// An answer line taken apart, with everything but its payload checked.
struct Answer {
  std::string_view kind, payload;
  Result result = Result::failed;
  std::string source;
  facts::Time learnt, expires;
};

tl::expected<Answer, std::string> split_answer(std::string_view line, facts::Time now) {
  constexpr std::size_t head = 64 + longest_source;
  if (line.size() > facts::longest_line + head) return wrong("line too long");
  if (std::count(line.begin(), line.end(), '\t') < 4) return wrong("too few fields");
  Answer answer;
  answer.kind = base::cut(line, '\t');
  const auto result = result_named(base::cut(line, '\t'));
  const auto ttl = base::number<std::uint32_t>(base::cut(line, '\t'));
  const auto source = base::cut(line, '\t');
  answer.payload = line;

  if (!result) return wrong("neither known nor failed");
  if (!ttl) return wrong("bad TTL");
  if (source.size() > longest_source || facts::printable(source, longest_source) != source) {
    return wrong("bad source");
  }
  answer.result = *result;
  answer.source = source;
  answer.learnt = now;
  answer.expires = now + std::min(std::chrono::seconds{*ttl}, longest_ttl);
  return answer;
}

template <class T>
tl::expected<facts::Fact<T>, std::string> fact_of(const Answer& answer) {
  const bool known = is_answer(answer.result);
  facts::Fact<T> fact;
  if (known || facts::OneOfMany<T>) {
    auto value = facts::decode<T>(answer.payload);
    if (!value) return wrong(value.error());
    fact.value = std::move(*value);
  }
  if constexpr (facts::OneOfMany<T>) {
    if (!known) fact.trouble = std::exchange(fact.value.*facts::KindOf<T>::text, {});
  } else if (!known) {
    auto trouble = facts::unescaped(answer.payload);
    if (!trouble) return wrong(trouble.error());
    fact.trouble = std::move(*trouble);
  }
  fact.knowledge = known ? facts::Knowledge::known : facts::Knowledge::failed;
  fact.trouble = facts::printable(fact.trouble, longest_trouble);
  fact.source = answer.source;
  fact.learnt = answer.learnt;
  fact.expires = answer.expires;
  fact.cause = cause_of(answer.result);
  return fact;
}

template <class T>
Nothing decode_into(const Answer& answer, facts::Fact<T>& own, facts::Facts& into) {
  auto* const provisional = facts::provisional_of<T>(into);
  const bool is_own = answer.result != Result::provisional;
  if (!is_own && provisional == nullptr) return wrong("cannot be provisional");
  auto fact = fact_of<T>(answer);
  if (!fact) return wrong(fact.error());
  facts::adopt(*fact, is_own ? own : *provisional);
  return {};
}

template <facts::OneOfMany T>
Nothing decode_into(const Answer& answer, std::vector<facts::Fact<T>>& list, facts::Facts&) {
  if (answer.result == Result::provisional) return wrong("cannot be provisional");
  auto fact = fact_of<T>(answer);
  if (!fact) return wrong(fact.error());
  auto& known = facts::entry(list, fact->value.*facts::KindOf<T>::key);
  if (list.size() > facts::KindOf<T>::most) {
    list.pop_back();
    return wrong("too many of this kind");
  }
  facts::adopt(*fact, known);
  return {};
}

}  // namespace

tl::expected<void, std::string> decode_answer(std::string_view line, facts::Time now,
                                              facts::Facts& into) {
  const auto answer = split_answer(line, now);
  if (!answer) return wrong(answer.error());
  Nothing read = wrong("unknown kind");
  const auto decode = [&](auto& member) {
    if (facts::kind_of(member).name == answer->kind) read = decode_into(*answer, member, into);
  };
  facts::each_kind(decode, into);
  return read;
}

}  // namespace badclients::ask
