#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "network/sandbox/fences.hpp"

namespace badclients::network {

namespace {

// The kernel's interface is written down here and not taken from <linux/landlock.h>, so that a
// program built on an old system forbids on a new one all that can be forbidden there. See
// landlock(7); the calls have the same numbers on all architectures that Debian has.
#ifdef SYS_landlock_create_ruleset
constexpr long create_ruleset = SYS_landlock_create_ruleset;
constexpr long restrict_self = SYS_landlock_restrict_self;
#else
constexpr long create_ruleset = 444;
constexpr long restrict_self = 446;
#endif
constexpr unsigned ask_for_version = 1;

struct Ruleset {
  std::uint64_t files = 0;    ///< since version 1
  std::uint64_t network = 0;  ///< since version 4
  std::uint64_t scopes = 0;   ///< since version 6
};

/// What each version can forbid in addition to the one before; no rule ever gives anything back.
struct Version {
  unsigned file_rights;  ///< how many of the lowest bits of Ruleset::files it knows
  std::uint64_t network;
  std::uint64_t scopes;
  std::size_t size;  ///< of Ruleset, in bytes
};
constexpr std::uint64_t bind_tcp = 1;  // connecting (2) is what we are for
constexpr std::uint64_t abstract_sockets = 1, signals = 2;
constexpr std::array<Version, 6> versions{{
    {13, 0, 0, 8},
    {14, 0, 0, 8},  // refer
    {15, 0, 0, 8},  // truncate
    {15, bind_tcp, 0, 16},
    {16, bind_tcp, 0, 16},  // ioctl of devices
    {16, bind_tcp, abstract_sockets | signals, 24},
}};

}  // namespace

void raise_landlock() {
  const long version = syscall(create_ruleset, nullptr, 0, ask_for_version);
  if (version < 1) return;
  const auto newest = static_cast<long>(versions.size());
  const auto& known =
      versions.at(static_cast<std::size_t>((version < newest ? version : newest) - 1));
  const Ruleset ruleset{(std::uint64_t{1} << known.file_rights) - 1, known.network, known.scopes};
  const auto descriptor = static_cast<int>(syscall(create_ruleset, &ruleset, known.size, 0U));
  if (descriptor < 0) return;
  syscall(restrict_self, descriptor, 0U);
  close(descriptor);
}

}  // namespace badclients::network
