#include "registry/local_facts.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "facts/serialise.hpp"
#include "registry/publication.hpp"

namespace badclients::registry {

namespace {

template <class T>
using Result = tl::expected<T, std::string>;

std::string_view file_with_registrations(Registry registry, bool v4) {
  for (const auto& each : publications()) {
    const bool holds = std::ranges::any_of(each.floors, [&](const Floor& floor) {
      return floor.kind == (v4 ? "inetnum" : "inet6num");
    });
    if (each.form == Form::registrations && each.registry == registry && holds) return each.name;
  }
  return {};
}

/// One look-up: its steps, and what they leave for each other.
class Filling {
 public:
  Filling(Store& store, const net::Address& address, const Age& age)
      : store_(store), address_(address), point_(point_of(address)), age_(age) {}

  Result<Filled> run(const facts::Wanted& wanted, facts::Facts& into) {
    const auto open = [](const auto& fact) {
      return fact.knowledge == facts::Knowledge::not_asked;
    };
    const bool origin = (wanted.origin || wanted.as_description) && open(into.origin);
    const bool registration = wanted.registration && open(into.registration);
    if (origin || registration) {
      const auto segment = store_.find(point_);
      if (!segment) return tl::unexpected(segment.error());
      segment_ = *segment;
    }
    Result<void> done;
    if (origin) done = fill(into.origin);
    if (done && registration) done = fill(into.registration);
    if (done && wanted.as_description) done = describe(into);
    if (!done) return tl::unexpected(done.error());
    return std::move(filled_);
  }

 private:
  /// When `file` was made, where it is there and young enough.
  std::optional<facts::Time> young(std::string_view file) {
    const auto found = store_.made().find(file);
    if (found == store_.made().end()) return std::nullopt;
    if (age_.now - found->second <= age_.most) return found->second;
    auto& outdated = filled_.outdated;
    if (std::ranges::find(outdated, file) == outdated.end()) outdated.emplace_back(file);
    return std::nullopt;
  }

  /// Whether country and registry are known; where nobody has got the address, all five registries
  /// have to say so.
  std::optional<facts::Time> delegations_made() {
    std::optional<facts::Time> oldest;
    for (const auto& each : publications()) {
      const bool asked = each.form == Form::delegated &&
                         (!segment_.delegation || each.registry == segment_.delegation->registry);
      if (!asked) continue;
      const auto made = young(each.name);
      if (!made) return std::nullopt;
      oldest = std::min(oldest.value_or(*made), *made);
    }
    return oldest;
  }

  Result<void> fill(facts::Fact<facts::Origin>& fact) {
    if (!segment_.route) return {};
    const auto file = address_.is_v4() ? routes_v4 : routes_v6;
    const auto made = young(file);
    const auto delegated = delegations_made();
    if (!made || !delegated) return {};
    const auto& route = *segment_.route;
    auto asns = store_.asns(route.origin);
    if (!asns) return tl::unexpected(asns.error());
    facts::Origin origin;
    origin.asns = std::move(*asns);
    origin.prefix = net::Network(address_, route.prefix);
    if (segment_.delegation) {
      const auto& country = segment_.delegation->country;
      if (country.front() != '\0') origin.country.assign(country.data(), country.size());
      origin.registry = to_string(segment_.delegation->registry);
    }
    give(fact, std::move(origin), file, std::min(*made, *delegated));
    return {};
  }

  Result<void> fill(facts::Fact<facts::Registration>& fact) {
    if (!segment_.holder || !segment_.delegation) return {};
    const auto file = file_with_registrations(segment_.delegation->registry, address_.is_v4());
    const auto made = young(file);
    if (!made) return {};
    const auto text = store_.text(segment_.holder->text);
    if (!text) return tl::unexpected(text.error());
    auto registration =
        *text ? facts::decode<facts::Registration>(**text) : tl::unexpected(std::string("missing"));
    if (!registration) return damaged("a registration");
    registration->range.emplace(address_of(segment_.holder->range.first),
                                address_of(segment_.holder->range.last));
    give(fact, std::move(*registration), file, *made);
    return {};
  }

  Result<void> describe(facts::Facts& into) {
    if (!into.origin.known()) return {};
    for (const auto asn : facts::described_asns(into.origin.value)) {
      if (facts::description_of(into, asn) != nullptr) continue;
      const auto made = young(as_names_file);
      if (!made) return {};
      auto text = store_.text(asn);
      if (!text) return tl::unexpected(text.error());
      if (!*text) continue;
      give(into.as_descriptions.emplace_back(), facts::AsDescription{asn, std::move(**text)},
           as_names_file, *made);
    }
    return {};
  }

  template <class T>
  void give(facts::Fact<T>& fact, T value, std::string_view file, facts::Time made) const {
    fact.knowledge = facts::Knowledge::known;
    fact.from = facts::Provenance::local;
    fact.value = std::move(value);
    fact.source = file;
    fact.learnt = made;
    fact.expires = made + age_.most;
  }

  [[nodiscard]] Result<void> damaged(std::string_view what) const {
    return tl::unexpected(fmt::format("{}: {} that is damaged", store_.path(), what));
  }

  Store& store_;
  const net::Address& address_;
  Point point_;
  const Age& age_;
  Segment segment_;
  Filled filled_;
};

}  // namespace

tl::expected<Store*, std::string> LocalData::current(const std::string& state_path) {
  const auto path = store_path(state_path);
  if (store_ && seen_.holds(path.c_str())) return &*store_;
  store_.reset();
  ++opens_;
  seen_ = base::Seen::at(path.c_str());
  auto opened = Store::open(path);
  if (!opened) return tl::unexpected(opened.error());
  store_ = std::move(*opened);
  return store_ ? &*store_ : nullptr;
}

bool LocalData::still_gives(std::uint64_t number, const std::string& state_path) const {
  if (number != this->number()) return false;
  const auto path = store_path(state_path);
  if (store_) return seen_.holds(path.c_str());
  struct stat status {};
  return ::stat(path.c_str(), &status) != 0 && errno == ENOENT;
}

facts::Time LocalData::until(const Age& age) const {
  auto until = facts::Time::max();
  if (!store_) return until;
  for (const auto& [file, made] : store_->made()) {
    const auto too_old = made + age.most;
    if (too_old >= age.now) until = std::min(until, facts::Time{too_old});
  }
  return until;
}

tl::expected<Filled, std::string> fill(Store& store, const net::Address& address,
                                       const facts::Wanted& wanted, const Age& age,
                                       facts::Facts& into) {
  return Filling(store, address, age).run(wanted, into);
}

}  // namespace badclients::registry
