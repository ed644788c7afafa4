#include "ask/wire/protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/fields.hpp"
#include "facts/escape.hpp"
#include "facts/serialise.hpp"

namespace badclients::ask {

namespace {

using Nothing = tl::expected<void, std::string>;

/// The registration's, the origin's, and room for another idea.
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

struct Flag {
  std::string_view name;
  bool facts::Wanted::*member;
};
constexpr std::array<Flag, 5> flags{{{"ptr", &facts::Wanted::reverse_names},
                                     {"confirmed", &facts::Wanted::confirmed_names},
                                     {"origin", &facts::Wanted::origin},
                                     {"as", &facts::Wanted::as_description},
                                     {"registration", &facts::Wanted::registration}}};

Nothing decode_wanted(std::string_view text, facts::Wanted& wanted) {
  const auto name = base::cut(text, ' ');
  if (name == "dnsbl") {
    auto zone = facts::unescaped(text);
    if (!zone || zone->empty() || zone->size() > facts::longest_field) return wrong("bad zone");
    if (wanted.dnsbl_zones.size() == most_zones) return wrong("too many zones");
    wanted.dnsbl_zones.push_back(std::move(*zone));
    return {};
  }
  const auto flag =
      std::find_if(flags.begin(), flags.end(), [&](const Flag& f) { return f.name == name; });
  if (flag == flags.end() || !text.empty()) return wrong("unknown fact");
  wanted.*flag->member = true;
  return {};
}

/// One line of a request; `end` is the caller's.
class RequestReader {
 public:
  Nothing line(std::string_view text) {
    const auto key = base::cut(text, ' ');
    if (key == "address") return address(text);
    if (key == "deadline") return deadline(text);
    if (key == "want") return decode_wanted(text, request_.wanted);
    if (key == "own") return own(text);
    if (key == "described") return described(text);
    if (key == "silent") return silent(text);
    if (key == "origin") return origin(text);
    if (key == "allocation") return allocation(text);
    if (key == "permits" && text.empty()) {
      request_.permits = true;
      return {};
    }
    if (key == "unproven" && text.empty()) {
      request_.purpose.proven = false;
      return {};
    }
    return wrong("unknown item");
  }

  tl::expected<Request, std::string> finish() {
    if (!has_address_) return wrong("no address");
    if (!has_deadline_) return wrong("no deadline");
    return std::move(request_);
  }

 private:
  Nothing address(std::string_view text) {
    const auto parsed = net::Address::parse(text);
    if (!parsed) return wrong("bad address");
    request_.address = *parsed;
    has_address_ = true;
    return {};
  }

  Nothing deadline(std::string_view text) {
    const auto nanoseconds = base::number<std::int64_t>(text);
    if (!nanoseconds) return wrong("bad deadline");
    request_.deadline = base::Deadline{std::chrono::nanoseconds{*nanoseconds}};
    has_deadline_ = true;
    return {};
  }

  Nothing origin(std::string_view text) {
    auto decoded = facts::decode<facts::Origin>(text);
    if (!decoded) return wrong(decoded.error());
    request_.origin = std::move(*decoded);
    return {};
  }

  Nothing own(std::string_view text) {
    if (text == "origin") {
      request_.own.origin = true;
    } else if (text == "registration") {
      request_.own.registration = true;
    } else {
      return wrong("unknown fact");
    }
    return {};
  }

  Nothing described(std::string_view text) {
    const auto asn = base::number<std::uint32_t>(text);
    if (!asn) return wrong("bad AS number");
    if (request_.described.size() == most_described) return wrong("too many ASes");
    request_.described.push_back(*asn);
    return {};
  }

  Nothing silent(std::string_view text) {
    auto source = budget::Source::named(text);
    if (!source) return wrong("unknown source");
    if (request_.silent.size() == most_silent) return wrong("too many sources");
    request_.silent.push_back(*std::move(source));
    return {};
  }

  Nothing allocation(std::string_view text) {
    const auto network = net::Network::parse(text);
    if (!network) return wrong("bad allocation");
    if (request_.purpose.allocations.size() == most_allocations) {
      return wrong("too many allocations");
    }
    request_.purpose.allocations.push_back(*network);
    return {};
  }

  Request request_;
  bool has_address_ = false, has_deadline_ = false;
};

}  // namespace

std::string encode(const Request& request) {
  auto text = fmt::format("address {}\ndeadline {}\n", request.address.str(),
                          std::chrono::nanoseconds{request.deadline.time_since_epoch()}.count());
  for (const auto& flag : flags) {
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
facts::Fact<T> known_fact(const Answer& answer, T value) {
  return {facts::Knowledge::known,
          facts::Provenance::asked,
          std::move(value),
          answer.source,
          {},
          answer.learnt,
          answer.expires};
}

template <class T>
facts::Fact<T> failed_fact(const Answer& answer, std::string_view trouble) {
  return {facts::Knowledge::failed,
          facts::Provenance::asked,
          {},
          answer.source,
          facts::printable(trouble, longest_trouble),
          answer.learnt,
          answer.expires,
          cause_of(answer.result)};
}

template <class T>
Nothing decode_into(const Answer& answer, facts::Fact<T>& fact) {
  if (is_answer(answer.result)) {
    auto value = facts::decode<T>(answer.payload);
    if (!value) return wrong(value.error());
    fact = known_fact(answer, std::move(*value));
    return {};
  }
  const auto trouble = facts::unescaped(answer.payload);
  if (!trouble) return wrong(trouble.error());
  if (!fact.known()) fact = failed_fact<T>(answer, *trouble);
  return {};
}

template <class T>
Nothing decode_into(const Answer& answer, facts::Fact<T>& own, facts::Fact<T>& provisional) {
  return decode_into(answer, answer.result == Result::provisional ? provisional : own);
}

/// One of `most` facts, told apart by `key`; of a failure `text` is the trouble.
template <class T, class Key>
Nothing decode_into(const Answer& answer, std::vector<facts::Fact<T>>& facts, Key T::*key,
                    std::string T::*text, std::size_t most) {
  auto value = facts::decode<T>(answer.payload);
  if (!value) return wrong(value.error());
  auto fact = std::find_if(facts.begin(), facts.end(),
                           [&](const auto& known) { return known.value.*key == (*value).*key; });
  if (fact == facts.end()) {
    if (facts.size() == most) return wrong("too many of this kind");
    fact = facts.emplace(facts.end());
  }
  if (is_answer(answer.result)) {
    *fact = known_fact(answer, std::move(*value));
  } else if (!fact->known()) {
    *fact = failed_fact<T>(answer, (*value).*text);
    fact->value.*key = (*value).*key;
  }
  return {};
}

}  // namespace

tl::expected<void, std::string> decode_answer(std::string_view line, facts::Time now,
                                              facts::Facts& into) {
  const auto answer = split_answer(line, now);
  if (!answer) return wrong(answer.error());
  if (answer->kind == "origin") {
    return decode_into(*answer, into.origin, into.provisional.origin);
  }
  if (answer->kind == "registration") {
    return decode_into(*answer, into.registration, into.provisional.registration);
  }
  if (answer->result == Result::provisional) return wrong("cannot be provisional");
  if (answer->kind == "ptr") return decode_into(*answer, into.reverse_names);
  if (answer->kind == "as") {
    return decode_into(*answer, into.as_descriptions, &facts::AsDescription::asn,
                       &facts::AsDescription::text, facts::most_described_asns);
  }
  if (answer->kind == "dnsbl") {
    return decode_into(*answer, into.dnsbl, &facts::DnsblListing::zone,
                       &facts::DnsblListing::reason, most_zones);
  }
  return wrong("unknown kind");
}

}  // namespace badclients::ask
