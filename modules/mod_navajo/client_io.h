// The bytes between a client and httpd's filters, for a connection that lives on a reactor: connection-level
// filters just above httpd's network filters that read and write the reactor's socket and never go further down.
// Output is gathered (header and body leave in one segment) until the response ends, somebody flushes, 32 KB are
// together, or the fiber is about to wait. Enforces RequestReadTimeout, whose own filter polls the socket and has to
// go (docs/reactor.md, rules 2, 3, 4, 6). A client that reads more slowly than Reactor minReadRate is cut, so that
// nobody can hold a response and what stands behind it for ever. One fiber at a time.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"
#include "modules/mod_navajo/server_config.h"
#include "navajo/reactor/read_rate.h"
#include "navajo/tls/stream.h"

namespace navajo::glue {

class ClientIo {
 public:
  explicit ClientIo(tls::Stream& stream) : stream_(stream) {}

  // Once per process, from register_hooks.
  static void register_filters();
  static bool owns(const ap_filter_rec_t* filter);
  void insert(conn_rec* c);
  // Takes mod_reqtimeout's filters away; it adds them after pre_connection.
  void take_over_read_timeouts();
  // Before the conn_rec's pool is destroyed.
  void forget();

  bool has_input();
  // What was read from the client and not by anybody yet; it is gone here then.
  std::string take_input();
  // A non-blocking read found nothing: waits for more from the client or for `other` to become readable, no longer than
  // a blocking read would.
  enum class Input : uint8_t { more, other, timed_out, gone };
  Input wait_for_more_or(reactor::Descriptor& other);
  // Writes out what was gathered. False: the client is gone.
  bool flush();

  // RequestReadTimeout: which stage starts now.
  enum class Stage : uint8_t { handshake, header, body, none };
  void begin_stage(Stage stage);

  reactor::Duration client_time() const { return client_time_; }

  // How long a single wait for the client may take (Timeout).
  // And how fast it has to read, averaged over that time: bytes per second, 0 for any progress at all.
  void set_timeout(reactor::Duration timeout, uint64_t min_read_rate) {
    timeout_ = timeout;
    min_read_rate_ = min_read_rate;
    read_rate_.require(min_read_rate, timeout);
  }

 private:
  static apr_status_t on_input(ap_filter_t* filter, apr_bucket_brigade* brigade, ap_input_mode_t mode,
                               apr_read_type_e block, apr_off_t bytes);
  static apr_status_t on_output(ap_filter_t* filter, apr_bucket_brigade* brigade);
  apr_status_t input(apr_bucket_brigade* brigade, ap_input_mode_t mode, apr_read_type_e block, apr_off_t bytes);
  apr_status_t skip_blank_lines();
  apr_status_t peek(apr_bucket_brigade* brigade, apr_read_type_e block, apr_off_t bytes);
  apr_status_t fill(apr_read_type_e block, size_t room, bool trust_edges);
  apr_status_t fruitless_poll();
  [[gnu::cold]] void note_if_too_slow();
  const ReadTimeout& stage_limit() const;
  void earn_time(size_t bytes);
  apr_status_t output(apr_bucket_brigade* brigade);
  bool gather(apr_bucket_brigade* brigade);
  apr_status_t send(apr_bucket_brigade* brigade);
  bool write_all(std::span<iovec> parts);
  [[gnu::cold]] void note_slow_reader(uint64_t unread);
  [[gnu::cold]] apr_status_t fail_write();

  tls::Stream& stream_;
  conn_rec* c_ = nullptr;
  apr_bucket_brigade* in_ = nullptr;
  apr_bucket_brigade* gathered_ = nullptr;
  apr_size_t gathered_bytes_ = 0;
  bool sending_ = false;
  reactor::Duration timeout_{std::chrono::seconds(60)};
  uint64_t min_read_rate_ = 0;
  uint64_t response_bytes_ = 0;  // written since the last request began
  reactor::ReadRate read_rate_;
  Stage stage_ = Stage::none;
  reactor::Deadline stage_deadline_ = reactor::Deadline::never();
  reactor::Deadline stage_end_ = reactor::Deadline::never();
  unsigned fruitless_polls_ = 0;
  reactor::Duration client_time_{0};  // since the header stage began
  reactor::TimePoint polled_since_{};
};

}  // namespace navajo::glue
