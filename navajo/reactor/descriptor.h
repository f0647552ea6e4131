// One file descriptor and what epoll has told about it. Registered once, edge-triggered, for both
// directions, at the reactor whose thread made it; on an ordinary thread it is not registered and the
// flags say "try". Used only by the thread it belongs to. Does not close the fd: Socket does.
#pragma once

#include "navajo/reactor/intrusive_list.h"
#include "navajo/reactor/wait.h"

namespace navajo::reactor {

class Fiber;
class Reactor;

class Descriptor {
 public:
  // Called on the reactor thread, once per loop pass, when something happened to a descriptor on
  // which no fiber waits: an idle connection became readable, a pooled backend hung up.
  // The observer may destroy the descriptor.
  class Observer {
   public:
    virtual void on_event(Descriptor& descriptor) = 0;

   protected:
    ~Observer() = default;
  };

  Descriptor() = default;
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  // Registers fd with this thread's reactor, if there is one. False with errno if epoll refused.
  [[nodiscard]] bool attach(int fd);
  // Forgets the fd (the caller closes it). No fiber may be waiting.
  void detach();

  int fd() const { return fd_; }
  Reactor* reactor() const { return reactor_; }
  bool readable() const { return readable_; }
  bool writable() const { return writable_; }
  bool hung_up() const { return hung_up_; }          // both directions are gone, or an error is pending
  bool peer_finished() const { return peer_finished_; }  // the peer sent FIN: what is readable is the last

  // Called after an operation answered EAGAIN: the next edge sets the flag again.
  void set_not_readable() { readable_ = false; }
  void set_not_writable() { writable_ = false; }
  // The next operation looks at the socket itself, whatever the edges said.
  void assume_readable() { readable_ = true; }

  void observe(Observer* observer) { observer_ = observer; }
  // Whoever runs on this fiber is cancelled when the peer of this descriptor goes away.
  void cancels(Fiber* fiber) { cancels_ = fiber; }
  // What counts as gone: a hang-up or reset always; a FIN alone only if so asked.
  void cancel_on_fin(bool yes) { cancel_on_fin_ = yes; }

 private:
  friend class Reactor;
  friend Wake wait_any(std::span<Awaited>, Deadline);
  int fd_ = -1;
  bool readable_ = true, writable_ = true, hung_up_ = false, peer_finished_ = false, cancel_on_fin_ = true;
  Reactor* reactor_ = nullptr;
  Fiber* reader_ = nullptr;
  Fiber* writer_ = nullptr;
  Fiber* cancels_ = nullptr;
  Observer* observer_ = nullptr;
  ListLink event_link_{this};
};

}  // namespace navajo::reactor
