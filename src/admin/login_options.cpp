#include "admin/login_options.hpp"

#include "ask/gather.hpp"

namespace badclients::admin {

void add_login(CommandLine& line) {
  line.value("user", "NAME", "as if this user logged in")
      .value("master", "NAME", "as if this master user logged in as that user")
      .value("service", "NAME", "as if to this service: imap, pop3, smtp, ...")
      .value("client-id", "TEXT", "as if the app called itself this (its IMAP ID)")
      .flag("offline",
            "ask nobody: of the address only what the cache and the GeoIP databases know");
}

tl::expected<facts::Login, int> read_login(const Call& call, const std::string& text) {
  const auto address = net::Address::parse(text);
  if (!address) {
    call.context.complain(address.error());
    return tl::unexpected(exit_usage);
  }
  facts::Login login;
  login.address = *address;
  login.user = call.text("user");
  login.master = call.text("master");
  login.service = call.text("service");
  login.client_id = call.text("client-id");
  return login;
}

facts::Facts gather(const Call& call, const facts::Login& login, const facts::Wanted& wanted,
                    const verdict::Decider& decider, std::chrono::steady_clock::time_point begin,
                    std::vector<std::string>& warnings) {
  ask::Gathering how{call.config, call.context.config_path, begin + call.config.lookup.deadline,
                     call.context.now()};
  how.ask = !call.has("offline");
  how.refresh = true;
  how.anew = call.has("refresh");
  how.by_rules = decider.wanted_by_rules();
  how.persons = decider.looks_at_persons();
  return ask::gather(*login.origin(), wanted, how, warnings);
}

}  // namespace badclients::admin
