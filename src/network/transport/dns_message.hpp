#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "network/transport/dns_name.hpp"

/// DNS messages (RFC 1035, EDNS0 of RFC 6891): writing a question, and judging what came back.
/// Values only; dns.hpp does the sending.
namespace badclients::network {

enum class Type : std::uint16_t { a = 1, ns = 2, ptr = 12, txt = 16, aaaa = 28 };

/// "PTR"
std::string to_string(Type type);

struct Question {
  Name name;
  Type type = Type::a;
};

/// What a server answered. No records: there is no such name, or none of that type.
struct Answer {
  /// One string a record: A and AAAA: the address's bytes; PTR: the name in wire form;
  /// TXT: its text, several strings of one record joined. In the server's order.
  std::vector<std::string> records;
  /// How long the answer may be used: the lowest TTL of the records that led to it, or for a
  /// negative answer what RFC 2308 section 5 says; nothing where the server gave none.
  std::optional<std::chrono::seconds> ttl;
  /// The answer ends at a CNAME whose target it says nothing about: ask for this name.
  std::optional<Name> ask_instead;
};

/// A recursive query in wire form that offers to take 1232 octets.
std::string write_query(const Question& question, std::uint16_t id);

enum class Match : std::uint8_t {
  other,      ///< not an answer to this question: ignore it, it may be forged
  truncated,  ///< an answer that did not fit: ask again over TCP
  ours,       ///< an answer
};
Match match(std::span<const std::uint8_t> message, const Question& question, std::uint16_t id);

/// Reads an answer that matches. Error: why this server is of no use for the question ("SERVFAIL",
/// "REFUSED", "refers elsewhere ...", "malformed answer").
tl::expected<Answer, std::string> read_answer(std::span<const std::uint8_t> message,
                                              const Question& question);

}  // namespace badclients::network
