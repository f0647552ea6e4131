// A reactor on a thread of its own, and a way to run a function on a fiber of it, for unit tests. Not part of
// libnavajo. Checks of CppUTest throw or jump, so they belong outside of run().
#pragma once

#include <functional>
#include <future>
#include <thread>

#include "navajo/reactor/reactor.h"

namespace navajo::reactor {

class RunningReactor {
 public:
  explicit RunningReactor(ReactorOptions options = {}) : reactor(options), thread_([this] { reactor.run(); }) {}
  ~RunningReactor() { end(std::chrono::seconds(5)); }
  void end(Duration limit) {
    if (!thread_.joinable()) return;
    reactor.stop(Deadline::after(limit));
    thread_.join();
  }
  void start(std::function<void()> body) {
    auto* task = new Task;
    task->body = std::move(body);
    task->reactor = &reactor;
    task->run = [](Reactor::Message* message) {
      auto* self = static_cast<Task*>(message);
      const bool started = self->reactor->spawn(
          [](void* argument) {
            auto* mine = static_cast<Task*>(argument);
            mine->body();
            delete mine;
          },
          self);
      if (!started) delete self;
    };
    reactor.post(*task);
  }
  void run(std::function<void()> body) {
    std::promise<void> done;
    start([&] {
      body();
      done.set_value();
    });
    done.get_future().wait();
  }
  Reactor reactor;

 private:
  struct Task : Reactor::Message {
    std::function<void()> body;
    Reactor* reactor = nullptr;
  };
  std::thread thread_;
};

}  // namespace navajo::reactor
