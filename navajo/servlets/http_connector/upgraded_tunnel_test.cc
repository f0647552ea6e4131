#include "navajo/servlets/http_connector/upgraded_tunnel.h"

#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "navajo/reactor/running_reactor.h"
#include "navajo/servlets/http_connector/servlet_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::servlets::http_connector;
using namespace std::chrono_literals;
using reactor::RunningReactor;
using api::Upgraded;

namespace {

const std::string kGone = http::websocket_close_frame(http::kGoingAway);
const std::string kSessionGone = http::websocket_close_frame(http::kPolicyViolation);

// Exactly so many bytes, or fewer at the end.
std::string read_from(int fd, size_t bytes) {
  std::string text(bytes, '\0');
  size_t filled = 0;
  while (filled < bytes) {
    const ssize_t got = recv(fd, text.data() + filled, bytes - filled, 0);
    if (got <= 0) break;
    filled += static_cast<size_t>(got);
  }
  text.resize(filled);
  return text;
}

}  // namespace

// The client's side stands in `client`, the backend's in `origin`: file descriptors of the test.
TEST_GROUP_BASE(UpgradedTunnel, ServletFixture) {
  class Client : public Upgraded::Client {
   public:
    tls::Stream the_stream;
    std::unique_ptr<UpgradedTunnel> upgraded;
    std::promise<End> ended;
    tls::Stream& stream() override { return the_stream; }
    void end(End how) override {
      upgraded.reset();
      the_stream.close();
      ended.set_value(how);
    }
  };

  UpgradeSettings settings;
  std::shared_ptr<api::FakeSession::Watched> watched = std::make_shared<api::FakeSession::Watched>();
  std::unique_ptr<Client> end = std::make_unique<Client>();
  std::future<Upgraded::Client::End> how = end->ended.get_future();
  int client = -1, origin = -1;
  RunningReactor* running = nullptr;

  void setup() override {
    ServletFixture::setup();
    running = new RunningReactor;
  }
  void teardown() override {
    running->run([this] {
      end->upgraded.reset();
      end->the_stream.close();
    });
    delete running;
    close(client);
    close(origin);
    ServletFixture::teardown();
  }
  void open(std::string_view protocol = kWebSocket, bool with_session = false) {
    int at_client[2], at_origin[2];
    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, at_client));
    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, at_origin));
    client = at_client[1];
    origin = at_origin[1];
    running->run([&] {
      auto connection = std::make_unique<connector::Connection>();
      (void)connection->stream.socket().adopt(at_origin[0]);
      (void)end->the_stream.socket().adopt(at_client[0]);
      FakeRequest request("GET", "/chat?secret=1");
      api::FakeSession session;
      session.watched = watched;
      end->upgraded = std::make_unique<UpgradedTunnel>(settings, protocol, std::move(connection),
                                                       tunnel::TunnelSlots::Slot(),
                                                       with_session ? session.watch() : nullptr, request, "app:80");
      end->upgraded->begin(*end);
    });
  }
  void say(int fd, std::string_view text) {
    LONGS_EQUAL(static_cast<long>(text.size()), send(fd, text.data(), text.size(), MSG_NOSIGNAL));
  }
  Upgraded::Client::End wait_for_end() {
    CHECK(how.wait_for(10s) == std::future_status::ready);
    return how.get();
  }
  void line_says(const char* text) {
    running->run([] {});
    CHECK_EQUAL(1u, lines.size());
    STRCMP_CONTAINS(text, lines[0].c_str());
    STRCMP_CONTAINS("user -, request test-request", lines[0].c_str());
    CHECK_TRUE(lines[0].find("secret") == std::string::npos);
  }
};

TEST(UpgradedTunnel, carries_bytes_both_ways_until_both_are_done) {
  open();
  say(client, "\x81\x82masked");
  STRCMP_EQUAL("\x81\x82masked", read_from(origin, 8).c_str());
  say(origin, "\x81\x02hi");
  STRCMP_EQUAL("\x81\x02hi", read_from(client, 4).c_str());
  shutdown(client, SHUT_WR);
  shutdown(origin, SHUT_WR);
  CHECK(wait_for_end() == Upgraded::Client::End::at_once);
  STRCMP_EQUAL("", read_from(client, 10).c_str());
  line_says("NVJ2055 websocket of 192.0.2.7 to app:80, /chat: finished, 8 bytes up, 4 down");
}

TEST(UpgradedTunnel, the_end_of_its_session_is_told_with_1008) {
  settings.session_interval = 20ms;
  open(kWebSocket, true);
  for (int looks = watched->looks; watched->looks < looks + 2;) std::this_thread::yield();
  LONGS_EQUAL(0, watched->touches);  // nobody has said anything
  say(origin, "\x81\x02hi");
  STRCMP_EQUAL("\x81\x02hi", read_from(client, 4).c_str());
  while (watched->touches == 0) std::this_thread::yield();
  for (int looks = watched->looks; watched->looks < looks + 2;) std::this_thread::yield();
  LONGS_EQUAL(1, watched->touches);
  watched->alive = false;
  CHECK(wait_for_end() == Upgraded::Client::End::lingering);
  CHECK_TRUE(read_from(client, 10) == kSessionGone);
  line_says("session ended, 0 bytes up, 4 down");
}

TEST(UpgradedTunnel, a_limit_is_told_with_1001) {
  settings.limits.idle = 20ms;
  open();
  CHECK(wait_for_end() == Upgraded::Client::End::lingering);
  CHECK_TRUE(read_from(client, 10) == kGone);
  line_says(": idle, 0 bytes up");
}

TEST(UpgradedTunnel, nothing_is_said_within_a_frame_or_after_a_Close_frame) {
  for (const std::string& before : {std::string("\x81\x05he"), std::string("\x88\x02\x03\xe8")}) {
    settings.limits.idle = 20ms;
    open();
    say(origin, before);
    CHECK(wait_for_end() == Upgraded::Client::End::lingering);
    CHECK_TRUE(read_from(client, 10) == before);
    close(client);
    close(origin);
    end = std::make_unique<Client>();
    how = end->ended.get_future();
  }
}

TEST(UpgradedTunnel, of_another_protocol_nothing_is_said) {
  settings.limits.idle = 20ms;
  open("irc");
  CHECK(wait_for_end() == Upgraded::Client::End::lingering);
  STRCMP_EQUAL("", read_from(client, 10).c_str());
}

TEST(UpgradedTunnel, that_goes_with_its_child_says_so) {
  open();
  running->run([this] { end->upgraded.reset(); });
  CHECK_TRUE(read_from(client, kGone.size()) == kGone);
  line_says(": stopping, 0 bytes up");
}
