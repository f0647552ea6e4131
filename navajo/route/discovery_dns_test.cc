// The whole way from a name to its addresses, with a small name server on the loopback.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "navajo/base/build_config.h"
#include "navajo/route/discovery.h"

#include "CppUTest/TestHarness.h"

#if NAVAJO_HAVE_CARES

using namespace navajo;
using namespace navajo::route;
using namespace std::chrono_literals;

namespace {

constexpr uint16_t kA = 1, kAaaa = 28, kSrv = 33;

std::string two(unsigned number) { return {static_cast<char>(number >> 8), static_cast<char>(number)}; }

std::string encoded(const std::string& name) {
  std::string out;
  size_t begin = 0;
  while (begin < name.size()) {
    const size_t end = std::min(name.find('.', begin), name.size());
    out += static_cast<char>(end - begin) + name.substr(begin, end - begin);
    begin = end + 1;
  }
  return out + std::string(1, '\0');
}

// Answers what it is told to, and NXDOMAIN to everything else.
class NameServer {
 public:
  NameServer() : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    socklen_t size = sizeof address;
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    if (pipe(stop_) != 0) abort();
    thread_ = std::thread([this] { serve(); });
  }
  ~NameServer() {
    close(stop_[1]);
    thread_.join();
    close(stop_[0]);
    close(socket_);
  }
  std::string where() const { return "127.0.0.1:" + std::to_string(port_); }
  void set(const std::string& name, uint16_t type, std::vector<std::string> data) {
    const std::lock_guard lock(mutex_);
    records_[{name, type}] = std::move(data);
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    records_.clear();
  }
  void set_silent(bool silent) { silent_.store(silent); }

 private:
  void serve() {
    for (;;) {
      pollfd both[] = {{socket_, POLLIN, 0}, {stop_[0], POLLIN, 0}};
      poll(both, 2, -1);
      if (both[1].revents) return;
      char bytes[512];
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const ssize_t got = recvfrom(socket_, bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 17 || silent_.load()) continue;
      const std::string out = answer(std::string(bytes, static_cast<size_t>(got)));
      sendto(socket_, out.data(), out.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }
  std::string answer(const std::string& query) {
    std::string name;
    size_t at = 12;
    while (at < query.size() && query[at] != 0) {
      const auto length = static_cast<unsigned char>(query[at]);
      name += (name.empty() ? "" : ".") + query.substr(at + 1, length);
      at += length + 1u;
    }
    at++;
    const auto type = static_cast<uint16_t>(static_cast<unsigned char>(query[at]) << 8 |
                                            static_cast<unsigned char>(query[at + 1]));
    const std::string question = query.substr(12, at + 4 - 12);
    const std::lock_guard lock(mutex_);
    bool is_known = false;
    for (const auto& one : records_) is_known = is_known || one.first.first == name;
    const auto found = records_.find({name, type});
    const size_t count = found == records_.end() ? 0 : found->second.size();
    std::string out = query.substr(0, 2) + (is_known ? "\x85\x80" : "\x85\x83") + two(1) +
                      two(static_cast<unsigned>(count)) + two(0) + two(0) + question;
    for (size_t i = 0; i < count; i++) {
      const std::string& data = found->second[i];
      out += two(0xc00c) + two(type) + two(1) + two(0) + two(7) + two(static_cast<unsigned>(data.size())) + data;
    }
    return out;
  }

  int socket_;
  int stop_[2] = {-1, -1};
  uint16_t port_ = 0;
  std::atomic<bool> silent_{false};
  std::mutex mutex_;
  std::map<std::pair<std::string, uint16_t>, std::vector<std::string>> records_;
  std::thread thread_;
};

std::string four(const char* text) {
  in_addr out{};
  inet_pton(AF_INET, text, &out);
  return {reinterpret_cast<const char*>(&out), sizeof out};
}
std::string six(const char* text) {
  in6_addr out{};
  inet_pton(AF_INET6, text, &out);
  return {reinterpret_cast<const char*>(&out), sizeof out};
}
std::string service(unsigned priority, unsigned weight, unsigned port, const std::string& host) {
  return two(priority) + two(weight) + two(port) + encoded(host);
}

}  // namespace

TEST_GROUP(DiscoveryOverDns) {
  NameServer server;
  base::ManualClock clock;
  Discovery discovery;

  void have(const char* host, uint16_t port) {
    BackendRow row;
    row.id = "web";
    row.app = "shop";
    row.host = host;
    row.port = port;
    discovery.set_rows({row}, clock.now());
  }
  Discovery::Taken ask() {
    reactor::LookupOptions how;
    how.servers = server.where();
    const auto name = discovery.due(clock.now());
    CHECK_TRUE(name.has_value());
    return discovery.take(*name, look_up_backends(*name, how), clock.now());
  }
  std::string ids() const {
    std::string out;
    for (const BackendRow& one : discovery.rows()) out += (out.empty() ? "" : " ") + one.id;
    return out;
  }
};

TEST(DiscoveryOverDns, both_families_and_a_changed_answer_after_its_time) {
  server.set("web.test", kA, {four("10.0.0.1"), four("10.0.0.2")});
  server.set("web.test", kAaaa, {six("fd00::1")});
  have("web.test", 80);
  CHECK_TRUE(ask() == Discovery::Taken::changed);
  STRCMP_EQUAL("web@10.0.0.1:80 web@10.0.0.2:80 web@[fd00::1]:80", ids().c_str());
  LONGS_EQUAL(7, std::chrono::duration_cast<std::chrono::seconds>(discovery.next_due() - clock.now()).count());
  server.set("web.test", kA, {four("10.0.0.3")});
  clock.advance(7s);
  CHECK_TRUE(ask() == Discovery::Taken::changed);
  STRCMP_EQUAL("web@10.0.0.3:80 web@[fd00::1]:80", ids().c_str());
  server.clear();
  clock.advance(7s);
  CHECK_TRUE(ask() == Discovery::Taken::lost);
  STRCMP_EQUAL("web@10.0.0.3:80 web@[fd00::1]:80", ids().c_str());
}

TEST(DiscoveryOverDns, srv_records_and_the_addresses_of_their_hosts) {
  server.set("_http._tcp.web.test", kSrv,
             {service(10, 5, 8080, "n1.test"), service(20, 0, 8081, "n2.test"), service(1, 1, 1, "none.test")});
  server.set("n1.test", kA, {four("10.0.0.1")});
  server.set("n2.test", kAaaa, {six("fd00::2")});
  have("_http._tcp.web.test", 0);
  CHECK_TRUE(ask() == Discovery::Taken::changed);
  STRCMP_EQUAL("web@10.0.0.1:8080 web@[fd00::2]:8081", ids().c_str());
  const auto rows = discovery.rows();
  LONGS_EQUAL(10, rows[0].priority);
  LONGS_EQUAL(5, rows[0].weight);
  LONGS_EQUAL(20, rows[1].priority);
  LONGS_EQUAL(1, rows[1].weight);
  LONGS_EQUAL(7, std::chrono::duration_cast<std::chrono::seconds>(discovery.next_due() - clock.now()).count());
}

TEST(DiscoveryOverDns, a_name_that_is_not_there_has_a_reason) {
  have("none.test", 80);
  CHECK_TRUE(ask() == Discovery::Taken::not_found);
  CHECK_FALSE(discovery.failures().at(0).second.empty());
}

TEST(DiscoveryOverDns, whoever_has_to_stop_does_not_wait_for_a_silent_server) {
  server.set_silent(true);
  const std::atomic<bool> stop{true};
  reactor::LookupOptions how;
  how.servers = server.where();
  how.stop = &stop;
  CHECK_FALSE(look_up_backends("web.test", how).error.empty());
  CHECK_FALSE(look_up_backends("_x._tcp.web.test", how).error.empty());
}

#endif
