#include "modules/mod_navajo/serving_thread.h"

#include <openssl/err.h>
#include <signal.h>
#include <unistd.h>

#include "modules/mod_navajo/child.h"
#include "modules/mod_navajo/mpm_state.h"
#include "navajo/tunnel/tunnel.h"

namespace navajo::glue {
namespace {

// What another fiber's TLS left in this thread's error queue must not be read as this one's failure. tls::Stream looks
// after itself; mod_ssl does not always.
void forget_tls_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

observe::Gauge gauge_of(Connection::State state) {
  switch (state) {
    case Connection::State::busy:
      return observe::Gauge::connections_busy;
    case Connection::State::idle:
      return observe::Gauge::connections_idle;
    case Connection::State::hibernated:
      return observe::Gauge::connections_hibernated;
    case Connection::State::lingering:
      return observe::Gauge::connections_lingering;
    case Connection::State::kept:  // not asked for: tunnels have numbers of their own
    case Connection::State::fresh:
      break;
  }
  return observe::Gauge::connections_fresh;
}

// Connections of one reactor share one allocator: memory of a closed one serves the next at once. What it keeps
// beyond what is in use is bounded.
constexpr apr_size_t kKeptWhenQuiet = 4 << 20, kKeptUnderLoad = 64 << 20;
constexpr uint64_t kLoadBegins = 64, kLoadEnds = 16;  // requests at once

thread_local ServingThread* t_self = nullptr;

reactor::ReactorOptions with_hooks(reactor::ReactorOptions options) {
  if (ap_find_linked_module("mod_ssl.c")) options.after_resume = forget_tls_errors;
  return options;
}

}  // namespace

apr_pool_t* make_shared_pool() {
  apr_allocator_t* allocator;
  apr_pool_t* pool;
  apr_allocator_create(&allocator);
  apr_pool_create_ex(&pool, nullptr, nullptr, allocator);
  apr_allocator_owner_set(allocator, pool);
  apr_thread_mutex_t* mutex;
  apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, pool);
  apr_allocator_mutex_set(allocator, mutex);
  return pool;
}

ServingThread::ServingThread(Child& child, reactor::ReactorOptions options, std::vector<int> score_rows)
    : child_(child),
      reactor_(with_hooks(options)),
      // Ids of the reactors' connections never meet each other's or the MPM's (mod_unique_id relies on it).
      last_id_(static_cast<long>(options.number) << 40),
      free_rows_(std::move(score_rows)) {
  root_ = make_shared_pool();
  allocator_ = apr_pool_allocator_get(root_);
  allocator_mutex_ = apr_allocator_mutex_get(allocator_);
  apr_allocator_mutex_set(allocator_, nullptr);
  apr_allocator_max_free_set(allocator_, kKeptWhenQuiet);
  drain_order_.thread = shed_order_.thread = this;
  drain_order_.run = [](reactor::Reactor::Message* m) { static_cast<Order*>(m)->thread->drain(); };
  gap_order_.thread = this;
  gap_order_.run = [](reactor::Reactor::Message* m) {
    ServingThread& thread = *static_cast<Order*>(m)->thread;
    thread.gap_ = std::make_unique<GapListener>(thread, std::move(thread.gap_sockets_));
  };
  kill_order_.run = [](reactor::Reactor::Message* m) {
    static_cast<Order*>(m)->sent.store(false);
    tunnel::end_killed_tunnels();
  };
  shed_order_.run = [](reactor::Reactor::Message* m) {
    auto* order = static_cast<Order*>(m);
    order->sent.store(false);
    order->thread->shed_one();
  };
}

// The pool and its allocator go with the process: a fiber that never came back may still use them.
ServingThread::~ServingThread() = default;

// A dozen locks in a request, for a thread that in most servers is alone with its pools: the lock comes with the first
// job for a helper, and stays.
void ServingThread::lock_allocator() {
  if (t_self) apr_allocator_mutex_set(t_self->allocator_, t_self->allocator_mutex_);
}

bool ServingThread::start(apr_pool_t* pool) {
  return ap_thread_create(&thread_, nullptr, &ServingThread::run, this, pool) == APR_SUCCESS;
}

void* APR_THREAD_FUNC ServingThread::run(apr_thread_t* thread, void* argument) {
  auto& self = *static_cast<ServingThread*>(argument);
  self.thread_ = thread;
  t_self = &self;
  // The MPM's threads have every signal blocked; this one answers the watchdog (navajo/reactor/culprit.h).
  sigset_t watchdog;
  sigemptyset(&watchdog);
  sigaddset(&watchdog, SIGURG);
  pthread_sigmask(SIG_UNBLOCK, &watchdog, nullptr);
  self.reactor_.run();
  self.gap_.reset();
  std::vector<Connection*> left;
  self.all_.for_each([&](Connection& connection) {
    if (connection.state() != Connection::State::busy) left.push_back(&connection);
  });
  for (Connection* connection : left) connection->close_now();
  return nullptr;
}

void ServingThread::join() {
  apr_status_t ignored;
  if (thread_) apr_thread_join(&ignored, thread_);
}

void ServingThread::ask_to_drain() {
  if (!drain_order_.sent.exchange(true)) reactor_.post(drain_order_);
}

void ServingThread::ask_to_shed() {
  if (!shed_order_.sent.exchange(true)) reactor_.post(shed_order_);
}

void ServingThread::ask_to_end_killed_tunnels() {
  if (!kill_order_.sent.exchange(true)) reactor_.post(kill_order_);
}

void ServingThread::ask_to_bridge_the_gap(std::vector<int> sockets) {
  if (gap_order_.sent.exchange(true)) return;
  gap_sockets_ = std::move(sockets);
  bridging_.store(true);
  reactor_.post(gap_order_);
}

void ServingThread::end_gap() {
  gap_.reset();
  bridging_.store(false);
}

void ServingThread::drain() {
  all_.for_each([](Connection& connection) { connection.drain(); });
}

void ServingThread::shed_one() {
  if (Connection* oldest = idle_.front()) oldest->shed();
}

void ServingThread::add(Connection& connection) { all_.push_back(connection.all_link_); }
void ServingThread::set_idle(Connection& connection) { idle_.push_back(connection.idle_link_); }
void ServingThread::set_not_idle(Connection& connection) { connection.idle_link_.unlink(); }

void ServingThread::fit_memory_to_load() {
  const uint64_t busy = reactor_.stats().fibers_live.load(std::memory_order_relaxed);
  if (keeps_much_ ? busy > kLoadEnds : busy < kLoadBegins) return;
  keeps_much_ = !keeps_much_;
  apr_allocator_max_free_set(allocator_, keeps_much_ ? kKeptUnderLoad : kKeptWhenQuiet);
}

void ServingThread::count_state(Connection::State state, int by) {
  if (state == Connection::State::kept) return;
  observe::gauge(gauge_of(state)).fetch_add(by, std::memory_order_relaxed);
}

// ---------------------------------------------------------------- scoreboard

// ThreadLimit above ThreadsPerChild leaves rows the MPM never uses and mod_status shows all the same.
int ServingThread::take_score_row(conn_rec* c) {
  if (mpm_child_number() < 0 || free_rows_.empty()) return -1;
  if (row_handles_.empty()) {
    // A crashed child may have left its last requests in these rows.
    pid_ = getpid();  // a system call since glibc 2.25: not for each request
    for (const int row : free_rows_) {
      if (static_cast<size_t>(row) >= row_handles_.size()) row_handles_.resize(row + 1);
      ap_create_sb_handle(&row_handles_[row], root_, mpm_child_number(), row);
      ap_update_child_status(row_handles_[row], SERVER_DEAD, nullptr);
    }
  }
  const int row = free_rows_.back();
  free_rows_.pop_back();
  if (worker_score* score = ap_get_scoreboard_worker(row_handles_[row])) {
    score->pid = pid_;
    score->tid = apr_os_thread_current();
  }
  c->sbh = row_handles_[row];
  return row;
}

void ServingThread::give_score_row(conn_rec* c, int row) {
  if (row < 0) return;
  ap_update_child_status(row_handles_[row], SERVER_DEAD, nullptr);
  free_rows_.push_back(row);
  if (c) c->sbh = nullptr;
}

}  // namespace navajo::glue
