// One reactor thread of a child and what belongs to it: the allocator its connections share, its connections, the
// scoreboard rows it shows busy ones in. Made by Child; all but the constructor and give() run on its own thread.
#pragma once

#include <array>
#include <vector>

#include "modules/mod_navajo/connection.h"
#include "modules/mod_navajo/gap_listener.h"
#include "navajo/observe/status_segment.h"

namespace navajo::glue {

class Child;

// A root pool with an allocator of its own that several threads may use. Never destroyed: it goes with the process.
apr_pool_t* make_shared_pool();

class ServingThread {
 public:
  ServingThread(Child& child, reactor::ReactorOptions options, std::vector<int> score_rows);
  ~ServingThread();

  // Starts the thread; false when httpd could not.
  bool start(apr_pool_t* pool);
  void join();

  reactor::Reactor& loop() { return reactor_; }
  Child& child() { return child_; }
  apr_thread_t* apr_thread() const { return thread_; }
  apr_pool_t* root_pool() const { return root_; }
  apr_allocator_t* allocator() const { return allocator_; }
  // Of the thread that calls, if it is one of these: its pools are shared with a helper thread from now on.
  static void lock_allocator();
  // How much freed memory the connections' allocator keeps: much under load (a thousand requests that come and go must
  // not be a thousand mmap and munmap), little when it is quiet.
  void fit_memory_to_load();
  long next_connection_id() { return ++last_id_; }

  // Messages for the thread, any thread may send them.
  void ask_to_drain();
  void ask_to_shed();
  void ask_to_end_killed_tunnels();
  void ask_to_bridge_the_gap(std::vector<int> sockets);
  bool bridges_the_gap() const { return bridging_.load(); }
  void end_gap();

  void add(Connection& connection);
  void set_idle(Connection& connection);
  void set_not_idle(Connection& connection);
  void count_state(Connection::State state, int by);

  // The scoreboard row of an active request; -1 when there is none left (or scoreboard="off").
  int take_score_row(conn_rec* c);
  void give_score_row(conn_rec* c, int row);

 private:
  struct Order : reactor::Reactor::Message {
    ServingThread* thread = nullptr;
    std::atomic<bool> sent{false};
  };
  static void* APR_THREAD_FUNC run(apr_thread_t* thread, void* self);
  void drain();
  void shed_one();

  Child& child_;
  reactor::Reactor reactor_;
  apr_allocator_t* allocator_ = nullptr;
  apr_thread_mutex_t* allocator_mutex_ = nullptr;  // not the allocator's yet, as long as nobody else uses it
  apr_pool_t* root_ = nullptr;
  apr_thread_t* thread_ = nullptr;
  reactor::List<Connection> all_, idle_;
  long last_id_;
  bool keeps_much_ = false;
  pid_t pid_ = 0;
  std::vector<int> free_rows_;
  std::vector<ap_sb_handle_t*> row_handles_;
  Order drain_order_, shed_order_, gap_order_, kill_order_;
  std::vector<int> gap_sockets_;
  std::unique_ptr<GapListener> gap_;
  std::atomic<bool> bridging_{false};
};

}  // namespace navajo::glue
