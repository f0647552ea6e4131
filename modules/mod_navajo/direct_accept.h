// Accepting without a worker thread in between: httpd's listener thread, which sees a client first, hands it straight
// to a reactor. It still is the MPM's: its limits, its stops and its listeners decide when it is called.
#pragma once

namespace navajo::glue {

class Child;

enum class Accepted {
  one,
  none,     // nobody is waiting
  not_now,  // no room, this child is at its end, or what accept4() says
};
// One client of this listening socket, which does not block, to a reactor of the child. Any thread.
Accepted accept_one(Child& child, int listening);

// Puts our accept function into every listener of this child whose connections all are for its reactors. Called by an
// MPM thread once its first connection was taken: the MPM writes its own function there when its threads begin, later
// than any hook of a child's start. Does nothing the second time, and nothing under MaxConnectionsPerChild, since only
// the MPM itself can count for that.
void accept_directly(const Child& child);

}  // namespace navajo::glue
