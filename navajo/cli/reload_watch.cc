#include "navajo/cli/reload_watch.h"

#include <algorithm>

namespace navajo::cli {

std::optional<ReloadWatch::Outcome> ReloadWatch::look(const observe::StatusNumbers& now, bool alive, Time time) {
  using State = observe::ConfigurationState;
  if (!alive) return Outcome::ended;
  if (now.generation > generation_) {
    if (now.configuration_state == State::rolled_back) return Outcome::rolled_back;
    if (now.configuration_state == State::kept) return Outcome::refused;
    const bool serving = std::any_of(now.children.begin(), now.children.end(), [&](const observe::ChildNumbers& child) {
      return child.generation == now.generation;
    });
    const bool died = now.child_crashes > crashes_;
    somebody_died_ = somebody_died_ || died;
    crashes_ = now.child_crashes;
    if (died || serving != serving_) quiet_since_ = time;
    serving_ = serving;
    if (serving && time - quiet_since_ >= (somebody_died_ ? kAfterDeath : kSettled)) return Outcome::serves;
  }
  if (time >= kLimit) return Outcome::unclear;
  return std::nullopt;
}

}  // namespace navajo::cli
