// What a child process runs besides the MPM: reactors, helper pool, watchdog. Takes client sockets from the MPM up to
// a hard cap (above it accepting is held back, nobody is reset), and at the end waits for what is in work.
// Made in child_init, ended by pchild's pre-cleanup.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "modules/mod_navajo/serving_thread.h"
#include "navajo/config/navajo_xml.h"
#include "navajo/reactor/offload.h"
#include "navajo/reactor/watchdog.h"

namespace navajo::glue {

class Child {
 public:
  // Null: this child serves on the MPM's threads (other MPM, reactor off); why is in the log.
  static std::unique_ptr<Child> start(apr_pool_t* pool, server_rec* server, const config::ReactorElement& settings);
  // The child of this process; null before child_init, in the parent, and without a reactor.
  static Child* current();
  ~Child();

  // pre_connection, MPM thread: takes the socket of c if it is one for the reactor. True: the MPM must let go of c.
  bool take(conn_rec* c, apr_socket_t* socket);
  // Every connection that comes in at a listener of this address is one for the reactor, whatever its host.
  bool takes_all_at(const apr_sockaddr_t& bound) const;
  // The same as take() for a socket that was accepted by us, any thread: first a place for it (false: no room, or this
  // child is at its end), then the socket, or the place is given back.
  bool reserve() { return !ending_.load(std::memory_order_relaxed) && try_reserve(); }
  void give_back();
  void put_to_work(int fd, const sockaddr& local, socklen_t local_length, const sockaddr& remote,
                   socklen_t remote_length);
  // Hook child_stopping: connections end as they can, or now.
  void stop(bool graceful);
  // Waits until nothing is left, or as long as drainTimeout and the parent allow. Main thread.
  void wait_for_end();

  bool draining() const { return draining_.load(std::memory_order_relaxed); }
  const config::ReactorElement& settings() const { return settings_; }
  void connection_closed();

 private:
  Child(const config::ReactorElement& settings, server_rec* server);
  bool try_reserve();
  bool make_room();
  bool is_for_reactor(const conn_rec* c) const;
  void find_http2_ports(server_rec* server);
  bool is_http2_port(uint16_t port) const;
  void publish();
  void publish_slowly();
  void end_killed_tunnels();

  config::ReactorElement settings_;
  server_rec* server_;
  apr_pool_t* pool_ = nullptr;
  std::vector<std::unique_ptr<ServingThread>> threads_;
  std::unique_ptr<reactor::HelperPool> helpers_;
  std::unique_ptr<reactor::Watchdog> watchdog_;
  std::vector<uint16_t> http2_ports_;  // 0: every port
  std::vector<int> gap_sockets_;       // see gap_listener.h
  std::atomic<size_t> connections_{0}, next_thread_{0};
  size_t limit_ = 0;
  std::mutex room_guard_;
  std::condition_variable room_;
  std::atomic<int> waiting_for_room_{0};
  std::atomic<bool> draining_{false}, ending_{false};
};

}  // namespace navajo::glue
