#include "network/questions/origin.hpp"

#include <fmt/format.h>

#include "network/questions/cymru.hpp"
#include "network/transport/backoff.hpp"
#include "network/transport/whois.hpp"

namespace badclients::network {

namespace {

using config::OriginSource;

constexpr auto setting = "lookup/origin";

/// One TXT question. `read` makes the answer's records a value, or says what is wrong with them.
template <class T, class Read>
Outcome<T> ask_dns(const QueryContext& context, const tl::expected<Name, std::string>& name,
                   const std::string& zone, Read read) {
  const auto fail = [&](std::string text) {
    return tl::unexpected(QueryFailure{zone, std::move(text)});
  };
  if (!name) return fail(name.error());
  const auto answer = context.resolver.ask(*name, Type::txt, context.deadline);
  if (!answer) return fail(answer.error());
  auto value = read(answer->records);
  if (!value) return fail(fmt::format("TXT {}: {}", name->str(), value.error()));
  return Learnt<T>{std::move(*value), context.config.cache.ttl, zone};
}

/// One question to Cymru's WHOIS server.
template <class T, class Read>
Outcome<T> ask_cymru_whois(const QueryContext& context, const std::string& question, Read read) {
  const auto& server = context.config.whois.cymru;
  const auto source = whois_name(server);
  const budget::ServerName counted{config::Service::whois, "cymru"};
  if (auto no = refused(context, counted, source)) {
    return tl::unexpected(std::move(*no));
  }
  // The blank in front is Cymru's own: it keeps whois(1) from taking the option for itself.
  const auto answer =
      ask_whois(context.to(counted), server, " -v " + question, AddressPolicy::anywhere);
  if (!answer) return tl::unexpected(QueryFailure{source, answer.error()});
  auto value = read(answer->text);
  if (!value)
    return tl::unexpected(QueryFailure{source, fmt::format("{}: {}", source, value.error())});
  return Learnt<T>{std::move(*value), context.config.cache.ttl, source};
}

}  // namespace

Outcome<OriginAnswer> ask_origin(const QueryContext& context, const net::Address& address) {
  const auto& dns = context.config.dns;
  const auto& zone = address.is_v4() ? dns.origin_zone : dns.origin6_zone;
  const auto from_dns = [&](const std::vector<std::string>& records) {
    return read_origin(records, address).map([](facts::Origin origin) {
      return OriginAnswer{std::move(origin), {}};
    });
  };
  const auto from_whois = [&](const std::string& text) {
    return read_cymru_whois(text, address).map([](CymruWhois answer) {
      return OriginAnswer{std::move(answer.origin), std::move(answer.descriptions)};
    });
  };
  return ask_in_order<OriginAnswer>(
      context, config::live(context.config.lookup.origin), setting,
      [&](const QueryContext& one, OriginSource source) {
        return source == OriginSource::dns
                   ? ask_dns<OriginAnswer>(one, Name::reversed(address, zone), zone, from_dns)
                   : ask_cymru_whois<OriginAnswer>(one, address.str(), from_whois);
      });
}

Outcome<facts::AsDescription> ask_as_description(const QueryContext& context, std::uint32_t asn) {
  using facts::AsDescription;
  const auto& zone = context.config.dns.asn_zone;
  const auto as = fmt::format("AS{}", asn);
  const auto from_dns = [asn](const std::vector<std::string>& records) {
    return read_as_description(records, asn);
  };
  const auto from_whois = [asn](const std::string& text) {
    return read_as_description_whois(text, asn);
  };
  return ask_in_order<AsDescription>(
      context, config::live(context.config.lookup.origin), setting,
      [&](const QueryContext& one, OriginSource source) {
        return source == OriginSource::dns
                   ? ask_dns<AsDescription>(one, Name::parse(as + "." + zone), zone, from_dns)
                   : ask_cymru_whois<AsDescription>(one, as, from_whois);
      });
}

}  // namespace badclients::network
