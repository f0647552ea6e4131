// To go on in the reactor's next pass, behind the events and fibers of this one: for work without a fiber that could go
// on but has had its share. Reactor thread only. Whoever is destroyed before its turn is not called.
#pragma once

#include "navajo/reactor/intrusive_list.h"

namespace navajo::tunnel {

class Turn {
 public:
  // Called from the reactor's loop, once for each time it was asked for. May destroy its object.
  virtual void take_turn() = 0;

 protected:
  ~Turn() = default;
  void ask_for_turn();  // does nothing when it was asked for already
  void forget_turn() { link_.unlink(); }

 private:
  reactor::ListLink link_{this};
};

}  // namespace navajo::tunnel
