#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "facts/facts.hpp"
#include "network/transport/registries.hpp"

namespace badclients::network {

/// A network object as a registry keeps it, from WHOIS or RDAP.
struct NetworkObject {
  facts::Registration registration;
  std::string type;  ///< RPSL and LACNIC `status`, ARIN `NetType`, RDAP `type`
  std::string text;  ///< RPSL `descr` and `remarks`, RDAP `remarks`; a line each
  std::vector<std::string> maintainers;  ///< RPSL `mnt-by`; RDAP has none
};

/// Whose network an object stands for.
struct Standing {
  enum class Holder : std::uint8_t {
    somebody,  ///< a holder's network
    nobody,    ///< the registry keeps the block itself: free, reserved, to be handed on
    other,     ///< the object only says that another registry has to be asked
  };
  Holder holder = Holder::somebody;
  std::optional<Registry> registry{};  ///< holder other: which one, where the object says so
};

/// Registries keep objects for what is no holder's: RIPE's NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK and
/// EU-ZZ-45, APNIC's ERX-NETBLOCK, IANA-NETBLOCK-8 and STUB-..., AFRINIC-102, ARIN's blocks that
/// are "Allocated to RIPE NCC" or "Maintained by ARIN", everyone's 0.0.0.0/0. Names and remarks
/// count only where nobody but a registry maintains the object: a holder can write anything there,
/// and must not get rid of its registration by it.
Standing standing_of(const NetworkObject& object);

/// The first registry that `text` names by a word of its own: "RIPE NCC", "AfriNIC", "ARIN".
std::optional<Registry> registry_in(std::string_view text);

}  // namespace badclients::network
