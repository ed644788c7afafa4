#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "ask/flight_keys.hpp"
#include "ask/gather.hpp"
#include "catch.hpp"
#include "facts/serialise.hpp"
#include "temp_folder.hpp"

namespace badclients::test {

using namespace std::chrono_literals;
using facts::Facts;

/// A helper that keeps what it is asked and answers what it is told.
struct GatherSite {
  TempFolder folder;
  config::Config config;
  facts::Time now{1'700'000'000s};
  facts::Wanted wanted{true, false, true, true, true, {}};
  std::chrono::seconds time = 60s;
  bool ask = true, refresh = false;
  facts::Wanted by_rules{};
  std::vector<std::string> warnings;

  GatherSite() {
    config.general.state_path = folder.path();
    config.lookup.helper = folder.write(
        "helper",
        "#!/bin/sh\ncd '" + folder.path() +
            "'\nrequest=$(sed '/^end$/q')\n"
            "printf '%s\\n' \"$request\" >>requests\n"
            "address=$(printf '%s\\n' \"$request\" | sed -n 's/^address //p')\n"
            "if [ -e \"answers-$address\" ]; then cat \"answers-$address\"; else cat answers; fi\n",
        0755);
    answer({});
  }

  void answer(const std::vector<std::string>& lines) const { answer_to("", lines); }
  /// What it answers about one address.
  void answer_to(const std::string& address, const std::vector<std::string>& lines) const {
    std::string text;
    for (const auto& line : lines) text += line;
    folder.write(address.empty() ? "answers" : "answers-" + address, text);
  }

  Facts login(const std::string& address) {
    warnings.clear();
    const ask::Gathering how{
        config,  "/etc/some.conf", std::chrono::steady_clock::now() + time, now, ask,
        refresh, by_rules};
    return ask::gather(net::Address::parse(address).value(), wanted, how, warnings);
  }

  /// The answers come when release() is called.
  void hold() const {
    std::filesystem::remove(folder / "answers");
    REQUIRE(mkfifo((folder / "answers").c_str(), 0600) == 0);
  }
  void release(const std::vector<std::string>& lines) const {
    std::ofstream answers{folder / "answers"};
    for (const auto& line : lines) answers << line;
  }
  void wait_for_requests(std::size_t count) const {
    while (requests().size() < count) std::this_thread::sleep_for(1ms);
  }

  /// What belongs to the block around the address; what belongs to it alone.
  [[nodiscard]] ask::SingleFlight::Question question(const std::string& address, bool own) const {
    auto part = wanted;
    part.reverse_names = own;
    part.origin = part.as_description = part.registration = !own;
    return ask::flight_keys(net::Address::parse(address).value(), {}, part, {}).at(0).question;
  }

  void refresh_old(const std::string& address) {
    warnings.clear();
    auto turns = ask::SingleFlight::open(folder.path()).value();
    const ask::Gathering how{
        config, "/etc/some.conf", std::chrono::steady_clock::now() + time, now, true,
        false,  by_rules};
    ask::refresh(net::Address::parse(address).value(), wanted, how, turns, warnings);
  }

  [[nodiscard]] std::vector<ask::Request> requests() const {
    std::vector<ask::Request> requests;
    auto text = read_whole_file(folder / "requests");
    for (auto end = text.find("end\n"); end != std::string::npos; end = text.find("end\n")) {
      requests.push_back(ask::decode_request(text.substr(0, end + 4)).value());
      text.erase(0, end + 4);
    }
    return requests;
  }

  [[nodiscard]] bool warned_of(const std::string& text) const {
    return std::any_of(warnings.begin(), warnings.end(), [&](const std::string& warning) {
      return warning.find(text) != std::string::npos;
    });
  }
};

/// The helper gives the TTL of DNS to what belongs to an address, and `cache/ttl` to the rest.
inline std::string known(std::string_view kind, const std::string& payload) {
  const std::chrono::seconds ttl = kind == "ptr" || kind == "dnsbl" ? 1h : 24h;
  return ask::encode_answer(kind, ask::Result::known, ttl, "source.example", payload);
}
inline std::string failed(std::string_view kind, const std::string& trouble) {
  return ask::encode_answer(kind, ask::Result::failed, 0s, "source.example", trouble);
}

inline const std::string names = known("ptr", encode(facts::ReverseNames{{"mail.example", {}}}));
inline std::string origin(std::uint32_t asn) {
  return known("origin", encode(facts::Origin{
                             {asn}, *net::Network::parse("139.162.128.0/19"), "NL", "ripencc"}));
}
inline std::string description(std::uint32_t asn, const std::string& text) {
  return known("as", encode(facts::AsDescription{asn, text}));
}
inline std::string registration(const std::string& name, const std::string& first = "139.162.0.0",
                                const std::string& last = "139.162.255.255") {
  return known("registration", encode(facts::Registration{name,
                                                          "US",
                                                          {"LA538-RIPE"},
                                                          std::pair{*net::Address::parse(first),
                                                                    *net::Address::parse(last)}}));
}
inline std::string no_permit(std::string_view kind) {
  return ask::encode_answer(kind, ask::Result::unasked, 60s, "source.example", "no permit");
}
inline std::vector<std::string> all_answers() {
  return {names, origin(63949), description(63949, "AKAMAI-LINODE-AP, SG"), registration("LINODE")};
}

}  // namespace badclients::test
