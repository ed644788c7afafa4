#include "network/transport/dns.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "base/whole_file.hpp"
#include "network/transport/dns_exchange.hpp"

namespace badclients::network {

namespace {

constexpr std::uint16_t dns_port = 53;
constexpr std::size_t most_resolv_conf_servers = 3;  // MAXNS of resolv.conf(5)
constexpr std::size_t most_resolv_conf = 1024 * 1024;
constexpr unsigned longest_chain = 8;

net::Address address_of(const std::string& bytes) {
  if (bytes.size() == 4) {
    std::uint32_t number = 0;
    for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
    return net::Address::v4(number);
  }
  std::array<std::uint8_t, 16> v6{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), v6.size()), v6.begin());
  return net::Address::v6(v6);
}

}  // namespace

std::vector<net::Server> nameservers(const config::Config::Dns& dns,
                                     const std::string& resolv_conf) {
  std::vector<net::Server> servers;
  for (const auto& endpoint : dns.nameserver) {
    if (const auto address = net::Address::parse(endpoint.host)) {
      servers.push_back({*address, endpoint.port == 0 ? dns_port : endpoint.port});
    }
  }
  if (!servers.empty()) return servers;

  const auto text = base::read_regular(resolv_conf, most_resolv_conf).value_or("");
  for (std::string_view rest = text; !rest.empty();) {
    const auto words = base::words(base::cut(rest, '\n'));
    if (words.size() < 2 || words[0] != "nameserver") continue;
    if (servers.size() == most_resolv_conf_servers) break;
    if (const auto address = net::Address::parse(words[1])) servers.push_back({*address, dns_port});
  }
  if (servers.empty()) servers.push_back({net::Address::v4(0x7f000001), dns_port});
  return servers;
}

std::vector<net::Address> addresses_in(const Answer& answer) {
  std::vector<net::Address> addresses;
  for (const auto& record : answer.records) addresses.push_back(address_of(record));
  return addresses;
}

tl::expected<Answer, std::string> Resolver::ask(const Name& name, Type type,
                                                base::Deadline deadline) const {
  const auto fail = [&](const std::string& why) {
    return tl::unexpected(fmt::format("{} {}: {}", to_string(type), name.str(), why));
  };
  Question question{name, type};
  auto ttl = std::chrono::seconds::max();
  for (unsigned step = 0; step < longest_chain; ++step) {
    const SourceWatch::Question waiting(watch_, budget::Source::nameservers());
    auto answer =
        exchange(question, servers_, waiting.until(deadline), [&] { waiting.answered(); });
    if (!answer) return fail(answer.error());
    if (answer->ttl) answer->ttl = ttl = std::min(ttl, *answer->ttl);
    if (!answer->ask_instead) return answer;
    question.name = *answer->ask_instead;
  }
  return fail("too many CNAMEs");
}

bool probe(const std::vector<net::Server>& nameservers, base::Deadline deadline) {
  bool heard = false;
  (void)exchange({Name{}, Type::ns}, nameservers, deadline, [&] { heard = true; });
  return heard;
}

tl::expected<std::vector<net::Address>, std::string> Resolver::addresses(
    const std::string& host, net::Family family, base::Deadline deadline) const {
  if (const auto literal = net::Address::parse(host)) {
    if (literal->family() != family) return {};
    return std::vector{*literal};
  }
  const auto name = Name::parse(host);
  if (!name) return tl::unexpected(name.error());
  const auto type = family == net::Family::v4 ? Type::a : Type::aaaa;
  return ask(*name, type, deadline).map(addresses_in);
}

}  // namespace badclients::network
