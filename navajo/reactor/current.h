// Who runs here: for per-reactor data without locks, and for data that follows a fiber.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>

namespace navajo::reactor {

// 0 on an ordinary thread, else the reactor's number in this process, from 1.
size_t current_reactor_number();
inline constexpr size_t kMaxReactors = 256;

// The name the stall watchdog reports for what runs now ("GET /slow (host, request id)"); cut at 255 bytes.
void set_fiber_label(std::initializer_list<std::string_view> parts);

}  // namespace navajo::reactor
