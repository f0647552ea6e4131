#include "modules/mod_navajo/connection.h"

#include <cstring>

#include "modules/mod_navajo/child.h"
#include "modules/mod_navajo/client_tls.h"
#include "modules/mod_navajo/mpm_state.h"
#include "modules/mod_navajo/serving_thread.h"
#include "modules/mod_navajo/tcp_connections.h"
#include "navajo/observe/log.h"

namespace navajo::glue {
namespace {

using reactor::Deadline;
using namespace std::chrono_literals;

constexpr auto kLingerStep = 2s;    // without a byte from the client
constexpr auto kLingerTotal = 30s;  // httpd's MAX_SECS_TO_LINGER
constexpr auto kFlushAtClose = 2s;
// An idle connection of a child that ends still answers a request that is under way, this long.
constexpr auto kDrainIdle = 1s;

// Filters of a plain connection that keep nothing between requests; with any other in the chain (a module may
// have bound state to the connection) it does not hibernate.
bool is_stateless(const ap_filter_rec_t* filter) {
  return ClientIo::owns(filter) || filter == ap_core_input_filter_handle || filter == ap_core_output_filter_handle ||
         !strcasecmp(filter->name, "log_input_output");
}

// httpd (seen in 2.4.71, ap_read_request) empties its own input filter when a request line is unusable; that filter
// makes its brigades with the first read, and nobody ever reads through it here.
void prepare_core_input(conn_rec* c) {
  for (ap_filter_t* f = c->input_filters; f; f = f->next) {
    if (f->frec != ap_core_input_filter_handle) continue;
    auto* net = static_cast<core_net_rec*>(f->ctx);
    if (net->in_ctx) return;
    net->in_ctx = static_cast<core_ctx_t*>(apr_pcalloc(c->pool, sizeof(core_ctx_t)));
    net->in_ctx->b = apr_brigade_create(c->pool, c->bucket_alloc);
    net->in_ctx->tmpbb = apr_brigade_create(c->pool, c->bucket_alloc);
  }
}

std::chrono::microseconds as_duration(apr_interval_time_t time) { return std::chrono::microseconds(time); }

}  // namespace

Connection::Connection(int fd, const sockaddr& local, socklen_t local_length, const sockaddr& remote,
                       socklen_t remote_length)
    : taken_fd_(fd) {
  run = &Connection::arrive;
  const auto keep = [](Address& address, const sockaddr& from, socklen_t length) {
    address.length = std::min<socklen_t>(length, sizeof(sockaddr_in6));
    memcpy(&address.any, &from, address.length);
  };
  keep(local_, local, local_length);
  keep(remote_, remote, remote_length);
}

Connection::~Connection() { thread_->count_state(state_, -1); }

Connection* Connection::current() {
  const reactor::Fiber* fiber = reactor::Fiber::current();
  return fiber ? static_cast<Connection*>(fiber->owner) : nullptr;
}

Connection* Connection::of(const conn_rec* c) {
  return static_cast<Connection*>(ap_get_module_config(c->conn_config, &navajo_module));
}

void Connection::give_to(ServingThread& thread) {
  thread_ = &thread;
  thread.loop().post(*this);
}

void Connection::arrive(reactor::Reactor::Message* message) {
  auto* self = static_cast<Connection*>(message);
  self->thread_->add(*self);
  self->thread_->count_state(State::fresh, +1);
  if (!self->stream_.socket().adopt(self->taken_fd_).ok()) return self->close_now();
  self->descriptor().set_not_readable();  // the registration tells what is there already
  self->descriptor().observe(self);
  if (self->thread_->child().draining() && self->thread_->loop().stopping()) return self->close_now();
  // No HTTP: nobody waits for the client's first byte, since the backend may be the one that speaks first.
  if (const edge::TcpConnector* connector = tcp_connector_at(self->local_.any)) {
    self->next_ = make_tcp_connection(*connector, self->remote_.any, self->remote_.length, self->local_.any,
                                      self->local_.length);
    return self->start_fiber();
  }
  // The first byte has the time the header has (mod_reqtimeout counts from the accept as well).
  const auto limit = server_config(ap_server_conf).header.initial;
  self->give_up_ = Deadline::after(limit.count() > 0 ? reactor::Duration(limit) : as_duration(ap_server_conf->timeout));
  self->timer_.arm(self->give_up_);
}

void Connection::become(State state) {
  thread_->count_state(state_, -1);
  state_ = state;
  thread_->count_state(state_, +1);
}

// ---------------------------------------------------------------- events

void Connection::on_event(reactor::Descriptor& descriptor) {
  switch (state_) {
    case State::busy:
      return;  // the fiber looks at the flags when it waits next
    case State::kept:
      return;  // its continuation observes the descriptor itself
    case State::lingering:
      return drain_input();
    case State::fresh:
    case State::hibernated:
      if (descriptor.hung_up()) return close_now();
      if (descriptor.peer_finished()) {
        char byte;
        if (recv(descriptor.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0) return close_now();
      }
      if (descriptor.readable()) start_fiber();
      return;
    case State::idle:
      if (descriptor.readable()) start_fiber();
      return;
  }
}

void Connection::on_timer(void* self) { static_cast<Connection*>(self)->time_out(); }

void Connection::time_out() {
  const bool over = give_up_.passed(thread_->loop().now());
  switch (state_) {
    case State::busy:
    case State::kept:
      return;
    case State::lingering:  // not a byte for kLingerStep, or long enough altogether
      return close_now();
    case State::fresh:
    case State::hibernated:
      if (over) {
        if (stream_.ssl()) (void)stream_.finish_write_available();
        return close_now();
      }
      timer_.arm(give_up_);
      return;
    case State::idle:
      if (over) {
        closing_ = true;
        return start_fiber();  // close_notify and pre_close hooks may wait
      }
      if (may_hibernate()) hibernate();
      timer_.arm(give_up_);
      return;
  }
}

void Connection::drain() {
  if (state_ == State::busy || state_ == State::kept || state_ == State::lingering) return;
  give_up_ = give_up_.earlier(Deadline::after(kDrainIdle));
  timer_.arm(give_up_);
}

void Connection::shed() {
  if (state_ == State::hibernated || state_ == State::fresh) return close_now();
  if (state_ != State::idle) return;
  closing_ = true;
  start_fiber();
}

// ---------------------------------------------------------------- serving

void Connection::start_fiber() {
  timer_.disarm();
  thread_->set_not_idle(*this);
  if (state_ == State::hibernated) observe::count(observe::Counter::wake_ups);
  thread_->fit_memory_to_load();
  if (!thread_->loop().spawn(&Connection::run_on_fiber, this, this)) close_now();
}

void Connection::run_on_fiber(void* self) { static_cast<Connection*>(self)->serve(); }

void Connection::before_park(void* self) { (void)static_cast<Connection*>(self)->io_.flush(); }

bool Connection::build_record() {
  if (apr_pool_create_ex(&pool_, thread_->root_pool(), nullptr, thread_->allocator()) != APR_SUCCESS) {
    pool_ = nullptr;
    return false;
  }
  apr_pool_tag(pool_, "navajo_connection");
  apr_os_sock_info_t info{};
  int fd = descriptor().fd();
  info.os_sock = &fd;
  info.local = &local_.any;
  info.remote = &remote_.any;
  info.family = local_.any.sa_family;
  info.type = SOCK_STREAM;
  info.protocol = APR_PROTO_TCP;
  if (apr_os_sock_make(&apr_socket_, &info, pool_) != APR_SUCCESS) {
    drop_record();
    return false;
  }
  apr_bucket_alloc_t* buckets = apr_bucket_alloc_create(pool_);
  c_ = ap_run_create_connection(pool_, ap_server_conf, apr_socket_, thread_->next_connection_id(), nullptr, buckets);
  if (!c_) {
    // httpd (seen in 2.4.71, core_create_conn) closes the socket of a peer that is gone already. The number may be
    // somebody else's by now.
    if (apr_os_sock_get(&fd, apr_socket_) != APR_SUCCESS || fd < 0) stream_.socket().abandon();
    drop_record();
    return false;
  }
  c_->current_thread = thread_->apr_thread();
  c_->keepalives = keepalives_;
  attach_mpm_state(c_, apr_socket_);
  ap_set_module_config(c_->conn_config, &navajo_module, this);
  ap_update_vhost_given_ip(c_);
  io_.set_timeout(as_duration(c_->base_server->timeout), *thread_->child().settings().min_read_rate);
  const int rc = ap_pre_connection(c_, apr_socket_);
  prepare_core_input(c_);
  if (rc != OK && rc != DONE) return false;
  tls_ = ap_ssl_conn_is_ssl(c_);
  if (keepalives_ > 0)
    c_->keepalive = AP_CONN_KEEPALIVE;
  else
    io_.begin_stage(tls_ && !stream_.ssl() ? ClientIo::Stage::handshake : ClientIo::Stage::header);
  return true;
}

void Connection::drop_record() {
  if (!pool_) return;
  // The socket is ours; apr must not close it with the pool.
  if (apr_socket_) {
    int none = -1;
    apr_os_sock_put(&apr_socket_, &none, pool_);
  }
  io_.forget();
  mod_ssl_.reset();
  if (c_) c_->cs = nullptr;
  apr_pool_destroy(pool_);
  pool_ = nullptr;
  apr_socket_ = nullptr;
  c_ = nullptr;
}

void Connection::serve() {
  become(State::busy);
  reactor::Fiber& fiber = *reactor::Fiber::current();
  fiber.before_park(&Connection::before_park, this);
  if (next_ && !c_) {
    if (!begin_continuation()) return;
  } else if (!c_ && !build_record()) {
    closing_ = true;
  }
  while (!closing_) {
    score_row_ = thread_->take_score_row(c_);
    closing_ = !serve_requests();
    if (!next_) break;
    if (!go_on()) return;
  }
  if (closing_)
    close_politely();
  else
    rest();
}

// The request asked for the connection to become something else. False: it has, and needs no fiber.
bool Connection::go_on() {
  thread_->give_score_row(c_, score_row_);
  score_row_ = -1;
  const bool usable = !c_->aborted && !thread_->loop().stopping() && can_continue() &&
                      take_over(c_, io_, std::move(mod_ssl_), stream_);
  drop_record();
  if (usable) return begin_continuation();
  continuation_ = std::move(next_);
  closing_ = true;
  return true;
}

bool Connection::begin_continuation() {
  continuation_ = std::move(next_);
  closing_ = true;
  if (thread_->loop().stopping()) return true;
  switch (continuation_->run(*this)) {
    case Continuation::Next::keep: become(State::kept); return false;
    case Continuation::Next::serve: closing_ = !build_record(); break;
    case Continuation::Next::close: break;
  }
  return true;
}

// True: the connection stays open for more.
bool Connection::serve_requests() {
  while (true) {
    c_->cs->state = CONN_STATE_READ_REQUEST_LINE;
    const int rc = ap_run_process_connection(c_);
    (void)io_.flush();
    if (next_) return false;
    if ((rc != OK && rc != DONE) || c_->cs->state != CONN_STATE_WRITE_COMPLETION ||
        c_->keepalive != AP_CONN_KEEPALIVE || c_->aborted || thread_->loop().stopping())
      return false;
    io_.begin_stage(ClientIo::Stage::none);
    if (c_->data_in_input_filters || io_.has_input()) continue;
    // An edge that came while the response was written is looked at now: nobody will repeat it.
    if (!stream_.is_idle_and_open()) continue;
    return true;
  }
}

void Connection::rest() {
  thread_->give_score_row(c_, score_row_);
  score_row_ = -1;
  stream_.release_buffers();
  become(State::idle);
  thread_->set_idle(*this);
  give_up_ = Deadline::after(as_duration(c_->base_server->keep_alive_timeout));
  if (thread_->child().draining()) give_up_ = give_up_.earlier(Deadline::after(kDrainIdle));
  const auto hibernate_after = *thread_->child().settings().hibernate_after;
  const bool hibernates = hibernate_after.count() > 0 && may_hibernate();
  timer_.arm(hibernates ? give_up_.earlier(Deadline::after(hibernate_after)) : give_up_);
}

bool Connection::may_hibernate() const {
  // TLS of mod_ssl is bound to the conn_rec; that of an intercepted connection is the stream's.
  if ((tls_ && !stream_.ssl()) || !c_ || c_->data_in_input_filters) return false;
  for (const ap_filter_t* f = c_->input_filters; f; f = f->next)
    if (!is_stateless(f->frec)) return false;
  for (const ap_filter_t* f = c_->output_filters; f; f = f->next)
    if (!is_stateless(f->frec)) return false;
  return true;
}

void Connection::hibernate() {
  keepalives_ = c_->keepalives;
  thread_->fit_memory_to_load();
  drop_record();
  become(State::hibernated);
  observe::count(observe::Counter::hibernations);
}

bool Connection::aborts_on_half_close() const {
  return *thread_->child().settings().client_half_close == config::ClientHalfClose::abort;
}

// ---------------------------------------------------------------- the end

void Connection::close_politely() {
  if (!stream_.is_open() || (!c_ && !continuation_)) return close_now();
  bool short_linger = false;
  bool linger = !thread_->loop().stopping();
  io_.set_timeout(kFlushAtClose, 0);
  if (c_) {
    short_linger = apr_table_get(c_->notes, "short-lingering-close") != nullptr;
    if (reset_on_close_ || ap_prep_lingering_close(c_)) {
      linger = false;
    } else {
      ap_flush_conn(c_);  // close_notify and whatever was gathered
      linger = linger && !c_->aborted;
    }
    thread_->give_score_row(c_, score_row_);
    score_row_ = -1;
  }
  if (reset_on_close_) {
    const struct linger now{1, 0};
    setsockopt(descriptor().fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  drop_record();
  if (!linger || descriptor().hung_up()) return close_now();
  (void)stream_.finish_write(Deadline::after(kFlushAtClose));
  become(State::lingering);
  give_up_ = Deadline::after(short_linger ? reactor::Duration(kLingerStep) : reactor::Duration(kLingerTotal));
  descriptor().assume_readable();
  drain_input();
}

void Connection::drain_input() {
  char sink[4096];
  while (true) {
    const reactor::IoResult result = stream_.socket().read_available(sink);
    if (!result.ok()) return close_now();
    if (result.bytes == 0) break;
    if (give_up_.passed(thread_->loop().now())) return close_now();
  }
  timer_.arm(give_up_.earlier(Deadline::after(kLingerStep)));
}

void Connection::end_lingering() {
  (void)stream_.finish_write_available();
  descriptor().observe(this);
  become(State::lingering);
  give_up_ = Deadline::after(kLingerStep);
  descriptor().assume_readable();
  drain_input();
}

void Connection::close_now() {
  Child& child = thread_->child();
  if (reactor::Fiber* fiber = reactor::Fiber::current(); fiber && fiber->owner == this) {
    fiber->owner = nullptr;
    fiber->before_park(nullptr, nullptr);
  }
  if (c_ && score_row_ >= 0) thread_->give_score_row(c_, score_row_);
  drop_record();
  continuation_.reset();  // it may be looking at the stream
  stream_.close();
  delete this;
  child.connection_closed();
}

}  // namespace navajo::glue
