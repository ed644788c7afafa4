#pragma once

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>

#include "registry/compile/compilation.hpp"
#include "registry/compile/replacement.hpp"
#include "registry/local_facts.hpp"
#include "registry_files.hpp"

namespace badclients::test {

/// A state folder with registry data in it, made from publishers' files in small. Where nothing
/// else is said, all files are of 2026-09-28, and so is the clock.
class RegistrySite {
 public:
  /// Content of files, by their publishers' names.
  using Files = std::map<std::string, std::string>;

  static facts::Time now() { return *registry::day_of("20260928") + std::chrono::hours{12}; }

  static Files files() {
    Files files;
    for (const auto registry : facts::registry_names) {
      files[fmt::format("delegated-{}-extended-latest", registry)] = delegated(registry, "");
    }
    files["delegated-ripencc-extended-latest"] =
        delegated("ripencc",
                  "ripencc|NL|ipv4|192.0.2.0|256|20200101|allocated|x\n"
                  "ripencc|DE|ipv6|2001:db8::|32|20200101|assigned|x\n"
                  "ripencc|DE|asn|10|10|20200101|allocated|x\n");
    files["delegated-apnic-extended-latest"] =
        delegated("apnic",
                  "apnic|AU|ipv4|198.51.100.0|256|20200101|allocated|x\n"
                  "apnic|AU|ipv6|2001:db9::|32|20200101|allocated|x\n");
    files["riswhoisdump.IPv4.gz"] =
        gzipped(ris("10\t192.0.2.0/24\t300\n20\t198.51.0.0/16\t300\n21\t198.51.0.0/16\t20\n"
                    "30\t203.0.113.0/24\t300\n"));
    files["riswhoisdump.IPv6.gz"] = gzipped(ris("10\t2001:db8::/32\t300\n"));
    files["asn.txt"] = "10 TEN Ten Ltd., NL\n20 TWENTY - Twenty Ltd., AU\n";
    files["ripe.db.organisation.gz"] = gzipped("organisation: ORG-A-RIPE\nabuse-c: ABUSE-A\n");
    files["ripe.db.inetnum.gz"] = gzipped(
        "inetnum: 192.0.2.0 - 192.0.2.255\nnetname: ALL\ncountry: NL\nmnt-by: A-MNT\n\n"
        "inetnum: 192.0.2.10 - 192.0.2.19\nnetname: PART\ncountry: BE\norg: ORG-A-RIPE\n");
    files["ripe.db.inet6num.gz"] =
        gzipped("inet6num: 2001:db8:1::/48\nnetname: SIX\ncountry: DE\nmnt-by: A-MNT\n");
    return files;
  }

  static std::string delegated(std::string_view registry, const std::string& records,
                               const std::string& day = "20260928") {
    return fmt::format("2|{}|{}|{}|19700101|{}|+0000\n{}", registry, day,
                       std::ranges::count(records, '\n'), day, records);
  }
  static std::string ris(const std::string& rows, const std::string& day = "Mon Sep 28",
                         const std::string& year = "2026") {
    return fmt::format("% This file was generated at {} 00:00:00 UTC {}.\n{}% End of dump\n", day,
                       year, rows);
  }

  /// Compiles; returns the errors of files that were refused, by name. `force`: however small.
  Files compile(const Files& files, bool force = true,
                const std::vector<std::string>& without = {}) {
    auto before = registry::Store::open(path());
    REQUIRE(before);
    registry::Compilation compilation{{state.path(), clock, force, 100'000},
                                      *before ? &**before : nullptr};
    Files errors;
    for (const auto& each : registry::publications()) {
      const auto content = files.find(std::string(each.name));
      if (content == files.end()) continue;
      const TempFolder folder;
      const OpenFile file{folder, content->second};
      const auto taken = compilation.take(
          {each, file.descriptor(), clock - std::chrono::hours{12}, "\"etag\"", "yesterday"});
      if (!taken) errors[content->first] = taken.error();
    }
    for (const auto& name : without) compilation.leave_out(*registry::find_publication(name));
    auto replacement = registry::Replacement::begin(state.path());
    REQUIRE(replacement);
    REQUIRE(*replacement);
    summary = compilation.write((*replacement)->make());
    (*replacement)->finish();
    return errors;
  }

  [[nodiscard]] std::string path() const { return registry::store_path(state.path()); }

  /// All that is known of an address.
  [[nodiscard]] facts::Facts find(const std::string& address,
                                  std::chrono::seconds max_age = std::chrono::hours{24 * 14},
                                  std::vector<std::string>* outdated = nullptr,
                                  facts::Facts facts = {}) const {
    registry::LocalData data;
    const auto store = data.current(state.path());
    REQUIRE(store);
    REQUIRE(*store);
    facts::Wanted wanted;
    wanted.origin = wanted.as_description = wanted.registration = true;
    const auto filled =
        registry::fill(**store, *net::Address::parse(address), wanted, {now(), max_age}, facts);
    REQUIRE(filled);
    if (outdated != nullptr) *outdated = filled->outdated;
    return facts;
  }

  TempFolder state;
  facts::Time clock = now();
  registry::Compilation::Summary summary;
};

}  // namespace badclients::test
