// Whether a configuration that was taken over in a running server keeps its children alive. For a while it is on
// trial: when children that serve it die again and again, the one before is put to work instead. Plain data: it is
// kept over the restart in memory of httpd's, while this code is unloaded and loaded again. The parent's one thread.
#pragma once

#include <chrono>
#include <type_traits>

namespace navajo::container {

struct ConfigurationTrial {
  using Time = std::chrono::milliseconds;  // of a monotonic clock

  static constexpr Time kLength = std::chrono::seconds(30);
  // One death may be a client's doing, and two of them a coincidence.
  static constexpr int kDeaths = 3;

  Time since{0};
  int deaths = 0;
  bool going_on = false;

  void begin(Time now) { *this = {now, 0, true}; }
  void end() { going_on = false; }
  // Whether it is to be trusted from now on. A trial without a death also ends well when the next one begins.
  bool passed(Time now) const { return !going_on || deaths == 0 || now - since >= kLength; }
  // A child of this configuration has died, in no orderly way. True: go back; said once.
  bool child_died(Time now) {
    if (!going_on || now - since >= kLength) return going_on = false;
    if (++deaths < kDeaths) return false;
    going_on = false;
    return true;
  }
};
static_assert(std::is_trivially_copyable_v<ConfigurationTrial>);

}  // namespace navajo::container
