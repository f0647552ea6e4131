#include "navajo/servlets/admin/admin_servlet.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "navajo/api/fakes.h"
#include "navajo/observe/request_history.h"
#include "navajo/shm/arena.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::servlets::admin;

namespace {

std::string hex_of(const Digest& digest) {
  std::string out;
  for (const unsigned char byte : digest) {
    char digits[3];
    snprintf(digits, sizeof digits, "%02x", byte);
    out += digits;
  }
  return out;
}

}  // namespace

TEST_GROUP(AdminServlet) {
  std::string folder = (std::filesystem::temp_directory_path() / ("admin-" + std::to_string(getpid()))).string();
  std::unique_ptr<AdminServlet> servlet;
  std::shared_ptr<limits::Limits> limits;
  std::unique_ptr<api::FakeResponse> response;

  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(folder + "/" + name).parent_path());
    FILE* file = fopen((folder + "/" + name).c_str(), "w");
    fputs(text.c_str(), file);
    fclose(file);
    chmod((folder + "/" + name).c_str(), 0600);
  }
  void setup() override {
    std::string tokens;
    for (const char* role : {"viewer", "operator", "admin"})
      tokens += std::string(role) + " the-" + role + " " + hex_of(digest_of(std::string(role) + "-token")) + "\n";
    write("tokens.txt", tokens);
    write("console/index.html", "<!DOCTYPE html>");
    write("console/app/main.mjs", "export {}");
    limits = *limits::Limits::open({.name = "admin-test"});
    make();
  }
  void make(uint16_t port = 0) {
    AdmissionSettings settings;
    settings.port = port;
    CHECK_TRUE(settings.allowed.add("192.0.2.0/24").ok());
    settings.hosts = {"localhost"};
    settings.failures_per_minute = 3;
    settings.limits = limits;
    config::Diagnostics faults;
    auto tokens = std::make_unique<TokenFile>(folder + "/tokens.txt", config::Position{}, faults);
    CHECK_TRUE(faults.ok());
    servlet = std::make_unique<AdminServlet>(Admission(std::move(settings), std::move(tokens)),
                                             std::move(*ConsoleFiles::read(folder + "/console")), nullptr);
  }
  void teardown() override {
    servlet.reset();
    limits.reset();
    limits::Limits::close_unused();
    std::filesystem::remove_all(folder);
  }
  static api::FakeRequest& from_localhost(api::FakeRequest& request, const char* token) {
    request.the_host = request.the_authority = "localhost";
    if (token) request.with("Authorization", std::string("Bearer ") + token);
    return request;
  }
  int ask(api::FakeRequest& request) {
    response = std::make_unique<api::FakeResponse>();
    const api::Outcome outcome = servlet->service(request, *response);
    return outcome.is_answered() ? response->the_status : outcome.status;
  }
  int ask(const char* method, const char* target, const char* token, const char* body = nullptr) {
    api::FakeRequest request(method, target);
    from_localhost(request, token);
    if (body) request.with("Content-Type", "application/json").with_body(body);
    return ask(request);
  }
  void body_has(const char* text) { STRCMP_CONTAINS(text, response->body.c_str()); }
};

TEST(AdminServlet, serves_the_console_with_a_strict_policy) {
  LONGS_EQUAL(200, ask("GET", "/", nullptr));
  STRCMP_EQUAL("<!DOCTYPE html>", response->body.c_str());
  STRCMP_CONTAINS("default-src 'none'", std::string(*response->fields.get("Content-Security-Policy")).c_str());
  CHECK_TRUE(response->fields.get("X-Frame-Options") == "DENY");
  LONGS_EQUAL(200, ask("GET", "/app/main.mjs", nullptr));
  STRCMP_CONTAINS("text/javascript", response->content_type.c_str());
  LONGS_EQUAL(404, ask("GET", "/../tokens.txt", nullptr));
  LONGS_EQUAL(405, ask("POST", "/", nullptr));
}

TEST(AdminServlet, sends_a_file_only_if_it_has_changed) {
  ask("GET", "/", nullptr);
  const std::string tag(*response->fields.get("ETag"));
  api::FakeRequest again("GET", "/");
  from_localhost(again, nullptr).with("If-None-Match", tag);
  LONGS_EQUAL(304, ask(again));
  STRCMP_EQUAL("", response->body.c_str());
}

TEST(AdminServlet, asks_for_a_token_and_takes_no_wrong_one) {
  LONGS_EQUAL(401, ask("GET", "/api/v1/whoami", nullptr));
  CHECK_TRUE(response->fields.get("WWW-Authenticate").has_value());
  LONGS_EQUAL(401, ask("GET", "/api/v1/whoami", "wrong"));
  LONGS_EQUAL(200, ask("GET", "/api/v1/whoami", "viewer-token"));
  STRCMP_EQUAL("{\"name\":\"the-viewer\",\"role\":\"viewer\",\"address\":\"192.0.2.7\"}\n", response->body.c_str());
}

TEST(AdminServlet, hears_no_more_of_an_address_that_was_wrong_too_often) {
  for (int i = 0; i < 3; i++) LONGS_EQUAL(401, ask("GET", "/api/v1/whoami", "wrong"));
  LONGS_EQUAL(429, ask("GET", "/api/v1/whoami", "viewer-token"));
  CHECK_TRUE(response->fields.get("Retry-After").has_value());
}

TEST(AdminServlet, describes_itself) {
  LONGS_EQUAL(200, ask("GET", "/api/v1", "viewer-token"));
  body_has("\"version\":1");
  for (const Endpoint& endpoint : Api::endpoints()) body_has(endpoint.does);
}

TEST(AdminServlet, is_for_allowed_addresses_and_hosts_alone) {
  api::FakeRequest far("GET", "/");
  from_localhost(far, nullptr).the_client_address = "198.51.100.1";
  LONGS_EQUAL(403, ask(far));
  api::FakeRequest through("GET", "/");
  from_localhost(through, nullptr).the_peer_address = "198.51.100.1";
  LONGS_EQUAL(403, ask(through));
  api::FakeRequest rebound("GET", "/api/v1/whoami");
  from_localhost(rebound, "viewer-token").the_host = "evil.example";
  LONGS_EQUAL(421, ask(rebound));
}

TEST(AdminServlet, answers_on_its_own_listener_alone) {
  make(9443);
  LONGS_EQUAL(403, ask("GET", "/", nullptr));
  api::FakeRequest right("GET", "/");
  from_localhost(right, nullptr).the_server_port = 9443;
  LONGS_EQUAL(200, ask(right));
}

TEST(AdminServlet, does_nothing_for_pages_of_other_origins) {
  api::FakeRequest other("GET", "/api/v1/whoami");
  from_localhost(other, "admin-token").with("Origin", "https://evil.example");
  LONGS_EQUAL(403, ask(other));
  api::FakeRequest site("GET", "/api/v1/whoami");
  from_localhost(site, "admin-token").with("Sec-Fetch-Site", "cross-site");
  LONGS_EQUAL(403, ask(site));
  api::FakeRequest own("GET", "/api/v1/whoami");
  from_localhost(own, "admin-token").with("Origin", "http://localhost").with("Sec-Fetch-Site", "same-origin");
  LONGS_EQUAL(200, ask(own));
}

TEST(AdminServlet, changes_come_as_json_and_with_the_right_role) {
  LONGS_EQUAL(415, ask("POST", "/api/v1/sessions/end", "admin-token"));
  LONGS_EQUAL(403, ask("POST", "/api/v1/sessions/end", "operator-token", "{\"all\":true}"));
  LONGS_EQUAL(400, ask("POST", "/api/v1/sessions/end", "admin-token", "{}"));
  body_has("nothing_selected");
  LONGS_EQUAL(400, ask("POST", "/api/v1/sessions/end", "admin-token", "{\"everybody\":true}"));
  LONGS_EQUAL(400, ask("POST", "/api/v1/sessions/end", "admin-token", "{\"user\":"));
  LONGS_EQUAL(200, ask("POST", "/api/v1/sessions/end", "admin-token", "{\"user\":\"anna\"}"));
  body_has("\"ended\":0");
}

TEST(AdminServlet, a_viewer_sees_no_sessions) {
  LONGS_EQUAL(403, ask("GET", "/api/v1/sessions", "viewer-token"));
  LONGS_EQUAL(200, ask("GET", "/api/v1/sessions", "operator-token"));
  LONGS_EQUAL(200, ask("GET", "/api/v1/stores", "viewer-token"));
}

TEST(AdminServlet, nothing_is_changed_by_get) {
  for (const Endpoint& endpoint : Api::endpoints())
    if (std::string_view(endpoint.method) != "GET" && std::string_view(endpoint.path).find('{') == std::string::npos)
      CHECK_TRUE(ask("GET", ("/api/v1" + std::string(endpoint.path)).c_str(), "admin-token") >= 400);
}

TEST(AdminServlet, knows_what_there_is_not) {
  LONGS_EQUAL(404, ask("GET", "/api/v1/nothing", "viewer-token"));
  LONGS_EQUAL(405, ask("DELETE", "/api/v1/overview", "viewer-token", "{}"));
  CHECK_TRUE(response->fields.get("Allow") == "GET");
  LONGS_EQUAL(400, ask("GET", "/api/v1/overview?x=1", "viewer-token"));
  LONGS_EQUAL(404, ask("POST", "/api/v1/routings/none/backends/x/drain", "operator-token", "{}"));
  LONGS_EQUAL(503, ask("GET", "/api/v1/requests", "viewer-token"));
  LONGS_EQUAL(503, ask("GET", "/api/v1/limits", "viewer-token"));
}

TEST(AdminServlet, shows_remembered_requests_without_people_to_viewers) {
  auto history = std::move(*observe::RequestHistory::open_or_create(folder + "/requests", 1));
  observe::set_process_history(&history);
  observe::RequestRecord record{};
  observe::put_text(record.id, "0123456789abcdef");
  observe::put_text(record.user, "anna");
  record.kind = static_cast<uint8_t>(observe::RecordKind::blocked);
  history.remember(record);
  LONGS_EQUAL(200, ask("GET", "/api/v1/requests?kind=blocked", "viewer-token"));
  body_has("{\"request\":[{\"id\":\"0123456789abcdef\",\"kind\":\"blocked\"");
  CHECK_TRUE(response->body.find("anna") == std::string::npos);
  LONGS_EQUAL(200, ask("GET", "/api/v1/requests/01234567", "operator-token"));
  body_has("\"user\":\"anna\"");
  LONGS_EQUAL(404, ask("GET", "/api/v1/requests/9999999999", "operator-token"));
  observe::set_process_history(nullptr);
}
