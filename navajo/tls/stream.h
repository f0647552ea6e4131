// A connected socket that may speak TLS: the calls of reactor::Socket, whichever it is. On a fiber they yield where
// they would block, on an ordinary thread they poll. Owns socket and TLS state; used by one fiber or thread at a time,
// and only by the thread that opened the socket.
//
//   stream.socket().connect(endpoint, deadline);
//   stream.handshake(std::move(ssl), tls::Role::client, deadline);   // or not: then it stays plain
//   stream.write(bytes, deadline); stream.read(room, deadline);
//
// What is decrypted, or half a record, shows on no descriptor: try first, wait only after nothing came, and ask
// may_read() before a wait that was not preceded by a try.
// The end of input is final: close_notify (IoStatus::end) or its absence (IoStatus::truncated); what comes behind it
// is never looked at (RFC 8446 6.1).
#pragma once

#include <memory>
#include <string>

#include "navajo/reactor/socket.h"
#include "navajo/tls/handles.h"

namespace navajo::tls {

enum class Role : uint8_t { client, server };

class Stream {
 public:
  Stream() = default;
  ~Stream();
  Stream(Stream&&) = delete;

  reactor::Socket& socket() { return socket_; }
  const reactor::Socket& socket() const { return socket_; }
  reactor::Descriptor& descriptor() { return socket_.descriptor(); }
  const reactor::Descriptor& descriptor() const { return socket_.descriptor(); }
  bool is_open() const { return socket_.is_open(); }
  // Null: plain.
  SSL* ssl() const { return ssl_.get(); }

  // Bytes that were read from the stream already and are the next of its input. On a plain stream they are read again
  // as they are, or are the first of a handshake that follows; on one that speaks TLS they are decrypted ones. At most
  // once each, before anything more is read.
  void unread(std::string bytes);

  // Speaks TLS from here on. The SSL has everything but its transport: names, verification, session.
  // Not ok: error_text() says why, and the stream is of no use but to be closed.
  reactor::IoResult handshake(SslHandle ssl, Role role, reactor::Deadline deadline);
  // Takes over TLS whose handshake somebody else has made over this socket: its transport is the stream's from here on.
  // Of what that one has read, the encrypted bytes must have been given to unread() before, the decrypted after.
  [[nodiscard]] bool adopt(SslHandle ssl);
  // Of the last IoStatus::tls_failed.
  const std::string& error_text() const { return error_text_; }

  // As in reactor::Socket.
  reactor::IoResult read(std::span<char> into, reactor::Deadline deadline);
  reactor::IoResult read_available(std::span<char> into);
  reactor::IoResult write(std::span<const char> from, reactor::Deadline deadline);
  reactor::IoResult write(std::span<iovec> parts, reactor::Deadline deadline);
  // Never waits: status ok and how many bytes were taken, 0 when there is no room. Bytes that were offered once and not
  // taken must be offered again (TLS has encrypted them already).
  reactor::IoResult write_available(std::span<const char> from);
  // What the last call that never waits and moved nothing is waiting for: TLS may want to write to be able to read.
  reactor::Interest wanted() const { return wanted_; }
  // Bytes that came from the socket since the last decrypted one: they differ after a call that brought no data if it
  // was part of a record. Always 0 on a plain stream.
  size_t raw_without_data() const { return raw_in_; }
  // There are bytes between socket and caller: those of unread(), decrypted ones, a record or part of one.
  bool holds_bytes() const;
  // A read may bring something without an event: there are such bytes, or the socket has some.
  bool may_read() const { return holds_bytes() || !descriptor().reactor() || descriptor().readable(); }
  // Gives back the record buffers (16 KB each) that OpenSSL keeps after tickets, key updates and alerts whatever
  // SSL_MODE_RELEASE_BUFFERS says: for a connection that will be idle. What is in them stays.
  void release_buffers() {
    if (ssl_) SSL_free_buffers(ssl_.get());
  }

  // close_notify, then FIN. Waits for room at most until the deadline; the answer says whether all of it left.
  reactor::IoResult finish_write(reactor::Deadline deadline);
  // The same without waiting; ok with `waited`: not all has left, call again when wanted().
  reactor::IoResult finish_write_available();

  bool is_idle_and_open();
  void close();

 private:
  friend struct SocketBio;
  reactor::IoResult refused(int answer);
  reactor::IoResult await(reactor::Interest interest, reactor::Deadline deadline);
  struct Unread {
    std::string bytes;
    size_t begin = 0;
    size_t take(std::span<char> into);
  };
  bool take_transport(SSL* ssl);
  static reactor::IoResult take_from(std::unique_ptr<Unread>& kept, std::span<char> into);
  reactor::IoResult not_written(int answer);
  reactor::IoResult give_up();
  bool stands_still();

  reactor::Socket socket_;
  SslHandle ssl_;
  std::unique_ptr<Unread> unread_, unread_decrypted_;  // null: nothing
  std::string error_text_;
  reactor::IoResult transport_{};  // what the socket answered to the BIO last, if that was no success
  reactor::Interest wanted_ = reactor::Interest::read;
  size_t raw_in_ = 0, raw_seen_ = 0;  // bytes from the socket since the last decrypted byte
  int fruitless_ = 0;
  bool ended_ = false;         // nothing more is read
  bool broken_ = false;        // and not because the peer said so
  reactor::IoResult end_{};    // what is answered from then on
  bool finished_ = false;      // close_notify is out
  bool write_broken_ = false;  // nothing more is written
};

}  // namespace navajo::tls
