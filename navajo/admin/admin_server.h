// Answers on the admin socket, in every child: one thread that sleeps until somebody connects. Several children listen
// on the same socket and any of them answers, since sessions are shared. One request per connection. Bounded: a few
// clients at once (the others wait in the socket's queue), a line of kMaxLine bytes, a small buffer each, and a client
// that does not send or read for `patience` is cut. Never on a reactor's thread; gives way to them (nice).
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "navajo/admin/answer.h"

struct pollfd;

namespace navajo::admin {

struct AdminServerOptions {
  int listener = -1;  // listen_at(); the server uses it, and does not close it
  std::vector<NamedStore> stores;
  RuleStores rules;
  Routers routers;
  std::shared_ptr<limits::Limits> limits;  // null: none
  size_t max_clients = 4;
  std::chrono::milliseconds patience{10'000};
  std::chrono::milliseconds longest{600'000};  // of one answer
};

class AdminServer {
 public:
  // Null: there is no thread or no descriptor to be had; the log says so.
  static std::unique_ptr<AdminServer> start(AdminServerOptions options);
  ~AdminServer();  // end(0)

  // Any thread: from here on new clients are left to other processes, those in work are served.
  void stop_accepting();
  // The same, and waits for those in work for at most `limit`; then they are cut, and the thread has ended.
  void end(std::chrono::milliseconds limit);

 private:
  struct Client;
  using Clock = std::chrono::steady_clock;
  AdminServer(AdminServerOptions options, int wake);

  void run();
  // False: there is an end.
  bool serve_once(std::vector<pollfd>& polled);
  void accept_clients(Clock::time_point now);
  bool attend(Client& client, short events, Clock::time_point now) const;
  bool read_request(Client& client) const;
  bool write_answer(Client& client, Clock::time_point now) const;
  void notify() const;

  const AdminServerOptions options_;
  const int wake_;  // an eventfd
  std::atomic<bool> accepting_{true};
  std::atomic<Clock::time_point> ends_at_{Clock::time_point::max()};
  // Of the thread:
  std::vector<std::unique_ptr<Client>> clients_;
  Clock::time_point accepts_again_{};  // after a failure
  std::thread thread_;
};

}  // namespace navajo::admin
