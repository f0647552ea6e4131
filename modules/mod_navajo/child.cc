#include "modules/mod_navajo/child.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "modules/mod_navajo/child_replacement.h"
#include "modules/mod_navajo/direct_accept.h"
#include "modules/mod_navajo/gap_listener.h"
#include "modules/mod_navajo/mpm_state.h"
#include "modules/mod_navajo/request_log.h"
#include "modules/mod_navajo/tcp_connections.h"
#include "navajo/connector/connector.h"
#include "navajo/observe/log.h"
#include "navajo/observe/process_use.h"
#include "navajo/reactor/current.h"
#include "navajo/reactor/resolver.h"
#include "navajo/tunnel/tunnel_list.h"

namespace navajo::glue {
namespace {

using reactor::Deadline;
using namespace std::chrono_literals;

Child* g_child = nullptr;
std::atomic<bool> g_terminated{false};

// Files, logs, listeners, the resolver: descriptors that are neither a client's nor a backend's.
constexpr rlim_t kOtherDescriptors = 256;
constexpr auto kStopLimit = 3s;  // the parent kills after 10

// Lowered silently when maxConnections was not asked for.
size_t affordable_connections(const config::Attribute<unsigned>& asked) {
  const size_t wanted = *asked;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  // A proxied client needs a second descriptor for its backend.
  const size_t affordable = limit.rlim_cur > 2 * kOtherDescriptors ? (limit.rlim_cur - kOtherDescriptors) / 2 : 64;
  if (affordable >= wanted) return wanted;
  if (asked.given)
    observe::log(observe::id::connection_limit_lowered,
               "maxConnections %zu needs more than the %llu open files this process may have: %zu connections are "
               "allowed; raise LimitNOFILE (ulimit -n) or lower maxConnections",
               wanted, static_cast<unsigned long long>(limit.rlim_cur), affordable);
  return affordable;
}

// Nobody but mod_status reads the scoreboard's rows, and filling them costs every request.
std::vector<std::vector<int>> deal_score_rows(bool wanted, size_t threads) {
  std::vector<std::vector<int>> dealt(threads);
  int used = 0, limit = 0;
  if (!wanted || !ap_find_linked_module("mod_status.c") || ap_mpm_query(AP_MPMQ_MAX_THREADS, &used) != APR_SUCCESS ||
      ap_mpm_query(AP_MPMQ_HARD_LIMIT_THREADS, &limit) != APR_SUCCESS)
    return dealt;
  for (int row = limit - 1; row >= used; row--) dealt[row % threads].push_back(row);
  return dealt;
}

// Helper threads run hooks, and hooks keep data in their apr thread.
std::function<void()> start_apr_thread(apr_pool_t* pool, std::function<void()> body) {
  auto* kept = new std::function<void()>(std::move(body));
  apr_thread_t* thread = nullptr;
  const auto entry = [](apr_thread_t*, void* argument) -> void* {
    auto* function = static_cast<std::function<void()>*>(argument);
    (*function)();
    delete function;
    return nullptr;
  };
  if (ap_thread_create(&thread, nullptr, entry, kept, pool) != APR_SUCCESS) {
    delete kept;
    return [] {};
  }
  return [thread] {
    apr_status_t ignored;
    apr_thread_join(&ignored, thread);
  };
}

}  // namespace

Child* Child::current() { return g_child; }

Child::Child(const config::ReactorElement& settings, server_rec* server) : settings_(settings), server_(server) {}

Child::~Child() { g_child = nullptr; }

std::unique_ptr<Child> Child::start(apr_pool_t* pool, server_rec* server, const config::ReactorElement& settings) {
  if (!*settings.enabled) return nullptr;
  if (strcmp(ap_show_mpm(), "event") != 0) {
    observe::log(observe::id::reactor_not_used, "the %s MPM serves connections on its own threads: no reactor",
                 ap_show_mpm());
    return nullptr;
  }
  std::unique_ptr<Child> child(new Child(settings, server));
  child->pool_ = pool;
  child->limit_ = affordable_connections(settings.max_connections);
  child->find_http2_ports(server);
  child->gap_sockets_ = GapListener::copy_sockets(child->http2_ports_);
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  const size_t threads = *settings.threads > 0 ? *settings.threads : std::min(cores, reactor::kMaxReactors - 1);
  auto rows = deal_score_rows(*settings.scoreboard, threads);
  apr_pool_t* own_pool = make_shared_pool();
  reactor::HelperPoolOptions helpers;
  helpers.start_thread = [own_pool](std::function<void()> body) { return start_apr_thread(own_pool, std::move(body)); };
  helpers.before_sharing = &ServingThread::lock_allocator;
  child->helpers_ = std::make_unique<reactor::HelperPool>(std::move(helpers));
  reactor::HelperPool::set_current(child->helpers_.get());
  std::vector<reactor::Reactor*> watched;
  for (size_t i = 0; i < threads; i++) {
    reactor::ReactorOptions options;
    options.number = i + 1;
    options.stack_size = *settings.stack;
    options.max_fibers = std::min<size_t>(options.max_fibers, child->limit_);
    options.paint_stacks = getenv("NAVAJO_PAINT_STACKS") != nullptr;
    child->threads_.push_back(std::make_unique<ServingThread>(*child, options, std::move(rows[i])));
    watched.push_back(&child->threads_.back()->loop());
  }
  reactor::WatchdogOptions watchdog;
  watchdog.warning = settings.stall_warning->count() > 0 ? *settings.stall_warning : std::chrono::hours(24 * 365);
  watchdog.limit = *settings.stall_limit;
  watchdog.every_half_second = [raw = child.get()] { raw->publish(); };
  child->watchdog_ = std::make_unique<reactor::Watchdog>(std::move(watchdog), std::move(watched));
  g_child = child.get();
  for (auto& thread : child->threads_)
    if (!thread->start(own_pool)) {
      observe::log(observe::id::reactor_not_used, "a reactor thread could not be started: no reactor in this child");
      g_child = nullptr;
      for (auto& started : child->threads_) started->loop().stop(Deadline::after(kStopLimit));
      for (auto& started : child->threads_) started->join();
      return nullptr;
    }
  child->watchdog_->start();
  observe::gauge(observe::Gauge::reactors).store(static_cast<int64_t>(threads));
  observe::gauge(observe::Gauge::connections_limit).store(static_cast<int64_t>(child->limit_));
  return child;
}

void Child::find_http2_ports(server_rec* server) {
  if (!ap_find_linked_module("mod_http2.c")) return;
  for (server_rec* s = server; s; s = s->next) {
    if (tcp_connector_of(s)) continue;
    for (const char* protocol : {"h2", "h2c"})
      if (ap_is_allowed_protocol(nullptr, nullptr, s, protocol))
        for (const server_addr_rec* address = s->addrs; address; address = address->next)
          http2_ports_.push_back(address->host_port);
  }
}

// mod_http2 runs a session loop that blocks its thread, so its listeners stay with the MPM. Which protocol a client
// will speak is known only later: the port decides.
bool Child::is_http2_port(uint16_t port) const {
  return std::any_of(http2_ports_.begin(), http2_ports_.end(),
                     [port](uint16_t http2) { return http2 == 0 || http2 == port; });
}

bool Child::is_for_reactor(const conn_rec* c) const {
  if (tcp_connector_of(c->base_server)) return true;
  return server_config(c->base_server).reactor != ServerConfig::Reactor::off && !is_http2_port(c->local_addr->port);
}

bool Child::takes_all_at(const apr_sockaddr_t& bound) const {
  if (tcp_connector_at(reinterpret_cast<const sockaddr&>(bound.sa))) return true;
  for (const server_rec* host = server_; host; host = host->next) {
    if (server_config(host).reactor != ServerConfig::Reactor::off || tcp_connector_of(host)) continue;
    if (!host->addrs) return false;  // whatever no other host wants
    for (const server_addr_rec* address = host->addrs; address; address = address->next)
      if (address->host_port == 0 || address->host_port == bound.port) return false;
  }
  return !is_http2_port(bound.port);
}

// A place for one more connection, if there is one below the limit.
bool Child::try_reserve() {
  size_t open = connections_.load(std::memory_order_relaxed);
  while (open < limit_)
    if (connections_.compare_exchange_weak(open, open + 1)) return true;
  return false;
}

bool Child::make_room() {
  if (try_reserve()) return true;
  observe::count(observe::Counter::refused_at_cap);
  // This MPM thread waits, and with all of them waiting the MPM stops accepting: clients queue in the backlog.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(server_->timeout);
  std::unique_lock lock(room_guard_);
  waiting_for_room_++;
  bool found = false;
  while (!found && !ending_) {
    for (auto& thread : threads_) thread->ask_to_shed();
    if (room_.wait_until(lock, std::min(deadline, std::chrono::steady_clock::now() + 1s)) == std::cv_status::timeout &&
        std::chrono::steady_clock::now() >= deadline)
      break;
    found = try_reserve();
  }
  waiting_for_room_--;
  return found;
}

void Child::connection_closed() {
  observe::gauge(observe::Gauge::connections_live).fetch_sub(1, std::memory_order_relaxed);
  give_back();
}

void Child::give_back() {
  connections_.fetch_sub(1);
  if (waiting_for_room_.load() == 0 && !draining()) return;
  std::lock_guard lock(room_guard_);
  room_.notify_all();
}

bool Child::take(conn_rec* c, apr_socket_t* socket) {
  if (ending_.load(std::memory_order_relaxed) || !is_for_reactor(c)) return false;
  if (!have_mpm_template() && !make_mpm_template(pool_, c)) {
    static std::atomic<bool> said{false};
    if (!said.exchange(true))
      observe::log(observe::id::reactor_not_used, "this httpd's event MPM is not known to Navajo: connections stay on "
                                                  "its threads");
    return false;
  }
  if (!make_room()) {
    if (!ending_.load())
      observe::log(observe::id::connection_limit_reached,
                   "%zu connections are open and none ended for a whole Timeout: client %s refused", limit_,
                   c->client_ip);
    return !ending_.load();  // a child that ends lets the MPM's thread serve it
  }
  int fd = -1, none = -1;
  if (apr_os_sock_get(&fd, socket) != APR_SUCCESS || fd < 0) {
    give_back();
    return false;
  }
  apr_os_sock_put(&socket, &none, c->pool);
  const apr_sockaddr_t& local = *c->local_addr;
  const apr_sockaddr_t& remote = *c->client_addr;
  put_to_work(fd, reinterpret_cast<const sockaddr&>(local.sa), local.salen,
              reinterpret_cast<const sockaddr&>(remote.sa), remote.salen);
  accept_directly(*this);
  return true;
}

void Child::put_to_work(int fd, const sockaddr& local, socklen_t local_length, const sockaddr& remote,
                        socklen_t remote_length) {
  auto* connection = new Connection(fd, local, local_length, remote, remote_length);
  observe::count(observe::Counter::connections_taken);
  observe::gauge(observe::Gauge::connections_live).fetch_add(1, std::memory_order_relaxed);
  const size_t next = next_thread_.fetch_add(1, std::memory_order_relaxed) % threads_.size();
  connection->give_to(*threads_[next]);
}

// What takes longer to look at: every other second.
void Child::publish_slowly() {
  static unsigned turns = 0;
  if (turns++ % 4 != 0) return;
  const connector::ConnectorTotals totals = connector::connector_totals();
  const auto set = [](observe::Gauge gauge, uint64_t value) {
    observe::gauge(gauge).store(static_cast<int64_t>(value), std::memory_order_relaxed);
  };
  set(observe::Gauge::backend_connections_idle, totals.idle);
  set(observe::Gauge::backend_calls_active, totals.active);
  set(observe::Gauge::backend_calls_waiting, totals.waiting);
  set(observe::Gauge::backends_drained, connector::drained_backends());
  if (const auto use = observe::allocator_use()) {
    set(observe::Gauge::allocator_allocated_bytes, use->allocated);
    set(observe::Gauge::allocator_active_bytes, use->active);
    set(observe::Gauge::allocator_resident_bytes, use->resident);
    set(observe::Gauge::allocator_retained_bytes, use->retained);
  }
}

// Tunnels an operator wants to end may be this child's.
void Child::end_killed_tunnels() {
  static uint64_t seen = 0;
  const tunnel::TunnelList* list = tunnel::process_tunnels();
  if (!list || list->kills() == seen) return;
  seen = list->kills();
  for (auto& thread : threads_) thread->ask_to_end_killed_tunnels();
}

void Child::publish() {
  struct Row {
    observe::Counter to;
    reactor::ReactorStats::Count reactor::ReactorStats::*from;
  };
  using C = observe::Counter;
  using S = reactor::ReactorStats;
  static constexpr Row rows[] = {
      {C::epoll_waits, &S::epoll_waits},       {C::events, &S::events},
      {C::fiber_switches, &S::fiber_switches}, {C::fibers_created, &S::fibers_created},
      {C::parks, &S::parks},                   {C::timeouts, &S::timeouts},
      {C::cancellations, &S::cancellations},   {C::no_progress, &S::no_progress},
  };
  // Only this thread counts these: what the slot lacks is the difference to what was told before.
  static uint64_t told[std::size(rows)], told_stalls, told_jobs, told_refused, told_queries, told_failures;
  const auto tell = [](observe::Counter counter, uint64_t& before, uint64_t now) {
    if (now > before) observe::count(counter, now - before);
    before = now;
  };
  for (size_t i = 0; i < std::size(rows); i++) {
    uint64_t sum = 0;
    for (const auto& thread : threads_) sum += (thread->loop().stats().*rows[i].from).load(std::memory_order_relaxed);
    tell(rows[i].to, told[i], sum);
  }
  uint64_t fibers = 0, pooled = 0, slowest = 0, deepest = 0;
  for (const auto& thread : threads_) {
    auto& stats = thread->loop().stats();
    fibers += stats.fibers_live.load(std::memory_order_relaxed);
    pooled += stats.stacks_pooled.load(std::memory_order_relaxed);
    deepest = std::max(deepest, stats.deepest_stack.load(std::memory_order_relaxed));
    slowest = std::max(slowest, stats.pass_max_us.exchange(0, std::memory_order_relaxed));
  }
  observe::gauge(observe::Gauge::fibers_live).store(static_cast<int64_t>(fibers), std::memory_order_relaxed);
  observe::gauge(observe::Gauge::stacks_pooled).store(static_cast<int64_t>(pooled), std::memory_order_relaxed);
  observe::gauge(observe::Gauge::stack_deepest_bytes).store(static_cast<int64_t>(deepest), std::memory_order_relaxed);
  observe::gauge(observe::Gauge::run_queue_delay_max_us)
      .store(static_cast<int64_t>(slowest), std::memory_order_relaxed);
  tell(observe::Counter::stalls, told_stalls, watchdog_->stats().stalls.load(std::memory_order_relaxed));
  const reactor::HelperPoolStats helpers = helpers_->stats();
  tell(observe::Counter::helper_jobs, told_jobs, helpers.completed);
  tell(observe::Counter::helper_refused, told_refused, helpers.refused);
  const reactor::ResolverStats names = reactor::Resolver::process_wide().stats();
  observe::gauge(observe::Gauge::requests_active).store(requests_in_work(), std::memory_order_relaxed);
  publish_slowly();
  end_killed_tunnels();
  tell(observe::Counter::dns_queries, told_queries, names.queries);
  tell(observe::Counter::dns_failures, told_failures, names.failures);
}

void Child::stop(bool graceful) {
  draining_.store(true);
  if (!graceful) {
    ending_.store(true);
    for (auto& thread : threads_) thread->loop().stop(Deadline::after(kStopLimit));
  } else {
    if (!gap_sockets_.empty() && (child_is_replaced() || GapListener::restart_is_under_way()))
      threads_.front()->ask_to_bridge_the_gap(std::move(gap_sockets_));
    for (auto& thread : threads_) thread->ask_to_drain();
  }
  std::lock_guard lock(room_guard_);
  room_.notify_all();
}

void Child::wait_for_end() {
  struct sigaction on_terminate {};
  on_terminate.sa_handler = [](int) { g_terminated.store(true); };
  sigaction(SIGTERM, &on_terminate, nullptr);
  const auto limit = std::chrono::steady_clock::now() + *settings_.drain_timeout;
  {
    std::unique_lock lock(room_guard_);
    const auto busy = [this] { return connections_ > 0 || threads_.front()->bridges_the_gap(); };
    while (!ending_ && busy() && !g_terminated && std::chrono::steady_clock::now() < limit)
      room_.wait_for(lock, 50ms);  // a signal handler cannot notify
    if (!ending_ && !g_terminated && connections_ > 0)
      observe::log(observe::id::drain_gave_up, "%zu connections were still busy after drainTimeout: ended",
                   connections_.load());
  }
  ending_.store(true);
  for (auto& thread : threads_) thread->loop().stop(Deadline::after(kStopLimit));
  for (auto& thread : threads_) thread->join();
  // publish() is its thread's until here, and looks at it.
  watchdog_->stop();
  publish();
  watchdog_.reset();
  reactor::HelperPool::set_current(nullptr);
}

}  // namespace navajo::glue
