#include "navajo/tls/stream.h"

#include <openssl/err.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "navajo/observe/log.h"
#include "navajo/reactor/reactor.h"
#include "navajo/reactor/wake_status.h"
#include "navajo/tls/error_text.h"

namespace navajo::tls {

using reactor::Deadline;
using reactor::Interest;
using reactor::IoResult;
using reactor::IoStatus;
using reactor::Wake;

namespace {

// One record (RFC 8446 5.1). Parts of one write are put together in it, so that head and body share a record.
constexpr size_t kRecord = 16384;
// Records that carry no data (key updates, tickets, warnings) are the peer's right, but not without end.
constexpr size_t kRawWithoutData = 256 * 1024;
constexpr int kFruitlessLimit = 16;

}  // namespace

// OpenSSL's transport: the stream's socket, never waiting. It tells the end of input apart from "nothing yet"
// (BIO_CTRL_EOF), without which OpenSSL 3 takes one for the other.
struct SocketBio {
  static Stream& stream(BIO* bio) { return *static_cast<Stream*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* into, int room) {
    Stream& self = stream(bio);
    BIO_clear_retry_flags(bio);
    if (self.ended_) return 0;
    // OpenSSL reads on by itself while what it gets is no data.
    if (self.raw_in_ >= kRawWithoutData) {
      self.transport_ = self.give_up();
      return -1;
    }
    IoResult result = Stream::take_from(self.unread_, {into, static_cast<size_t>(room)});
    if (result.bytes == 0) result = self.socket_.read_available({into, static_cast<size_t>(room)});
    if (result.bytes > 0) {
      self.raw_in_ += result.bytes;
      return static_cast<int>(result.bytes);
    }
    self.transport_ = result;
    if (result.status == IoStatus::end) {
      self.ended_ = true;
      return 0;
    }
    if (result.ok()) BIO_set_retry_read(bio);
    return -1;
  }

  static int write(BIO* bio, const char* from, int bytes) {
    Stream& self = stream(bio);
    BIO_clear_retry_flags(bio);
    const IoResult result = self.socket_.write_available({from, static_cast<size_t>(bytes)});
    if (result.bytes > 0) return static_cast<int>(result.bytes);
    self.transport_ = result;
    if (result.ok()) BIO_set_retry_write(bio);
    return -1;
  }

  static long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_EOF) return stream(bio).ended_;
    return 0;
  }

  static int create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
  }

  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "navajo stream");
      BIO_meth_set_read(method, read);
      BIO_meth_set_write(method, write);
      BIO_meth_set_ctrl(method, control);
      BIO_meth_set_create(method, create);
      return method;
    }();
    return made;
  }
};

Stream::~Stream() { close(); }

void Stream::close() {
  // OpenSSL takes a session whose connection ends without close_notify for a bad one; a fatal alert has already made
  // it one. No close_notify is sent: who stops in the middle must not look like somebody who was done.
  if (ssl_ && SSL_is_init_finished(ssl_.get())) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  ssl_.reset();
  socket_.close();
  unread_.reset();
  unread_decrypted_.reset();
  raw_in_ = raw_seen_ = 0;
  fruitless_ = 0;
  transport_ = end_ = {};
  wanted_ = Interest::read;
  ended_ = finished_ = broken_ = write_broken_ = false;
}

void Stream::unread(std::string bytes) {
  if (bytes.empty()) return;
  (ssl_ ? unread_decrypted_ : unread_) = std::make_unique<Unread>(Unread{std::move(bytes)});
}

size_t Stream::Unread::take(std::span<char> into) {
  const size_t taken = std::min(into.size(), bytes.size() - begin);
  memcpy(into.data(), bytes.data() + begin, taken);
  begin += taken;
  return taken;
}

IoResult Stream::take_from(std::unique_ptr<Unread>& kept, std::span<char> into) {
  if (!kept) return {};
  const size_t bytes = kept->take(into);
  if (kept->begin == kept->bytes.size()) kept.reset();
  return {IoStatus::ok, bytes, 0};
}

bool Stream::holds_bytes() const {
  return unread_ || unread_decrypted_ || (ssl_ && SSL_has_pending(ssl_.get()));
}

// ---------------------------------------------------------------- what OpenSSL answered

// Of a call that did not succeed. ok: try again when wanted().
IoResult Stream::refused(int answer) {
  switch (SSL_get_error(ssl_.get(), answer)) {
    case SSL_ERROR_WANT_READ: wanted_ = Interest::read; return {};
    case SSL_ERROR_WANT_WRITE: wanted_ = Interest::write; return {};
    case SSL_ERROR_ZERO_RETURN: ended_ = true; return end_ = {IoStatus::end, 0, 0};
    default: break;
  }
  broken_ = true;
  const IoResult transport = std::exchange(transport_, {});
  const unsigned long error = ERR_peek_error();
  if (transport.status == IoStatus::no_progress) return transport;
  const bool cut = ended_ && (error == 0 || ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
  if (cut) {
    ERR_clear_error();
    return end_ = {IoStatus::truncated, 0, 0};
  }
  ended_ = true;
  if (error == 0 && !transport.ok()) return end_ = transport;
  write_broken_ = true;
  error_text_ = take_error_text();
  return end_ = {IoStatus::tls_failed, 0, 0};
}

IoResult Stream::await(Interest interest, Deadline deadline) {
  const Wake wake = reactor::wait(descriptor(), interest, deadline);
  return {status_of(wake), 0, 0, wake == Wake::ready};
}

// The socket was ready again and again without a byte, or bytes came and came and none of them was data.
bool Stream::stands_still() {
  fruitless_ = raw_in_ == raw_seen_ ? fruitless_ + 1 : 0;
  raw_seen_ = raw_in_;
  return fruitless_ >= kFruitlessLimit;
}

IoResult Stream::give_up() {
  if (reactor::Reactor* reactor = descriptor().reactor()) reactor::ReactorStats::add(reactor->stats().no_progress);
  observe::log(observe::id::no_progress, "TLS on descriptor %d: %zu bytes, %d waits without any data: connection ended",
               descriptor().fd(), raw_in_, fruitless_);
  broken_ = ended_ = write_broken_ = true;
  return end_ = {IoStatus::no_progress, 0, 0};
}

// ---------------------------------------------------------------- handshake

bool Stream::take_transport(SSL* ssl) {
  BIO* bio = BIO_new(SocketBio::method());
  if (!bio) return false;
  BIO_set_data(bio, this);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_set_read_ahead(ssl, 1);
  return true;
}

bool Stream::adopt(SslHandle ssl) {
  if (!take_transport(ssl.get())) return false;
  ssl_ = std::move(ssl);
  raw_in_ = raw_seen_ = 0;
  return true;
}

IoResult Stream::handshake(SslHandle ssl, Role role, Deadline deadline) {
  if (ssl_) return {IoStatus::failed, 0, EISCONN};  // no TLS within TLS
  if (!take_transport(ssl.get())) return {IoStatus::failed, 0, ENOMEM};
  if (role == Role::client)
    SSL_set_connect_state(ssl.get());
  else
    SSL_set_accept_state(ssl.get());
  ssl_ = std::move(ssl);
  raw_in_ = raw_seen_ = 0;
  while (true) {
    ERR_clear_error();
    const int answer = SSL_do_handshake(ssl_.get());
    if (answer == 1) break;
    IoResult result = refused(answer);
    if (result.ok()) result = await(wanted_, deadline);
    if (result.ok() && stands_still()) result = give_up();
    if (!result.ok()) {
      ended_ = broken_ = write_broken_ = true;
      return end_ = result;
    }
  }
  raw_in_ = raw_seen_ = 0;
  fruitless_ = 0;
  return {};
}

// ---------------------------------------------------------------- reading

IoResult Stream::read_available(std::span<char> into) {
  if (const IoResult kept = take_from(ssl_ ? unread_decrypted_ : unread_, into); kept.bytes > 0) return kept;
  if (!ssl_) {
    wanted_ = Interest::read;
    return socket_.read_available(into);
  }
  if (ended_ && !end_.ok() && (broken_ || !SSL_has_pending(ssl_.get()))) return end_;
  ERR_clear_error();
  size_t got = 0;
  const int answer = SSL_read_ex(ssl_.get(), into.data(), into.size(), &got);
  if (answer != 1) return refused(answer);
  raw_in_ = raw_seen_ = 0;
  fruitless_ = 0;
  return {IoStatus::ok, got, 0};
}

IoResult Stream::read(std::span<char> into, Deadline deadline) {
  if (!ssl_) {
    const IoResult kept = take_from(unread_, into);
    return kept.bytes > 0 ? kept : socket_.read(into, deadline);
  }
  while (true) {
    const IoResult result = read_available(into);
    if (!result.ok() || result.bytes > 0) {
      if (result.bytes > 0) socket_.share_reactor(result.bytes);
      return result;
    }
    if (const IoResult waited = await(wanted_, deadline); !waited.ok()) return waited;
    if (stands_still()) return give_up();
  }
}

bool Stream::is_idle_and_open() {
  if (unread_decrypted_ || (!ssl_ && unread_)) return false;
  if (!ssl_) return socket_.is_idle_and_open();
  if (!is_open() || ended_ || broken_ || write_broken_ || descriptor().hung_up()) return false;
  if (!may_read()) return true;
  // Tickets and key updates are taken in; data nobody asked for is not.
  ERR_clear_error();
  char byte;
  size_t got = 0;
  const int answer = SSL_peek_ex(ssl_.get(), &byte, 1, &got);
  return answer != 1 && refused(answer).ok();
}

// ---------------------------------------------------------------- writing

IoResult Stream::write_available(std::span<const char> from) {
  if (from.empty()) return {};
  if (!ssl_) {
    wanted_ = Interest::write;
    return socket_.write_available(from);
  }
  if (write_broken_ || finished_) return {IoStatus::reset, 0, EPIPE};
  ERR_clear_error();
  size_t sent = 0;
  const int answer = SSL_write_ex(ssl_.get(), from.data(), from.size(), &sent);
  if (answer == 1) return {IoStatus::ok, sent, 0};
  return not_written(answer);
}

// A socket that takes nothing any more may still have something to say: that somebody answered and left. Where TLS
// itself failed both directions are lost.
IoResult Stream::not_written(int answer) {
  const bool ended = ended_, broken = broken_;
  const IoResult end = end_;
  IoResult result = refused(answer);
  if (result.ok()) return result;
  write_broken_ = true;
  if (result.status != IoStatus::tls_failed) {
    ended_ = ended;
    broken_ = broken;
    end_ = end;
  }
  if (result.status == IoStatus::end) result = {IoStatus::reset, 0, EPIPE};
  return result;
}

IoResult Stream::write(std::span<const char> from, Deadline deadline) {
  iovec part{const_cast<char*>(from.data()), from.size()};
  return write(std::span<iovec>(&part, 1), deadline);
}

IoResult Stream::write(std::span<iovec> parts, Deadline deadline) {
  if (!ssl_) return socket_.write(parts, deadline);
  IoResult total;
  int fruitless = 0;
  while (true) {
    while (!parts.empty() && parts.front().iov_len == 0) parts = parts.subspan(1);
    if (parts.empty()) return total;
    // Once encrypted the bytes are OpenSSL's: other fibers may use this thread's room while this one waits.
    static thread_local char together[kRecord];
    std::span<const char> next(static_cast<const char*>(parts.front().iov_base), parts.front().iov_len);
    if (parts.size() > 1 && next.size() < kRecord) {
      size_t filled = 0;
      for (const iovec& part : parts) {
        const size_t bytes = std::min(part.iov_len, kRecord - filled);
        if (bytes == 0) continue;  // an empty part may have no address
        memcpy(together + filled, part.iov_base, bytes);
        if ((filled += bytes) == kRecord) break;
      }
      next = {together, filled};
    }
    const IoResult result = write_available(next.first(std::min(next.size(), kRecord)));
    if (!result.ok()) {
      total.status = result.status;
      total.error = result.error;
      return total;
    }
    if (result.bytes == 0) {
      total.waited = true;
      const IoResult waited = await(wanted_, deadline);
      if (waited.ok() && ++fruitless < kFruitlessLimit) continue;
      total.status = waited.ok() ? give_up().status : waited.status;
      return total;
    }
    fruitless = 0;
    total.bytes += result.bytes;
    socket_.share_reactor(result.bytes);
    size_t left = result.bytes;
    while (left > 0) {
      const size_t taken = std::min(left, parts.front().iov_len);
      parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + taken;
      parts.front().iov_len -= taken;
      left -= taken;
      if (parts.front().iov_len == 0) parts = parts.subspan(1);
    }
  }
}

// ---------------------------------------------------------------- the end

IoResult Stream::finish_write_available() {
  if (ssl_ && !finished_ && !write_broken_ && SSL_is_init_finished(ssl_.get())) {
    ERR_clear_error();
    const int answer = SSL_shutdown(ssl_.get());
    if (answer < 0) {
      const IoResult result = not_written(answer);
      if (result.ok()) return {IoStatus::ok, 0, 0, true};
      return result;
    }
  }
  finished_ = true;
  socket_.shutdown_write();
  return {};
}

IoResult Stream::finish_write(Deadline deadline) {
  for (int attempt = 0; attempt < kFruitlessLimit; attempt++) {
    const IoResult result = finish_write_available();
    if (!result.ok() || !result.waited) return result;
    if (const IoResult waited = await(wanted_, deadline); !waited.ok()) return waited;
  }
  return {IoStatus::no_progress, 0, 0};
}

}  // namespace navajo::tls
