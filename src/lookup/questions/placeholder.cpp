#include "lookup/questions/placeholder.hpp"

#include "lookup/transport/text.hpp"
#include "net/network.hpp"

namespace badclients::lookup {

bool is_placeholder(const facts::Registration& registration) {
  const auto& name = registration.name;
  if (name.starts_with("IANA-")) return true;
  if (name.starts_with("NON-") && contains(name, "managed")) return true;
  if (!registration.range) return false;
  const net::Network everything(registration.range->first, 0);
  return *registration.range == std::pair(everything.base(), everything.last());
}

}  // namespace badclients::lookup
