#include <openssl/err.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "navajo/observe/log.h"
#include "navajo/reactor/running_reactor.h"
#include "navajo/tls/made_certificates.h"
#include "navajo/tls/raw_peer.h"
#include "navajo/tls/stream.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace std::chrono_literals;
using reactor::Deadline;
using reactor::IoResult;
using reactor::IoStatus;
using reactor::RunningReactor;
using tls::RawPeer;
using tls::Role;
using tls::Stream;

namespace {

const tls::MadeCertificate& certificate() {
  static const tls::MadeCertificate made = tls::make_certificate({});
  return made;
}
// Made before the tests, which look for leaks.
[[maybe_unused]] const auto& made_before = certificate();

Deadline soon() { return Deadline::after(10s); }

tls::SslContextHandle context_of(Role role, int version) {
  tls::SslContextHandle context;
  if (role == Role::server)
    context = tls::server_context(certificate());
  else
    context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
  return context;
}

// Everything until the end, and how it ended.
std::string rest_of(Stream& stream, IoStatus& end) {
  std::string text;
  char buffer[4096];
  while (true) {
    const IoResult result = stream.read(buffer, soon());
    text.append(buffer, result.bytes);
    end = result.status;
    if (!result.ok()) return text;
  }
}

std::string read_exactly(Stream& stream, size_t bytes) {
  std::string text;
  char buffer[4096];
  while (text.size() < bytes) {
    const IoResult result = stream.read({buffer, std::min(sizeof buffer, bytes - text.size())}, soon());
    if (!result.ok()) break;
    text.append(buffer, result.bytes);
  }
  return text;
}

}  // namespace

// Each body runs on a fiber and on an ordinary thread, as client and as server, with TLS 1.2 and 1.3; its other end is
// a RawPeer on the test's thread.
TEST_GROUP(Stream) {
  struct Run {
    bool fiber;
    Role role;
    int version;
  };
  using Body = std::function<void(Stream&)>;
  using Other = std::function<void(RawPeer&, std::future<void>&)>;

  void setup() override {
    observe::set_log_sink([](observe::LogId, std::string_view) {}, [](observe::Level) { return true; });
  }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    ERR_clear_error();
  }

  static std::vector<Run> runs() {
    std::vector<Run> all;
    for (const bool fiber : {false, true})
      for (const Role role : {Role::client, Role::server})
        for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) all.push_back({fiber, role, version});
    return all;
  }
  // `other` is called after the handshake, with a future that is there when `body` has returned.
  void with(const Run& run, const Body& body, const Other& other) {
    int ends[2];
    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    const tls::SslContextHandle own = context_of(run.role, run.version);
    const Role opposite = run.role == Role::client ? Role::server : Role::client;
    const tls::SslContextHandle others = context_of(opposite, run.version);
    RawPeer peer(others.get(), opposite, ends[1]);
    IoResult shaken;
    std::promise<void> over;
    std::future<void> done = over.get_future();
    const auto main = [&] {
      {
        Stream stream;
        shaken = stream.socket().adopt(ends[0]);
        if (shaken.ok()) shaken = stream.handshake(tls::SslHandle(SSL_new(own.get())), run.role, soon());
        if (shaken.ok()) body(stream);
      }
      over.set_value();
    };
    std::unique_ptr<RunningReactor> reactor;
    std::thread thread;
    if (run.fiber) {
      reactor = std::make_unique<RunningReactor>();
      reactor->start(main);
    } else {
      thread = std::thread(main);
    }
    const bool peer_shaken = peer.handshake();
    if (peer_shaken) other(peer, done);
    peer.close();
    if (done.valid()) done.wait();
    if (thread.joinable()) thread.join();
    reactor.reset();
    CHECK_TRUE(peer_shaken);
    CHECK_TRUE(shaken.ok());
  }
};

TEST(Stream, bytes_go_both_ways_and_the_end_is_told_apart) {
  for (const Run& run : runs()) {
    std::string got, seen;
    IoStatus end{};
    bool polite = false;
    with(run,
         [&](Stream& stream) {
           if (!stream.write(std::string_view("hello"), soon()).ok()) return;
           got = rest_of(stream, end);
           (void)stream.finish_write(soon());
         },
         [&](RawPeer& peer, std::future<void>&) {
           seen = peer.read(5);
           peer.send("good ");
           peer.send_raw(peer.encrypted_last("bye"));
           polite = peer.sees_close_notify();
         });
    STRCMP_EQUAL("hello", seen.c_str());
    STRCMP_EQUAL("good bye", got.c_str());
    CHECK_TRUE(end == IoStatus::end);
    CHECK_TRUE(polite);
  }
}

TEST(Stream, an_end_without_close_notify_is_truncated) {
  for (const Run& run : runs()) {
    std::string got;
    IoStatus end{}, again{};
    with(run,
         [&](Stream& stream) {
           got = rest_of(stream, end);
           (void)rest_of(stream, again);
         },
         [](RawPeer& peer, std::future<void>& done) {
           peer.send("half");
           peer.finish();
           done.wait();
         });
    STRCMP_EQUAL("half", got.c_str());
    CHECK_TRUE(end == IoStatus::truncated);
    CHECK_TRUE(again == IoStatus::truncated);
  }
}

TEST(Stream, an_end_within_a_record_is_truncated) {
  for (const Run& run : runs()) {
    std::string got;
    IoStatus end{};
    with(run, [&](Stream& stream) { got = rest_of(stream, end); },
         [](RawPeer& peer, std::future<void>& done) {
           peer.send("seen");
           const std::string record = peer.encrypted("never seen");
           peer.send_raw(record.substr(0, record.size() / 2));
           peer.finish();
           done.wait();
         });
    CHECK_TRUE(end == IoStatus::truncated);
    STRCMP_EQUAL("seen", got.c_str());
  }
}

TEST(Stream, what_comes_behind_close_notify_is_never_looked_at) {
  for (const Run& run : runs()) {
    std::string got;
    IoStatus end{}, again{};
    bool idle = true;
    with(run,
         [&](Stream& stream) {
           got = rest_of(stream, end);
           idle = stream.is_idle_and_open();
           (void)rest_of(stream, again);
         },
         [](RawPeer& peer, std::future<void>& done) {
           peer.send_raw(peer.encrypted_last("all") + "GET /smuggled HTTP/1.1\r\n\r\n");
           done.wait();
         });
    STRCMP_EQUAL("all", got.c_str());
    CHECK_TRUE(end == IoStatus::end);
    CHECK_TRUE(again == IoStatus::end);
    CHECK_FALSE(idle);
  }
}

TEST(Stream, one_can_go_on_writing_after_the_peer_has_finished) {
  for (const Run& run : runs()) {
    std::string seen;
    IoStatus end{};
    bool polite = false;
    with(run,
         [&](Stream& stream) {
           (void)rest_of(stream, end);
           (void)stream.write(std::string_view("the answer"), soon());
           (void)stream.finish_write(soon());
         },
         [&](RawPeer& peer, std::future<void>&) {
           peer.send_raw(peer.encrypted_last("the question"));
           seen = peer.read(10);
           polite = peer.sees_close_notify();
         });
    STRCMP_EQUAL("the answer", seen.c_str());
    CHECK_TRUE(polite);
  }
}

TEST(Stream, nothing_is_written_after_close_notify) {
  for (const Run& run : runs()) {
    IoResult late;
    with(run,
         [&](Stream& stream) {
           (void)stream.finish_write(soon());
           late = stream.write(std::string_view("late"), soon());
         },
         [](RawPeer&, std::future<void>& done) { done.wait(); });
    CHECK_TRUE(late.status == IoStatus::reset);
  }
}

TEST(Stream, much_is_written_though_the_peer_reads_slowly) {
  const std::string much(3 * 1000 * 1000, 'm');
  for (const Run& run : runs()) {
    IoResult written;
    std::string seen;
    std::promise<void> blocked;
    with(run,
         [&](Stream& stream) {
           written = stream.write(much, Deadline::after(20ms));  // nobody reads
           blocked.set_value();
           if (written.status != IoStatus::timed_out) return;
           const size_t so_far = written.bytes;
           written = stream.write(std::string_view(much).substr(so_far), soon());
           written.bytes += so_far;
         },
         [&](RawPeer& peer, std::future<void>&) {
           blocked.get_future().wait();
           seen = peer.read(much.size());
         });
    CHECK_TRUE(written.ok());
    CHECK_TRUE(written.waited);
    CHECK_EQUAL(much.size(), written.bytes);
    CHECK_TRUE(seen == much);
  }
}

TEST(Stream, parts_are_written_in_order_and_share_records) {
  for (const Run& run : runs()) {
    std::string seen;
    const std::string big(40000, 'b');
    with(run,
         [&](Stream& stream) {
           std::string head = "head:", tail = ":tail", all = big;
           iovec parts[] = {{head.data(), head.size()}, {nullptr, 0}, {all.data(), all.size()}, {tail.data(), 5}};
           (void)stream.write(std::span<iovec>(parts), soon());
         },
         [&](RawPeer& peer, std::future<void>&) { seen = peer.read(10 + big.size()); });
    CHECK_TRUE(seen == "head:" + big + ":tail");
  }
}

TEST(Stream, half_a_record_is_waited_for) {
  for (const Run& run : runs()) {
    std::string got;
    bool idle = false;
    IoResult early{IoStatus::failed, 0, 0};
    std::promise<void> first_half, looked;
    with(run,
         [&](Stream& stream) {
           first_half.get_future().wait();
           char buffer[64];
           early = stream.read_available(buffer);
           idle = stream.is_idle_and_open();
           looked.set_value();
           got = read_exactly(stream, 10);
         },
         [&](RawPeer& peer, std::future<void>&) {
           const std::string record = peer.encrypted("in  halves");
           peer.send_raw(record.substr(0, 9));
           first_half.set_value();
           looked.get_future().wait();
           peer.send_raw(record.substr(9));
         });
    CHECK_TRUE(early.ok());
    CHECK_EQUAL(0u, early.bytes);
    CHECK_TRUE(idle);  // not a byte of data so far
    STRCMP_EQUAL("in  halves", got.c_str());
  }
}

TEST(Stream, what_is_decrypted_already_is_read_though_the_socket_is_silent) {
  for (const Run& run : runs()) {
    std::string got;
    bool pending = false, idle = true, over = true;
    with(run,
         [&](Stream& stream) {
           got = read_exactly(stream, 3);
           pending = stream.may_read();
           idle = stream.is_idle_and_open();
           got += read_exactly(stream, 9);
           over = stream.descriptor().reactor() && stream.may_read();
         },
         [](RawPeer& peer, std::future<void>& done) {
           std::string records = peer.encrypted("first ");
           records += peer.encrypted("second");
           peer.send_raw(records);
           done.wait();
         });
    STRCMP_EQUAL("first second", got.c_str());
    CHECK_TRUE(pending);
    CHECK_FALSE(idle);
    CHECK_FALSE(over);
  }
}

TEST(Stream, an_idle_connection_takes_in_tickets_and_key_updates_and_stays) {
  for (const Run& run : runs()) {
    if (run.version != TLS1_3_VERSION) continue;
    bool idle = false;
    std::string got;
    std::promise<void> updated, looked;
    with(run,
         [&](Stream& stream) {
           updated.get_future().wait();
           idle = stream.is_idle_and_open();
           looked.set_value();
           got = read_exactly(stream, 5);
         },
         [&](RawPeer& peer, std::future<void>&) {
           if (run.role == Role::client) SSL_new_session_ticket(peer.ssl());
           SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_REQUESTED);
           SSL_do_handshake(peer.ssl());
           peer.send_raw(peer.take());
           updated.set_value();
           looked.get_future().wait();
           peer.send("there");
         });
    STRCMP_EQUAL("there", got.c_str());
    CHECK_TRUE(idle);
  }
}

TEST(Stream, an_idle_connection_that_is_closed_is_seen_to_be) {
  for (const Run& run : runs()) {
    bool open = false, after_data = true, after_close = true;
    std::promise<void> looked, said;
    with(run,
         [&](Stream& stream) {
           open = stream.is_idle_and_open();
           looked.set_value();
           said.get_future().wait();
           if (stream.descriptor().reactor())
             (void)reactor::wait(stream.descriptor(), reactor::Interest::read, soon());
           after_close = stream.is_idle_and_open();
           after_data = stream.is_idle_and_open();
         },
         [&](RawPeer& peer, std::future<void>& done) {
           looked.get_future().wait();
           peer.send_raw(peer.close_notify());
           said.set_value();
           done.wait();
         });
    CHECK_TRUE(open);
    CHECK_FALSE(after_close);
    CHECK_FALSE(after_data);
  }
}

TEST(Stream, tickets_without_end_are_cut_off) {
  for (const Run& run : runs()) {
    if (run.version != TLS1_3_VERSION || run.role != Role::client) continue;
    IoStatus end{};
    with(run, [&](Stream& stream) { (void)rest_of(stream, end); },
         [](RawPeer& peer, std::future<void>&) {
           while (true) {
             SSL_new_session_ticket(peer.ssl());
             SSL_do_handshake(peer.ssl());
             if (!peer.send_raw(peer.take())) break;
           }
         });
    LONGS_EQUAL(static_cast<int>(IoStatus::no_progress), static_cast<int>(end));
  }
}

TEST(Stream, an_answer_that_came_before_the_peer_stopped_reading_is_read) {
  const std::string much(4 * 1000 * 1000, 'm');
  for (const Run& run : runs()) {
    IoResult written;
    std::string got;
    IoStatus end{};
    with(run,
         [&](Stream& stream) {
           written = stream.write(much, soon());
           got = rest_of(stream, end);
         },
         [](RawPeer& peer, std::future<void>&) {
           peer.send("no more, please");
           peer.close();
         });
    LONGS_EQUAL(static_cast<int>(IoStatus::reset), static_cast<int>(written.status));
    STRCMP_EQUAL("no more, please", got.c_str());
    CHECK_FALSE(end == IoStatus::end);
  }
}

TEST(Stream, why_TLS_failed_is_still_known_after_somebody_looked) {
  for (const Run& run : runs()) {
    IoStatus first{};
    bool idle = true;
    std::string said;
    with(run,
         [&](Stream& stream) {
           while (stream.is_idle_and_open()) (void)reactor::wait(stream.descriptor(), reactor::Interest::read, soon());
           idle = stream.is_idle_and_open();
           (void)rest_of(stream, first);
           said = stream.error_text();
         },
         [](RawPeer& peer, std::future<void>& done) {
           std::string record = peer.encrypted("to be broken");
           record.back() ^= 1;
           peer.send_raw(record);
           done.wait();
         });
    CHECK_FALSE(idle);
    CHECK_TRUE(first == IoStatus::tls_failed);
    STRCMP_CONTAINS("decryption failed or bad record mac", said.c_str());
  }
}

TEST(Stream, bytes_read_before_TLS_began_are_its_first) {
  int ends[2];
  CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  const tls::SslContextHandle own = context_of(Role::server, TLS1_3_VERSION);
  const tls::SslContextHandle others = context_of(Role::client, TLS1_3_VERSION);
  RawPeer peer(others.get(), Role::client, ends[1]);
  std::string got;
  std::thread thread([&] {
    Stream stream;
    (void)stream.socket().adopt(ends[0]);
    char start[11];
    const IoResult looked = stream.read(start, soon());
    stream.unread(std::string(start, looked.bytes));
    if (stream.handshake(tls::SslHandle(SSL_new(own.get())), Role::server, soon()).ok()) got = read_exactly(stream, 4);
  });
  CHECK_TRUE(peer.handshake());
  peer.send("ping");
  thread.join();
  STRCMP_EQUAL("ping", got.c_str());
}

TEST(Stream, without_TLS_it_is_the_socket) {
  int ends[2];
  CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  Stream stream;
  CHECK_TRUE(stream.socket().adopt(ends[0]).ok());
  stream.unread("un");
  LONGS_EQUAL(4, send(ends[1], "read", 4, 0));
  STRCMP_EQUAL("unread", read_exactly(stream, 6).c_str());
  CHECK_TRUE(stream.is_idle_and_open());
  CHECK_TRUE(stream.write(std::string_view("back"), soon()).ok());
  char buffer[8];
  LONGS_EQUAL(4, recv(ends[1], buffer, sizeof buffer, 0));
  CHECK_TRUE(stream.finish_write(soon()).ok());
  LONGS_EQUAL(0, recv(ends[1], buffer, sizeof buffer, 0));
  close(ends[1]);
  CHECK_FALSE(stream.is_idle_and_open());
}

TEST(Stream, a_peer_that_speaks_no_TLS_is_told_of) {
  int ends[2];
  CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  const tls::SslContextHandle own = context_of(Role::client, TLS1_3_VERSION);
  LONGS_EQUAL(26, send(ends[1], "HTTP/1.1 400 Bad Request\r\n", 26, 0));
  Stream stream;
  CHECK_TRUE(stream.socket().adopt(ends[0]).ok());
  const IoResult result = stream.handshake(tls::SslHandle(SSL_new(own.get())), Role::client, soon());
  CHECK_TRUE(result.status == IoStatus::tls_failed);
  STRCMP_EQUAL("wrong version number", stream.error_text().c_str());
  close(ends[1]);
}

TEST(Stream, a_handshake_that_is_not_answered_ends_in_time) {
  for (const bool closes : {false, true}) {
    int ends[2];
    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    const tls::SslContextHandle own = context_of(Role::client, TLS1_2_VERSION);
    Stream stream;
    CHECK_TRUE(stream.socket().adopt(ends[0]).ok());
    if (closes) shutdown(ends[1], SHUT_WR);
    const IoResult result = stream.handshake(tls::SslHandle(SSL_new(own.get())), Role::client, Deadline::after(10ms));
    CHECK_TRUE(result.status == (closes ? IoStatus::truncated : IoStatus::timed_out));
    close(ends[1]);
  }
}

TEST(Stream, closing_in_the_middle_says_no_close_notify) {
  for (const Run& run : runs()) {
    bool polite = true;
    with(run, [](Stream& stream) { (void)stream.write(std::string_view("half of"), soon()); },
         [&](RawPeer& peer, std::future<void>&) {
           (void)peer.read(7);
           polite = peer.sees_close_notify();
         });
    CHECK_FALSE(polite);
  }
}
