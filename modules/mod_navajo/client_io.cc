#include "modules/mod_navajo/client_io.h"

#include <sys/uio.h>

#include <array>

#include "modules/mod_navajo/request_log.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/reactor/reactor.h"

namespace navajo::glue {
namespace {

using reactor::Deadline;
using reactor::IoStatus;

constexpr apr_size_t kReadSize = 8000;       // one bucket-allocator node
constexpr apr_size_t kBodyReadSize = 32000;  // uploads
constexpr apr_size_t kGatherLimit = 32768;
constexpr int kParts = 64;
// Non-blocking reads in a row that found nothing: somebody above polls us. Others run now and then, and who asks this
// often in this short a time does not wait in between, but spins.
constexpr unsigned kPollsBeforeYield = 64, kPollsOfASpin = 1024;
constexpr std::chrono::seconds kTimeOfASpin{1};

ap_filter_rec_t* g_input;
ap_filter_rec_t* g_output;

apr_status_t status_of(const reactor::IoResult& result) {
  switch (result.status) {
    case IoStatus::ok:
      return APR_SUCCESS;
    case IoStatus::end:
      return APR_EOF;
    case IoStatus::timed_out:
      return APR_TIMEUP;
    case IoStatus::reset:
    case IoStatus::truncated:
      return APR_ECONNRESET;
    case IoStatus::tls_failed:
    case IoStatus::cancelled:
    case IoStatus::stopping:
    case IoStatus::no_progress:
      return APR_ECONNABORTED;
    case IoStatus::failed:
      break;
  }
  return result.error;
}

// Adds the time it lives, if somebody will read the sum.
class ClientTime {
 public:
  explicit ClientTime(reactor::Duration& sum) : sum_(client_time_is_wanted() ? &sum : nullptr) {
    if (sum_) start_ = base::system_clock().now();
  }
  ~ClientTime() {
    if (sum_) *sum_ += base::system_clock().now() - start_;
  }
  ClientTime(const ClientTime&) = delete;
  ClientTime& operator=(const ClientTime&) = delete;

 private:
  reactor::Duration* sum_;
  base::TimePoint start_{};
};

}  // namespace

void ClientIo::register_filters() {
  const auto above_network = static_cast<ap_filter_type>(AP_FTYPE_NETWORK - 1);
  g_input = ap_register_input_filter("NAVAJO_IN", on_input, nullptr, above_network);
  g_output = ap_register_output_filter("NAVAJO_OUT", on_output, nullptr, above_network);
}

bool ClientIo::owns(const ap_filter_rec_t* filter) { return filter == g_input || filter == g_output; }

void ClientIo::insert(conn_rec* c) {
  c_ = c;
  in_ = apr_brigade_create(c->pool, c->bucket_alloc);
  gathered_ = apr_brigade_create(c->pool, c->bucket_alloc);
  gathered_bytes_ = 0;
  fruitless_polls_ = 0;
  stage_ = Stage::none;
  stage_deadline_ = stage_end_ = Deadline::never();
  ap_add_input_filter_handle(g_input, this, nullptr, c);
  ap_add_output_filter_handle(g_output, this, nullptr, c);
}

void ClientIo::take_over_read_timeouts() {
  ap_remove_input_filter_byhandle(c_->input_filters, "reqtimeout");
  ap_remove_output_filter_byhandle(c_->output_filters, "reqtimeout");
}

void ClientIo::forget() {
  c_ = nullptr;
  in_ = gathered_ = nullptr;
}

// ---------------------------------------------------------------- RequestReadTimeout

const ReadTimeout& ClientIo::stage_limit() const {
  const ServerConfig& config = server_config(c_->base_server);
  return stage_ == Stage::header ? config.header : stage_ == Stage::body ? config.body : config.handshake;
}

void ClientIo::begin_stage(Stage stage) {
  stage_ = stage;
  response_bytes_ = 0;
  if (stage == Stage::header) client_time_ = {};
  stage_deadline_ = stage_end_ = Deadline::never();
  if (stage == Stage::none) return;
  const ReadTimeout& limit = stage_limit();
  if (limit.initial.count() == 0) return;
  stage_deadline_ = Deadline::after(limit.initial);
  if (limit.min_rate && limit.maximum.count() > 0) stage_end_ = Deadline::after(limit.maximum);
}

void ClientIo::earn_time(size_t bytes) {
  if (stage_ == Stage::none || stage_deadline_.is_never()) return;
  const ReadTimeout& limit = stage_limit();
  if (!limit.min_rate) return;
  const auto earned = std::chrono::nanoseconds(bytes * 1'000'000'000ull / limit.min_rate);
  stage_deadline_ = Deadline::at(stage_deadline_.when() + earned).earlier(stage_end_);
}

// ---------------------------------------------------------------- input

bool ClientIo::has_input() {
  if (!in_) return false;
  // apr_brigade_split_line leaves empty buckets behind; an idle connection must not look readable for them.
  while (!APR_BRIGADE_EMPTY(in_)) {
    apr_bucket* first = APR_BRIGADE_FIRST(in_);
    if (APR_BUCKET_IS_METADATA(first) || first->length != 0) return true;
    apr_bucket_delete(first);
  }
  return false;
}

std::string ClientIo::take_input() {
  std::string bytes;
  if (!has_input()) return bytes;
  for (apr_bucket* b = APR_BRIGADE_FIRST(in_); b != APR_BRIGADE_SENTINEL(in_); b = APR_BUCKET_NEXT(b)) {
    const char* text;
    apr_size_t length;
    if (!APR_BUCKET_IS_METADATA(b) && apr_bucket_read(b, &text, &length, APR_BLOCK_READ) == APR_SUCCESS)
      bytes.append(text, length);
  }
  apr_brigade_cleanup(in_);
  return bytes;
}

apr_status_t ClientIo::fruitless_poll() {
  if (fruitless_polls_++ == 0) polled_since_ = base::coarse_now();
  if (fruitless_polls_ % kPollsBeforeYield == 0) reactor::yield();
  if (fruitless_polls_ < kPollsOfASpin) return APR_EAGAIN;
  if (base::coarse_now() - polled_since_ >= kTimeOfASpin) {
    fruitless_polls_ = 0;
    return APR_EAGAIN;
  }
  observe::count(observe::Counter::no_progress);
  observe::log(observe::id::no_progress, "connection of %s was polled %u times without a byte: ended", c_->client_ip,
               fruitless_polls_);
  c_->aborted = 1;
  return APR_ECONNABORTED;
}

apr_status_t ClientIo::fill(apr_read_type_e block, size_t room, bool trust_edges) {
  // Between requests httpd only asks whether more is there already, and the last edge knows. Any other
  // non-blocking read has to look at the socket itself, or who polls that way would never see a byte.
  if (block == APR_NONBLOCK_READ && !stream_.may_read()) {
    if (trust_edges) return fruitless_poll();
    stream_.descriptor().assume_readable();
  }
  char* buffer = static_cast<char*>(apr_bucket_alloc(room, c_->bucket_alloc));
  const std::span<char> into(buffer, room);
  reactor::IoResult result;
  if (block == APR_NONBLOCK_READ) {
    result = stream_.read_available(into);
  } else {
    const Deadline deadline = Deadline::after(timeout_).earlier(stage_deadline_);
    const ClientTime time(client_time_);
    result = stream_.read(into, deadline);
  }
  if (result.ok() && result.bytes > 0) {
    fruitless_polls_ = 0;
    earn_time(result.bytes);
    observe::count(observe::Counter::bytes_in, result.bytes);
    APR_BRIGADE_INSERT_TAIL(in_, apr_bucket_heap_create(buffer, result.bytes, apr_bucket_free, c_->bucket_alloc));
    return APR_SUCCESS;
  }
  apr_bucket_free(buffer);
  if (result.ok()) return fruitless_poll();
  if (result.status == IoStatus::timed_out) note_if_too_slow();
  return status_of(result);
}

void ClientIo::note_if_too_slow() {
  if (!stage_deadline_.passed(reactor::Deadline::after({}).when())) return;
  // As mod_reqtimeout does: a short lingering close, since this client has shown that it takes its time.
  apr_table_setn(c_->notes, "short-lingering-close", "1");
  c_->keepalive = AP_CONN_CLOSE;
  const char* what = stage_ == Stage::header ? "header" : stage_ == Stage::body ? "body" : "handshake";
  observe::log(observe::id::read_timeout, "%s of %s took longer than RequestReadTimeout allows", what, c_->client_ip);
}

ClientIo::Input ClientIo::wait_for_more_or(reactor::Descriptor& other) {
  std::array<reactor::Awaited, 2> awaited{reactor::Awaited{&stream_.descriptor(), reactor::Interest::read},
                                          reactor::Awaited{&other, reactor::Interest::read}};
  switch (reactor::wait_any(awaited, Deadline::after(timeout_).earlier(stage_deadline_))) {
    case reactor::Wake::ready:
      return awaited[0].ready ? Input::more : Input::other;
    case reactor::Wake::timed_out:
      note_if_too_slow();
      return Input::timed_out;
    case reactor::Wake::cancelled:
    case reactor::Wake::stopping:
      break;
  }
  return Input::gone;
}

apr_status_t ClientIo::skip_blank_lines() {
  while (true) {
    if (!has_input()) {
      if (const apr_status_t rv = fill(APR_NONBLOCK_READ, kReadSize, true); rv != APR_SUCCESS) return rv;
    }
    apr_bucket* first = APR_BRIGADE_FIRST(in_);
    const char* text;
    apr_size_t length;
    if (const apr_status_t rv = apr_bucket_read(first, &text, &length, APR_BLOCK_READ); rv != APR_SUCCESS) return rv;
    for (apr_size_t i = 0; i < length; i++)
      if (text[i] != '\r' && text[i] != '\n') return APR_SUCCESS;
    apr_bucket_delete(first);
  }
}

apr_status_t ClientIo::peek(apr_bucket_brigade* brigade, apr_read_type_e block, apr_off_t bytes) {
  if (block == APR_BLOCK_READ) {
    apr_off_t have = 0;
    while (apr_brigade_length(in_, 1, &have) == APR_SUCCESS && have < bytes) {
      if (const apr_status_t rv = fill(block, kReadSize, false); rv != APR_SUCCESS) {
        if (have > 0) break;
        return rv;
      }
    }
  }
  apr_bucket* end = nullptr;
  if (apr_brigade_partition(in_, bytes, &end) == APR_INCOMPLETE) end = APR_BRIGADE_SENTINEL(in_);
  for (apr_bucket* b = APR_BRIGADE_FIRST(in_); b != end; b = APR_BUCKET_NEXT(b)) {
    apr_bucket* copy;
    if (const apr_status_t rv = apr_bucket_copy(b, &copy); rv != APR_SUCCESS) return rv;
    APR_BRIGADE_INSERT_TAIL(brigade, copy);
  }
  return APR_SUCCESS;
}

apr_status_t ClientIo::input(apr_bucket_brigade* brigade, ap_input_mode_t mode, apr_read_type_e block,
                             apr_off_t bytes) {
  if (mode == AP_MODE_INIT) return APR_SUCCESS;
  if (c_->aborted) return APR_ECONNABORTED;
  if (mode == AP_MODE_EATCRLF) return skip_blank_lines();
  if (!has_input()) {
    const bool body = mode == AP_MODE_READBYTES && bytes > static_cast<apr_off_t>(kReadSize);
    const apr_status_t rv = fill(block, body ? kBodyReadSize : kReadSize, mode == AP_MODE_SPECULATIVE);
    if (rv != APR_SUCCESS) return rv;
  }
  switch (mode) {
    case AP_MODE_GETLINE:
      return apr_brigade_split_line(brigade, in_, APR_BLOCK_READ, HUGE_STRING_LEN);
    case AP_MODE_SPECULATIVE:
      return peek(brigade, block, bytes);
    case AP_MODE_READBYTES: {
      apr_bucket* end = nullptr;
      if (apr_brigade_partition(in_, bytes, &end) == APR_INCOMPLETE) end = APR_BRIGADE_SENTINEL(in_);
      while (APR_BRIGADE_FIRST(in_) != end) {
        apr_bucket* b = APR_BRIGADE_FIRST(in_);
        APR_BUCKET_REMOVE(b);
        APR_BRIGADE_INSERT_TAIL(brigade, b);
      }
      return APR_SUCCESS;
    }
    default:  // AP_MODE_EXHAUSTIVE
      APR_BRIGADE_CONCAT(brigade, in_);
      return APR_SUCCESS;
  }
}

apr_status_t ClientIo::on_input(ap_filter_t* filter, apr_bucket_brigade* brigade, ap_input_mode_t mode,
                                apr_read_type_e block, apr_off_t bytes) {
  return static_cast<ClientIo*>(filter->ctx)->input(brigade, mode, block, bytes);
}

// ---------------------------------------------------------------- output

// Keeps the buckets for later. False: they (and what was gathered) have to leave now.
bool ClientIo::gather(apr_bucket_brigade* brigade) {
  if (sending_) return false;
  apr_size_t add = 0;
  for (apr_bucket* b = APR_BRIGADE_FIRST(brigade); b != APR_BRIGADE_SENTINEL(brigade); b = APR_BUCKET_NEXT(b)) {
    if (APR_BUCKET_IS_METADATA(b)) {
      if (APR_BUCKET_IS_FLUSH(b) || AP_BUCKET_IS_EOR(b) || AP_BUCKET_IS_EOC(b)) return false;
    } else if (b->length == static_cast<apr_size_t>(-1) || APR_BUCKET_IS_FILE(b) ||
               (add += b->length) + gathered_bytes_ > kGatherLimit) {
      return false;
    }
  }
  for (apr_bucket* b = APR_BRIGADE_FIRST(brigade); b != APR_BRIGADE_SENTINEL(brigade); b = APR_BUCKET_NEXT(b))
    apr_bucket_setaside(b, c_->pool);
  gathered_bytes_ += add;
  APR_BRIGADE_CONCAT(gathered_, brigade);
  return true;
}

apr_status_t ClientIo::fail_write() {
  c_->aborted = 1;
  return APR_ECONNABORTED;
}

void ClientIo::note_slow_reader(uint64_t unread) {
  const auto seconds = static_cast<long long>(std::chrono::duration_cast<std::chrono::seconds>(timeout_).count());
  observe::count(observe::Counter::slow_readers);
  if (min_read_rate_ == 0)
    observe::log(observe::id::write_timeout, "client %s did not read its response for %lld s: connection ended",
                 c_->client_ip, seconds);
  else
    observe::log(observe::id::slow_reader,
                 "client %s read its response at less than %llu bytes/s for %lld s, %llu bytes are on their way: "
                 "connection ended",
                 c_->client_ip, static_cast<unsigned long long>(min_read_rate_), seconds,
                 static_cast<unsigned long long>(unread));
}

// All of it, however often the client makes us wait, as long as it reads fast enough.
bool ClientIo::write_all(std::span<iovec> parts) {
  // A small response rarely waits for its client: it is not worth asking where the send buffer stands.
  for (const iovec& part : parts) response_bytes_ += part.iov_len;
  const bool bulk = response_bytes_ > kReadSize;
  while (true) {
    if (bulk && read_rate_.fresh()) read_rate_.begin(reactor::unacknowledged_bytes(stream_.descriptor().fd()));
    const reactor::TimePoint begun = base::coarse_now();
    const reactor::IoResult sent = stream_.write(parts, Deadline::at(begun + read_rate_.left()));
    observe::count(observe::Counter::bytes_out, sent.bytes);
    read_rate_.note_sent(sent.bytes);
    if (!sent.waited) return sent.ok();
    if (!sent.ok() && sent.status != IoStatus::timed_out) return false;
    const uint64_t unread = reactor::unacknowledged_bytes(stream_.descriptor().fd());
    if (read_rate_.note_wait(base::coarse_now() - begun, unread) == reactor::ReadRate::Verdict::too_slow) {
      note_slow_reader(unread);
      return false;
    }
    if (sent.ok()) return true;
  }
}

apr_status_t ClientIo::send(apr_bucket_brigade* brigade) {
  std::array<iovec, kParts> parts;
  while (!APR_BRIGADE_EMPTY(brigade)) {
    size_t count = 0;
    apr_bucket* b = APR_BRIGADE_FIRST(brigade);
    for (; b != APR_BRIGADE_SENTINEL(brigade) && count < parts.size(); b = APR_BUCKET_NEXT(b)) {
      if (APR_BUCKET_IS_METADATA(b)) continue;
      if (b->length == static_cast<apr_size_t>(-1) && count > 0) break;  // a pipe may take its time: send first
      const char* text;
      apr_size_t length;
      if (const apr_status_t rv = apr_bucket_read(b, &text, &length, APR_BLOCK_READ); rv != APR_SUCCESS) {
        c_->aborted = 1;  // the rest of the response is lost: the client must not take it for complete
        return rv;
      }
      if (length > 0) parts[count++] = {const_cast<char*>(text), length};
    }
    if (count > 0) {
      const ClientTime time(client_time_);
      if (!write_all(std::span<iovec>(parts.data(), count))) return fail_write();
    }
    // The end-of-request bucket dies here, and with it the request's pool; its access log line is written.
    while (!APR_BRIGADE_EMPTY(brigade) && APR_BRIGADE_FIRST(brigade) != b)
      apr_bucket_delete(APR_BRIGADE_FIRST(brigade));
  }
  return APR_SUCCESS;
}

apr_status_t ClientIo::output(apr_bucket_brigade* brigade) {
  if (c_->aborted) {
    apr_brigade_cleanup(brigade);
    return APR_ECONNABORTED;
  }
  if (gather(brigade)) return APR_SUCCESS;
  if (!APR_BRIGADE_EMPTY(gathered_)) {
    APR_BRIGADE_PREPEND(brigade, gathered_);
    gathered_bytes_ = 0;
  }
  const bool nested = sending_;
  sending_ = true;
  const apr_status_t rv = send(brigade);
  sending_ = nested;
  return rv;
}

bool ClientIo::flush() {
  if (!c_ || !gathered_ || sending_ || c_->aborted || APR_BRIGADE_EMPTY(gathered_)) return c_ && !c_->aborted;
  sending_ = true;
  gathered_bytes_ = 0;
  const apr_status_t rv = send(gathered_);
  sending_ = false;
  if (rv != APR_SUCCESS) apr_brigade_cleanup(gathered_);
  return rv == APR_SUCCESS;
}

apr_status_t ClientIo::on_output(ap_filter_t* filter, apr_bucket_brigade* brigade) {
  return static_cast<ClientIo*>(filter->ctx)->output(brigade);
}

}  // namespace navajo::glue
