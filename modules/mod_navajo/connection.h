// One client connection on a reactor. It was accepted by the MPM, but only its socket was taken; everything else is
// ours. Its states:
//
//   fresh       the socket and ~300 bytes: nothing was received yet
//   busy        a fiber runs httpd's process_connection on a conn_rec of ours
//   idle        between keep-alive requests: conn_rec, no fiber
//   hibernated  idle for longer: no conn_rec either, rebuilt by the next byte
//   kept        a continuation has it (a tunnel): neither conn_rec nor fiber
//   lingering   our side is closed; what still comes is drained, with no fiber
//
// Made on an MPM thread, then used by its reactor's thread only. Deletes itself when it is closed.
#pragma once

#include <sys/socket.h>

#include "modules/mod_navajo/client_connection.h"
#include "modules/mod_navajo/client_io.h"
#include "modules/mod_navajo/navajo_httpd.h"
#include "navajo/reactor/reactor.h"
#include "navajo/reactor/socket.h"

namespace navajo::glue {

class ServingThread;

class Connection final : public reactor::Reactor::Message,
                         public ClientConnection,
                         private reactor::Descriptor::Observer {
 public:
  enum class State : uint8_t { fresh, busy, idle, hibernated, kept, lingering };

  // Any thread; the addresses are copied.
  Connection(int fd, const sockaddr& local, socklen_t local_length, const sockaddr& remote, socklen_t remote_length);
  // The connection whose fiber runs here, or null.
  static Connection* current();
  // Null unless c lives on a reactor.
  static Connection* of(const conn_rec* c);

  // Hands it to its reactor; it must not be touched afterwards. Any thread.
  void give_to(ServingThread& thread);
  // pre_connection of our own conn_rec: puts the filters in place.
  void insert_filters(conn_rec* c) { io_.insert(c); }

  State state() const { return state_; }
  conn_rec* record() const { return c_; }
  ClientIo& io() { return io_; }
  // Spent on reading from and writing to the client since the request's first byte; see client_time_is_wanted().
  reactor::Duration client_time() const { return io_.client_time(); }
  reactor::Descriptor& descriptor() { return stream_.descriptor(); }
  void after_request(std::unique_ptr<Continuation> next) override { next_ = std::move(next); }
  Continuation* continuation() override { return continuation_.get(); }
  tls::Stream& stream() override { return stream_; }
  void end() override { close_now(); }
  void end_lingering() override;
  // The object mod_ssl has made for this conn_rec.
  void set_tls(SSL* ssl) { mod_ssl_.reset(SSL_up_ref(ssl) ? ssl : nullptr); }
  // Whether it can become something else than HTTP: its TLS is none, ours, or one we can take over.
  bool can_continue() const { return !tls_ || stream_.ssl() || mod_ssl_; }
  // The server stops: what is idle goes soon, what is busy ends after its response.
  void drain();
  // Closes an idle connection to make room for a new one.
  void shed();
  // The response cannot be completed, and the client has to notice.
  void reset_on_close() { reset_on_close_ = true; }

  // Reactor clientHalfClose.
  bool aborts_on_half_close() const;

  request_rec* current_request = nullptr;  // see log_sink.h

 private:
  friend class ServingThread;
  ~Connection();

  static void arrive(reactor::Reactor::Message* message);
  static void run_on_fiber(void* self);
  static void on_timer(void* self);
  static void before_park(void* self);
  void on_event(reactor::Descriptor& descriptor) override;
  void start_fiber();
  void serve();
  bool serve_requests();
  bool go_on();
  bool begin_continuation();
  bool build_record();
  void drop_record();
  void rest();
  bool may_hibernate() const;
  void hibernate();
  void close_politely();
  void drain_input();
  void close_now();
  void become(State state);
  void time_out();

  tls::Stream stream_;
  ClientIo io_{stream_};
  std::unique_ptr<Continuation> next_, continuation_;  // asked for by this request; the one it has
  ServingThread* thread_ = nullptr;
  tls::SslHandle mod_ssl_;  // while there is a conn_rec whose TLS is mod_ssl's
  conn_rec* c_ = nullptr;
  apr_pool_t* pool_ = nullptr;
  apr_socket_t* apr_socket_ = nullptr;
  reactor::Timer timer_{&Connection::on_timer, this};
  reactor::Deadline give_up_ = reactor::Deadline::never();  // keep-alive, first byte, lingering
  reactor::ListLink all_link_{this}, idle_link_{this};
  int taken_fd_;
  int keepalives_ = 0;
  int score_row_ = -1;
  State state_ = State::fresh;
  bool closing_ = false, tls_ = false, reset_on_close_ = false;
  // Compact: a hibernated connection is this object and little else.
  struct Address {
    socklen_t length;
    union {
      sockaddr any;
      sockaddr_in v4;
      sockaddr_in6 v6;
    };
  } local_{}, remote_{};
};

}  // namespace navajo::glue
