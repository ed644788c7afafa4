#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "net/address.hpp"
#include "registry/local_facts.hpp"

namespace badclients::ask {

/// What is wanted about an address' network: what registry data can tell.
facts::Wanted about_network(const facts::Wanted& wanted);

/// The part of `wanted` that there is a source over the network for.
facts::Wanted askable(facts::Wanted wanted, const config::Config& config);

/// What registry data tells about one address, as far as `local` is one of the sources. That it
/// cannot be read, and that it is too old, is a warning; that there is none is not.
class Local {
 public:
  /// All but the address outlive it.
  Local(const net::Address& address, const config::Config& config, facts::Time now,
        registry::LocalData& data, std::vector<std::string>& warnings)
      : address_(address), config_(config), now_(now), data_(data), warnings_(warnings) {}

  /// Fills in the wanted facts that are not_asked.
  void fill(const facts::Wanted& wanted, facts::Facts& facts);

  /// The facts that it told.
  [[nodiscard]] const facts::Wanted& told() const { return told_; }
  /// It is told no longer.
  facts::Fact<facts::Registration> take_back_registration(facts::Facts& facts);

 private:
  void warn_of_age(const std::vector<std::string>& files);

  net::Address address_;
  const config::Config& config_;
  facts::Time now_;
  registry::LocalData& data_;
  std::vector<std::string>& warnings_;
  facts::Wanted told_;
};

}  // namespace badclients::ask
