#include "lookup/questions/registration.hpp"

namespace badclients::lookup {

Outcome<facts::Registration> ask_registration(const Asking& asking, const Https& https,
                                              const net::Address& address,
                                              std::optional<Registry> registry) {
  using config::RegistrationSource;
  return ask_in_order<facts::Registration>(
      asking, asking.config.lookup.registration, "lookup/registration",
      [&](const Asking& one, RegistrationSource source) {
        return source == RegistrationSource::rdap
                   ? ask_registration_by_rdap(one, https, address, registry)
                   : ask_registration_by_whois(one, address, registry);
      });
}

}  // namespace badclients::lookup
