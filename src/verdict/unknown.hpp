#pragma once

#include "config/config.hpp"
#include "facts/facts.hpp"
#include "facts/wanted.hpp"
#include "lists/rulebook.hpp"

namespace badclients::verdict {

/// What is unknown and may still come: of `wanted`, and of what configured GeoIP databases say.
class Unknown {
 public:
  Unknown(const facts::Facts& facts, const facts::Wanted& wanted, const config::Config& config);
  /// Whether it is something that entries of `field` are compared with.
  [[nodiscard]] bool may_come(lists::Field field) const;

 private:
  facts::Wanted network_;
  bool geo_city_ = false, geo_asn_ = false, geo_anonymous_ = false;
};

/// `facts`, where those of `wanted` that did not come count as failed, and what a configured GeoIP
/// database has not said.
facts::Facts given_up(facts::Facts facts, const facts::Wanted& wanted,
                      const config::Config& config);

/// Whether a provisional answer is there whose own may still come.
bool awaits_own(const facts::Facts& facts, const facts::Wanted& wanted);
/// `facts` without such provisional answers.
facts::Facts without_provisional(facts::Facts facts, const facts::Wanted& wanted);

}  // namespace badclients::verdict
