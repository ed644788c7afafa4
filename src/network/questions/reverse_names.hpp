#pragma once

#include "facts/facts.hpp"
#include "network/transport/query_context.hpp"

namespace badclients::network {

/// The PTR names of `address`, in the nameserver's order, without duplicates, 64 at most; as text
/// they are what Name::str() gives. With `confirm`, the first 8 are looked up forward, all at once:
/// `yes` where one of the addresses is the one we began with, `no` where none is, `not_asked` where
/// the nameserver failed or the name is beyond the eighth. TTL: the lowest of all answers.
Outcome<facts::ReverseNames> ask_reverse_names(const QueryContext& context,
                                               const net::Address& address, bool confirm);

}  // namespace badclients::network
