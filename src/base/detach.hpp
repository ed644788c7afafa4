#pragma once

#include <functional>
#include <initializer_list>

#include <tl/expected.hpp>

/// Processes that go on when this one has ended.
namespace badclients::base {

/// Every signal as a program has it that a shell has just started: its default action, not blocked.
void reset_signals();

/// Does `work`, which ends by itself (_exit, exec), in a process that is nobody's child, in a
/// session of its own. Its signals are reset. Its descriptors 0, 1, ... are copies of `kept`, -1
/// standing for /dev/null, and it has no others. When this returns, which takes less than a
/// millisecond, no process that it has started holds any other descriptor of ours, or is ours to
/// wait for. Error: errno's value; EAGAIN where there were too few processes or descriptors.
tl::expected<void, int> detach(std::initializer_list<int> kept, const std::function<void()>& work);

}  // namespace badclients::base
