// Runs test code on a fiber of a reactor that has a thread of its own. Not part of libnavajo.
// Checks of CppUTest throw or jump, so they belong outside of run().
#pragma once

#include <functional>
#include <future>
#include <thread>

#include "navajo/reactor/reactor.h"

namespace navajo::connector {

class ReactorFixture {
 public:
  ReactorFixture() : reactor_({}), thread_([this] { reactor_.run(); }) {}
  ~ReactorFixture() {
    reactor_.stop(reactor::Deadline::after(std::chrono::seconds(5)));
    thread_.join();
  }
  // Waits until body has returned.
  void run(std::function<void()> body) { start(std::move(body)).wait(); }
  // Does not wait. The fiber is told, so that it can be cancelled.
  std::future<void> start(std::function<void()> body, reactor::Fiber** fiber = nullptr) {
    auto* task = new Task;
    task->body = std::move(body);
    task->fixture = this;
    task->fiber = fiber;
    task->reactor::Reactor::Message::run = [](reactor::Reactor::Message* message) {
      auto* self = static_cast<Task*>(message);
      if (!self->fixture->reactor_.spawn(&Task::main, self)) std::terminate();
    };
    std::future<void> done = task->done.get_future();
    reactor_.post(*task);
    return done;
  }
  // Runs on the reactor's thread, outside of any fiber.
  void post(std::function<void()> body) {
    struct Note : reactor::Reactor::Message {
      std::function<void()> body;
      std::promise<void> done;
    };
    Note note;
    note.body = std::move(body);
    note.run = [](reactor::Reactor::Message* message) {
      auto* self = static_cast<Note*>(message);
      self->body();
      self->done.set_value();
    };
    std::future<void> done = note.done.get_future();
    reactor_.post(note);
    done.wait();
  }

 private:
  struct Task : reactor::Reactor::Message {
    std::function<void()> body;
    std::promise<void> done;
    ReactorFixture* fixture = nullptr;
    reactor::Fiber** fiber = nullptr;
    static void main(void* argument) {
      auto* self = static_cast<Task*>(argument);
      if (self->fiber) *self->fiber = reactor::Fiber::current();
      self->body();
      self->done.set_value();
      delete self;
    }
  };
  reactor::Reactor reactor_;
  std::thread thread_;
};

}  // namespace navajo::connector
