#include "network/transport/dns_message.hpp"

#include <fmt/format.h>
#include <ldns/ldns.h>

#include <algorithm>
#include <memory>

namespace badclients::network {

namespace {

constexpr std::uint16_t udp_size = 1232;  // fits every path's MTU: https://dnsflagday.net/2020/

struct FreePacket {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};
using Packet = std::unique_ptr<ldns_pkt, FreePacket>;

std::span<const std::uint8_t> bytes_of(const ldns_rdf* field) {
  return {ldns_rdf_data(field), ldns_rdf_size(field)};
}

ldns_rr_type ldns_type(Type type) {
  return static_cast<ldns_rr_type>(type);
}

/// A name field that came out of a parsed message; nothing where the record has no such field.
std::optional<Name> name_field(const ldns_rr* record, std::size_t index) {
  if (index >= ldns_rr_rd_count(record)) return std::nullopt;
  const auto* field = ldns_rr_rdf(record, index);
  if (ldns_rdf_get_type(field) != LDNS_RDF_TYPE_DNAME) return std::nullopt;
  return Name::from_wire(bytes_of(field));
}

std::optional<Name> owner_of(const ldns_rr* record) {
  const auto* owner = ldns_rr_owner(record);
  return owner == nullptr ? std::nullopt : Name::from_wire(bytes_of(owner));
}

std::chrono::seconds ttl_of(const ldns_rr* record) {
  const auto ttl = ldns_rr_ttl(record);
  return std::chrono::seconds(ttl > 0x7fffffffU ? 0U : ttl);  // RFC 2181 section 8
}

/// The record's content as Answer::records has it; nothing where it is not what the type demands.
std::optional<std::string> content_of(const ldns_rr* record, Type type) {
  if (type == Type::ptr) {
    const auto name = name_field(record, 0);
    return name ? std::optional(name->wire()) : std::nullopt;
  }
  std::string content;
  for (std::size_t i = 0; i < ldns_rr_rd_count(record); ++i) {
    auto bytes = bytes_of(ldns_rr_rdf(record, i));
    if (type == Type::txt && !bytes.empty()) bytes = bytes.subspan(1);  // the string's length
    content.append(bytes.begin(), bytes.end());
  }
  if (type == Type::a && content.size() != 4) return std::nullopt;
  if (type == Type::aaaa && content.size() != 16) return std::nullopt;
  return content;
}

struct Sections {
  const ldns_rr_list* answer;
  const ldns_rr_list* authority;
};

/// Follows the CNAMEs of the answer section from `name`; true when the answer has one more step.
bool follow(const ldns_rr_list* answer, Name& name, std::chrono::seconds& ttl) {
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(answer); ++i) {
    const auto* record = ldns_rr_list_rr(answer, i);
    if (ldns_rr_get_type(record) != LDNS_RR_TYPE_CNAME || owner_of(record) != name) continue;
    if (auto target = name_field(record, 0)) {
      name = std::move(*target);
      ttl = std::min(ttl, ttl_of(record));
      return true;
    }
  }
  return false;
}

/// What the zone's SOA says about how long "there is none" holds (RFC 2308 section 5).
std::optional<std::chrono::seconds> negative_ttl(const ldns_rr_list* authority) {
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(authority); ++i) {
    const auto* record = ldns_rr_list_rr(authority, i);
    if (ldns_rr_get_type(record) != LDNS_RR_TYPE_SOA || ldns_rr_rd_count(record) != 7) continue;
    const std::chrono::seconds minimum(ldns_rdf2native_int32(ldns_rr_rdf(record, 6)));
    return std::min(ttl_of(record), minimum);
  }
  return std::nullopt;
}

/// Takes what ldns has allocated.
std::string text_of(char* text) {
  const std::unique_ptr<char, decltype(&free)> owned(text, &free);
  if (text == nullptr) throw std::bad_alloc();
  return text;
}

/// Neither an answer nor a word of the zone's own: a server that would have us ask others.
bool is_referral(const ldns_pkt* packet) {
  return !ldns_pkt_aa(packet) && !ldns_pkt_ra(packet);
}

}  // namespace

std::string to_string(Type type) {
  return text_of(ldns_rr_type2str(ldns_type(type)));
}

std::string write_query(const Question& question, std::uint16_t id) {
  const auto& wire = question.name.wire();
  const Packet packet(
      ldns_pkt_query_new(ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, wire.size(), wire.data()),
                         ldns_type(question.type), LDNS_RR_CLASS_IN, LDNS_RD));
  if (!packet) throw std::bad_alloc();
  ldns_pkt_set_id(packet.get(), id);
  ldns_pkt_set_edns_udp_size(packet.get(), udp_size);
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  if (ldns_pkt2wire(&bytes, packet.get(), &size) != LDNS_STATUS_OK) throw std::bad_alloc();
  const std::unique_ptr<std::uint8_t, decltype(&free)> owned(bytes, &free);
  return {reinterpret_cast<const char*>(bytes), size};
}

Match match(std::span<const std::uint8_t> message, const Question& question, std::uint16_t id) {
  const auto* const wire = message.data();
  if (message.size() < LDNS_HEADER_SIZE || LDNS_ID_WIRE(wire) != id) return Match::other;
  if (!LDNS_QR_WIRE(wire) || LDNS_OPCODE_WIRE(wire) != LDNS_PACKET_QUERY) return Match::other;

  const auto code = LDNS_RCODE_WIRE(wire);
  // A server that could not or would not read the question may leave it out.
  if (LDNS_QDCOUNT(wire) == 0 && code != LDNS_RCODE_NOERROR && code != LDNS_RCODE_NXDOMAIN) {
    return Match::ours;
  }
  const auto size = question.name.wire().size();
  if (LDNS_QDCOUNT(wire) != 1 || message.size() < LDNS_HEADER_SIZE + size + 4) return Match::other;
  const auto* const behind_name = wire + LDNS_HEADER_SIZE + size;
  if (Name::from_wire(message.subspan(LDNS_HEADER_SIZE, size)) != question.name ||
      ldns_read_uint16(behind_name) != static_cast<std::uint16_t>(question.type) ||
      ldns_read_uint16(behind_name + 2) != LDNS_RR_CLASS_IN) {
    return Match::other;
  }
  return LDNS_TC_WIRE(wire) ? Match::truncated : Match::ours;
}

tl::expected<Answer, std::string> read_answer(std::span<const std::uint8_t> message,
                                              const Question& question) {
  ldns_pkt* parsed = nullptr;
  const auto status = ldns_wire2pkt(&parsed, message.data(), message.size());
  const Packet packet(parsed);
  if (status != LDNS_STATUS_OK) {
    return tl::unexpected(fmt::format("malformed answer: {}", ldns_get_errorstr_by_id(status)));
  }
  const auto code = ldns_pkt_get_rcode(parsed);
  if (code != LDNS_RCODE_NOERROR && code != LDNS_RCODE_NXDOMAIN) {
    return tl::unexpected(text_of(ldns_pkt_rcode2str(code)));
  }

  const Sections sections{ldns_pkt_answer(parsed), ldns_pkt_authority(parsed)};
  Answer answer;
  auto ttl = std::chrono::seconds::max();
  auto name = question.name;
  // A chain cannot have more steps than there are records, unless it goes in a circle.
  std::size_t steps = 0;
  while (follow(sections.answer, name, ttl)) {
    if (++steps > ldns_rr_list_rr_count(sections.answer)) {
      return tl::unexpected<std::string>("CNAMEs that lead in a circle");
    }
  }
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(sections.answer); ++i) {
    const auto* record = ldns_rr_list_rr(sections.answer, i);
    if (ldns_rr_get_type(record) != ldns_type(question.type) || owner_of(record) != name) continue;
    if (auto content = content_of(record, question.type)) {
      answer.records.push_back(std::move(*content));
      ttl = std::min(ttl, ttl_of(record));
    }
  }
  if (!answer.records.empty()) {
    answer.ttl = ttl;
    return answer;
  }

  const auto negative = negative_ttl(sections.authority);
  if (negative) {
    answer.ttl = std::min(ttl, *negative);
  } else if (code == LDNS_RCODE_NOERROR && steps > 0) {
    answer.ask_instead = std::move(name);
    answer.ttl = ttl;
  } else if (is_referral(parsed)) {
    return tl::unexpected<std::string>("refers elsewhere (no recursive resolver, lame)");
  }
  return answer;
}

}  // namespace badclients::network
