#include "lookup/registration.hpp"

namespace badclients::lookup {

Outcome<facts::Registration> ask_registration(const Asking& asking, const net::Address& address,
                                              std::optional<Registry> registry) {
  return ask_in_order<facts::Registration>(
      asking, asking.config.lookup.registration, "lookup/registration",
      [&](const Asking& one, config::RegistrationSource source) -> Outcome<facts::Registration> {
        if (source == config::RegistrationSource::whois) {
          return ask_registration_by_whois(one, address, registry);
        }
        return tl::unexpected(Trouble{"rdap", "rdap: not part of this build"});
      });
}

}  // namespace badclients::lookup
