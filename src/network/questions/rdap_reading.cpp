#include "network/questions/rdap_reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/number.hpp"
#include "facts/escape.hpp"
#include "facts/handle.hpp"
#include "facts/serialise.hpp"
#include "network/questions/refusal_words.hpp"
#include "network/questions/standing.hpp"
#include "network/transport/text.hpp"

namespace badclients::network {

namespace {

using Json = nlohmann::json;
using Range = std::pair<net::Address, net::Address>;

constexpr int deepest = 64;  // levels of JSON; real answers have a dozen
constexpr std::size_t longest_quote = 100;

/// Error: what is wrong with the text.
tl::expected<Json, std::string> parse(std::string_view text) {
  const auto not_too_deep = [](int depth, Json::parse_event_t, Json&) {
    if (depth > deepest) throw std::length_error("nested too deeply");
    return true;
  };
  try {
    return Json::parse(to_utf8(text), not_too_deep);
  } catch (const std::exception& error) {
    return tl::unexpected("malformed JSON: " + facts::printable(error.what(), longest_quote));
  }
}

/// A member's text; empty where there is none, or something other than text.
std::string text_in(const Json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto member = object.find(name);
  if (member == object.end() || !member->is_string()) return {};
  return std::string(trimmed(member->get_ref<const std::string&>()))
      .substr(0, facts::longest_field);
}

/// A member that is an array; an empty one where there is none.
const Json& array_in(const Json& object, const char* name) {
  static const Json none = Json::array();
  if (!object.is_object()) return none;
  const auto member = object.find(name);
  return member == object.end() || !member->is_array() ? none : *member;
}

/// Breadth first: what stands closer to the network says more about it.
std::vector<std::string> handles_in(const Json& network) {
  std::vector<std::string> handles;
  std::deque<const Json*> holders{&network};
  while (!holders.empty() && handles.size() < facts::most_members) {
    for (const auto& entity : array_in(*holders.front(), "entities")) {
      auto handle = facts::canonical_handle(text_in(entity, "handle"));
      if (!handle.empty() && handles.size() < facts::most_members &&
          std::ranges::find(handles, handle) == handles.end()) {
        handles.push_back(std::move(handle));
      }
      holders.push_back(&entity);
    }
    holders.pop_front();
  }
  return handles;
}

/// `074.125.000.000` (decimal) and `62.239.237.0/32` are everyday forms.
std::optional<net::Address> address_of(std::string_view text) {
  text = trimmed(text.substr(0, text.find('/')));
  if (text.find(':') != std::string_view::npos) {
    const auto address = net::Address::parse(text);
    return address ? std::optional(*address) : std::nullopt;
  }
  std::string plain;
  for (auto part : split(text, '.')) {
    const auto zeros = std::min(part.find_first_not_of('0'), part.size());
    part.remove_prefix(std::min(zeros, part.empty() ? 0 : part.size() - 1));
    plain += (plain.empty() ? "" : ".") + std::string(part);
  }
  const auto address = net::Address::parse(plain);
  return address ? std::optional(*address) : std::nullopt;
}

/// A number, or a number written as text (LACNIC).
std::optional<unsigned> length_in(const Json& block) {
  if (!block.is_object()) return std::nullopt;
  const auto length = block.find("length");
  if (length == block.end()) return std::nullopt;
  if (length->is_number_unsigned()) return length->get<unsigned>();
  if (!length->is_string()) return std::nullopt;
  return base::number<unsigned>(length->get_ref<const std::string&>());
}

std::optional<Range> range_in(const Json& network, const net::Address& address) {
  const auto first = address_of(text_in(network, "startAddress"));
  const auto last = address_of(text_in(network, "endAddress"));
  if (first && last && first->family() == last->family()) return Range{*first, *last};
  for (const auto& block : array_in(network, "cidr0_cidrs")) {
    const auto prefix = text_in(block, address.is_v4() ? "v4prefix" : "v6prefix");
    const auto length = length_in(block);
    if (prefix.empty() || !length) continue;
    const auto parsed = net::Network::parse(fmt::format("{}/{}", prefix, *length));
    if (parsed && parsed->contains(address)) return Range{parsed->base(), parsed->last()};
  }
  return std::nullopt;
}

bool only_repeats(const Json& network, const Range& range, const net::Address& address) {
  return range == Range{address, address} && text_in(network, "handle") == address.str();
}

/// LACNIC says "too much" in a notice of an answer that has nothing else; or the status that the
/// answer should have had is in its body (RFC 9083 section 6).
std::optional<std::string> limit_notice(const Json& answer) {
  if (answer.is_object() && answer.contains("errorCode") && answer["errorCode"] == 429) {
    return "errorCode 429: " + text_in(answer, "title");
  }
  const bool says_more = !text_in(answer, "name").empty() || !text_in(answer, "country").empty() ||
                         !array_in(answer, "entities").empty();
  if (says_more) return std::nullopt;
  for (const auto& notice : array_in(answer, "notices")) {
    auto title = text_in(notice, "title");
    if (contains(title, "rate limit")) return title;
  }
  return std::nullopt;
}

/// The lines of an object's `description` (RFC 9083 section 4.3).
std::string description_in(const Json& object) {
  std::string text;
  for (const auto& line : array_in(object, "description")) {
    if (line.is_string()) text += line.get_ref<const std::string&>() + '\n';
  }
  return text;
}

std::string remarks_in(const Json& network) {
  std::string text;
  for (const auto& remark : array_in(network, "remarks")) text += description_in(remark);
  return text;
}

/// What an error says (RFC 9083 section 6); all of it where it has another form.
std::string words_of(const Json& error) {
  auto text = text_in(error, "title") + '\n' + description_in(error);
  for (const auto& notice : array_in(error, "notices")) {
    text += text_in(notice, "title") + '\n' + description_in(notice);
  }
  return text.find_first_not_of('\n') == std::string::npos ? error.dump() : text;
}

/// A server that answers with status 200 may say in the body that there is nothing.
bool says_not_found(const Json& answer) {
  const auto code = answer.find("errorCode");
  return code != answer.end() && (*code == 404 || *code == "404");
}

std::optional<RdapFailure> refusal_in(const std::string& text) {
  using Kind = RdapFailure::Kind;
  for (const auto line : split(text, '\n')) {
    if (!may_say_too_much(line)) continue;
    return RdapFailure{fmt::format("'{}'", facts::printable(line, longest_quote)),
                       says_banned(line) ? Kind::denied : Kind::too_much};
  }
  return std::nullopt;
}

}  // namespace

tl::expected<facts::Registration, RdapFailure> read_rdap(std::string_view answer,
                                                         const net::Address& address) {
  using Kind = RdapFailure::Kind;
  const auto fail = [](std::string why) { return tl::unexpected(RdapFailure{std::move(why)}); };
  const auto network = parse(answer);
  if (!network) return fail(network.error());
  if (const auto notice = limit_notice(*network)) {
    return tl::unexpected(
        RdapFailure{fmt::format("'{}'", facts::printable(*notice, longest_quote)), Kind::too_much});
  }
  if (network->is_object() && network->contains("errorCode")) {
    if (says_not_found(*network)) return facts::Registration{};
    if (auto refusal = refusal_in(words_of(*network))) return tl::unexpected(std::move(*refusal));
  }
  const auto kind = text_in(*network, "objectClassName");
  if (!network->is_object() || network->contains("errorCode") ||
      (!kind.empty() && kind != "ip network")) {
    return fail("an answer that is not about a network");
  }

  NetworkObject object{{}, text_in(*network, "type"), remarks_in(*network), {}};
  auto& registration = object.registration;
  registration.name = text_in(*network, "name");
  registration.country = country_code(text_in(*network, "country"));
  registration.entities = handles_in(*network);
  registration.range = range_in(*network, address);
  const auto& [name, country, entities, range] = registration;
  if (range && !net::holds(*range, address)) {
    return fail("a network that does not hold " + address.str());
  }
  const bool says_nothing = name.empty() && country.empty() && entities.empty();
  if (!range && (kind.empty() || says_nothing)) {
    return fail("an answer that is not about a network");
  }
  const auto standing = standing_of(object);
  if (standing.holder == Standing::Holder::nobody) return facts::Registration{};
  if (standing.holder == Standing::Holder::other) {
    return tl::unexpected(RdapFailure{"says that the address is none of its own", Kind::elsewhere,
                                      standing.registry});
  }
  if (range && only_repeats(*network, *range, address)) registration.range.reset();
  if (name.starts_with("ORG-") && std::ranges::find(entities, name) != entities.end()) {
    registration.name.clear();
  }
  return registration;
}

std::optional<RdapFailure> read_rdap_refusal(std::string_view answer) {
  const auto json = parse(answer);
  return json && json->is_object() ? refusal_in(words_of(*json)) : refusal_in(to_utf8(answer));
}

}  // namespace badclients::network
