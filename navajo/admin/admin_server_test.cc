#include "navajo/admin/admin_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "navajo/admin/admin_client.h"
#include "navajo/admin/line.h"
#include "navajo/admin/socket_file.h"
#include "navajo/session/store_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::admin;
using namespace std::chrono_literals;

namespace {
struct ServerTest : Utest, session::StoreFixture {};
}  // namespace

TEST_GROUP_BASE(AdminServer, ServerTest) {
  std::string folder, path;
  ListeningSocket listening;
  std::vector<NamedStore> stores;
  std::unique_ptr<AdminServer> server;

  void setup() override {
    folder = (std::filesystem::temp_directory_path() / "navajo-admin-test-XXXXXX").string();
    CHECK(mkdtemp(folder.data()) != nullptr);
    path = folder + "/admin.sock";
    auto made = session::LocalSessionStore::open(options(), clock);
    CHECK(made.ok());
    stores.push_back({name, std::shared_ptr<session::SessionStore>(std::move(*made))});
    auto listens = listen_at(path, std::nullopt);
    CHECK(listens.ok());
    listening = *listens;
  }
  void teardown() override {
    server.reset();
    close(listening.fd);
    stores.clear();
    std::filesystem::remove_all(folder);
  }
  void start(std::chrono::milliseconds patience = 10s, size_t max_clients = 4) {
    AdminServerOptions options;
    options.listener = listening.fd;
    options.stores = stores;
    options.max_clients = max_clients;
    options.patience = patience;
    server = AdminServer::start(std::move(options));
    CHECK(server != nullptr);
  }
  void add(int count) {
    for (int i = 0; i < count; i++) CHECK(stores[0].store->create(kLimits).ok());
  }
  AdminClient connected() {
    auto client = AdminClient::connect(path, 30s);
    CHECK(client.ok());
    return std::move(*client);
  }
  // The lines of the rest of an answer; "broken: WHY" as the last where it does not end as it should.
  static std::vector<std::string> rest(AdminClient & client) {
    std::vector<std::string> out;
    for (;;) {
      auto line = client.next_line();
      if (!line.ok()) out.push_back("broken: " + line.error().text);
      if (!line.ok() || !*line) return out;
      out.push_back(std::move(**line));
    }
  }
  std::vector<std::string> asked(const std::string& request) {
    AdminClient client = connected();
    CHECK(client.send(request).ok());
    return rest(client);
  }
  // A connection of the test's own, for what AdminClient would never do.
  int raw() {
    const auto fd = connect_to(path);
    CHECK(fd.ok());
    return *fd;
  }
  static std::string all_of(int fd) {
    std::string out;
    char piece[4096];
    for (ssize_t length; (length = recv(fd, piece, sizeof piece, 0)) > 0;)
      out.append(piece, static_cast<size_t>(length));
    return out;
  }
};

TEST(AdminServer, answers_a_request_and_closes) {
  start();
  add(3);
  const auto lines_told = asked("navajo/1 session list");
  LONGS_EQUAL(4, lines_told.size());
  STRCMP_EQUAL("{\"type\":\"end\",\"matched\":3}", lines_told.back().c_str());
}

TEST(AdminServer, streams_more_than_any_buffer_holds) {
  start();
  add(20000);
  LONGS_EQUAL(20001, asked("navajo/1 session list").size());
}

TEST(AdminServer, serves_more_clients_than_it_has_places_for) {
  start(10s, 2);
  add(5000);
  std::vector<AdminClient> clients;
  for (int i = 0; i < 10; i++) clients.push_back(connected());
  for (AdminClient& client : clients) CHECK(client.send("navajo/1 session list").ok());
  for (AdminClient& client : clients) LONGS_EQUAL(5001, rest(client).size());
}

TEST(AdminServer, cuts_a_client_that_does_not_read_and_serves_the_others) {
  start(1s);  // also enough for those who do read, in a build for the sanitizer
  add(20000);
  const int deaf = raw();
  const std::string request = "navajo/1 session list\n";
  CHECK_EQUAL(static_cast<ssize_t>(request.size()), send(deaf, request.data(), request.size(), 0));
  // Gone when it was cut: its end hangs up, whatever is still unread.
  pollfd hung{deaf, 0, 0};
  LONGS_EQUAL(1, poll(&hung, 1, 30000));
  CHECK(hung.revents & POLLHUP);
  const std::string read = all_of(deaf);
  close(deaf);
  CHECK(read.find("\"type\":\"end\"") == std::string::npos);
  LONGS_EQUAL(20001, asked("navajo/1 session list").size());
  server.reset();
  CHECK(last_of(observe::id::admin_client_cut).find("does not read its answer") != std::string::npos);
}

TEST(AdminServer, cuts_a_client_that_says_nothing) {
  start(50ms);
  const int silent = raw();
  STRCMP_EQUAL("", all_of(silent).c_str());
  close(silent);
  server.reset();
  CHECK(last_of(observe::id::admin_client_cut).find("has sent no whole request") != std::string::npos);
}

TEST(AdminServer, takes_a_request_in_pieces_from_a_client_that_has_closed_its_half) {
  start();
  const int client = raw();
  for (const char* piece : {"navajo/1 ", "session", " list\n"}) CHECK(send(client, piece, strlen(piece), 0) > 0);
  shutdown(client, SHUT_WR);
  STRCMP_EQUAL("{\"type\":\"end\",\"matched\":0}\n", all_of(client).c_str());
  close(client);
}

TEST(AdminServer, refuses_a_request_without_end) {
  start();
  const int client = raw();
  const std::string request(kMaxLine + 1, 'x');
  CHECK_EQUAL(static_cast<ssize_t>(request.size()), send(client, request.data(), request.size(), 0));
  CHECK(all_of(client).find("\"bad_request\"") != std::string::npos);
  close(client);
}

TEST(AdminServer, leaves_new_clients_to_the_next_when_it_stops_accepting) {
  start();
  add(1);
  server->stop_accepting();
  AdminClient early = connected();
  CHECK(early.send("navajo/1 session list").ok());
  server->end(10s);
  start();
  LONGS_EQUAL(2, rest(early).size());
}

TEST(AdminServer, finishes_what_is_in_work_before_it_ends) {
  start();
  add(20000);
  AdminClient client = connected();
  CHECK(client.send("navajo/1 session list").ok());
  const auto first = client.next_line();
  CHECK(first.ok());
  std::thread ending([this] { server->end(60s); });
  LONGS_EQUAL(20000, rest(client).size());
  ending.join();
}

TEST(AdminServer, cuts_what_is_in_work_when_there_is_no_time) {
  start();
  add(20000);
  AdminClient client = connected();
  CHECK(client.send("navajo/1 session list").ok());
  CHECK(client.next_line().ok());
  server->end(0ms);
  const auto lines_told = rest(client);
  CHECK(lines_told.empty() || lines_told.back().find("\"type\":\"end\"") == std::string::npos);
}

TEST(AdminServer, knows_who_asks) {
  start();
  add(1);
  LONGS_EQUAL(1, asked("navajo/1 session kill all=yes").size());
  server.reset();
  STRCMP_EQUAL(("NVJ1771 session kill all=yes by process " + std::to_string(getpid()) + " of user " +
                std::to_string(geteuid()) + ": 1 sessions ended")
                   .c_str(),
               last_of(observe::id::admin_sessions_ended).c_str());
}
