#include <fmt/format.h>

#include <algorithm>

#include "facts/escape.hpp"
#include "network/questions/rdap_reading.hpp"
#include "network/questions/registration.hpp"
#include "network/transport/backoff.hpp"
#include "network/transport/fetch.hpp"

namespace badclients::network {

namespace {

constexpr unsigned most_redirects = 5;
constexpr auto media_type = "application/rdap+json";

/// A page to ask for.
struct Target {
  Url url;
  AddressPolicy policy = AddressPolicy::anywhere;
};

/// Follows redirects, until a registry answers.
class RedirectChain {
 public:
  RedirectChain(const QueryContext& context, const net::Address& address)
      : context_(context), address_(address) {}

  Outcome<facts::Registration> run(Registry registry) {
    const auto url = url_at(registry);
    if (!url) return tl::unexpected(QueryFailure{"rdap", "rdap: the base URL is none"});
    target_ = {*url};
    for (;;) {
      auto outcome = ask();
      if (!outcome) return tl::unexpected(std::move(outcome.error()));
      if (*outcome) return std::move(**outcome);
    }
  }

 private:
  using Learnt = network::Learnt<facts::Registration>;

  [[nodiscard]] std::optional<Url> url_at(Registry registry) const {
    const auto url = Url::parse(rdap_base(context_.config.rdap, registry) + "ip/" + address_.str());
    return url ? std::optional(*url) : std::nullopt;
  }

  /// Asks one server. Nothing: another has to be asked, and `target_` is which.
  tl::expected<std::optional<Learnt>, QueryFailure> ask() {
    asked_.push_back(target_.url);
    const auto site = target_.url.site();
    const auto server = counted_as(context_.config.rdap, target_.url);
    if (auto no = refused(context_, server, site)) return tl::unexpected(std::move(*no));
    const auto page = fetch(context_.to(server), target_.url, media_type, target_.policy);
    if (!page) return tl::unexpected(QueryFailure{site, page.error()});
    const auto fail = [&](std::string_view why) {
      return tl::unexpected(QueryFailure{site, fmt::format("{}: {}", site, why)});
    };
    const auto leave_alone = [&](std::chrono::seconds length, const std::string& said) {
      return tl::unexpected(left_alone(context_, server, site, length, said));
    };
    if (!page->redirect.empty()) {
      if (const auto went = go_on(*page); !went) return fail(went.error());
      return std::nullopt;
    }
    const auto refused = [&](const RdapFailure& why) {
      const auto usual = why.kind == RdapFailure::Kind::denied ? after_denied : after_too_much;
      return leave_alone(page->retry_after.value_or(usual), why.text);
    };
    switch (page->status) {
      case 200: {
        auto registration = read_rdap(page->body, address_);
        if (registration) return learnt(std::move(*registration));
        const auto& why = registration.error();
        if (why.kind == RdapFailure::Kind::too_much) return refused(why);
        if (why.kind == RdapFailure::Kind::elsewhere && go_to_owner(why)) return std::nullopt;
        return fail(why.text);
      }
      case 404:  // RFC 7480 section 5.3: nothing there
        return learnt({});
      case 429:
      case 503: {
        const auto usual = page->status == 429 ? after_too_much : after_unavailable;
        return leave_alone(page->retry_after.value_or(usual), said_by(*page));
      }
      default: {
        const auto status = fmt::format("HTTP status {}", page->status);
        auto why = page->status < 500 ? read_rdap_refusal(page->body) : std::nullopt;
        if (!why) return fail(status);
        why->text = status + ": " + why->text;
        return refused(*why);
      }
    }
  }

  static std::string said_by(const Page& page) {
    return page.retry_after ? fmt::format("HTTP status {}, try again in {} s", page.status,
                                          page.retry_after->count())
                            : fmt::format("HTTP status {}", page.status);
  }

  /// To the registry whose address it is; where the answer does not say, to ARIN, which redirects
  /// for all that is not its own. Whether it was not there before.
  bool go_to_owner(const RdapFailure& why) {
    const auto url = url_at(why.registry.value_or(Registry::arin));
    if (!url || std::ranges::find(asked_, *url) != asked_.end()) return false;
    if (asked_.size() > most_redirects) return false;
    target_ = {*url};
    return true;
  }

  /// Where a page redirects to. Another registry is asked where the configuration says it is.
  tl::expected<void, std::string> go_on(const Page& page) {
    const auto fail = [&](std::string_view why) {
      return tl::unexpected(
          fmt::format("redirects to {}: {}", facts::printable(page.redirect, 100), why));
    };
    const auto configured = at_configured_base(context_.config.rdap, page.redirect);
    const auto url = Url::parse(configured.value_or(page.redirect));
    if (!url) return fail("not a web page");
    if (target_.url.secure && !url->secure) return fail("from https to http");
    if (std::ranges::find(asked_, *url) != asked_.end()) return fail("a circle");
    if (asked_.size() > most_redirects) return fail("too many redirects");
    target_ = {*url, configured ? AddressPolicy::anywhere : page.next};
    return {};
  }

  [[nodiscard]] Learnt learnt(facts::Registration registration) const {
    return {std::move(registration), context_.config.cache.ttl, target_.url.site()};
  }

  const QueryContext& context_;
  const net::Address& address_;
  Target target_;
  std::vector<Url> asked_;
};

}  // namespace

Outcome<facts::Registration> ask_registration_by_rdap(const QueryContext& context,
                                                      const net::Address& address,
                                                      std::optional<Registry> registry) {
  // ARIN redirects to the others for all that is theirs.
  return RedirectChain(context, address).run(registry.value_or(Registry::arin));
}

}  // namespace badclients::network
