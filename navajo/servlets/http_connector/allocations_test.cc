// A request in the warm state takes no memory of its own but the request's: malloc itself is counted.
#include "navajo/base/count_allocations.h"

#ifdef NAVAJO_COUNTS_ALLOCATIONS

#include <array>
#include <cstdlib>
#include <memory>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/api/request_wrapper.h"
#include "navajo/connector/reactor_fixture.h"
#include "navajo/connector/scripted_backend.h"
#include "navajo/servlets/http_connector/http_connector_servlet.h"
#include "navajo/servlets/http_connector/made_settings.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::servlets;
using namespace navajo::servlets::http_connector;
using navajo::connector::ReactorFixture;
using navajo::connector::ScriptedBackend;

namespace {

// The fakes store what they are told, and allocate for it. These do not.
class QuietHeaders final : public navajo::http::Headers {
 public:
  size_t added = 0;
  std::optional<std::string_view> get(std::string_view) const override { return std::nullopt; }
  void set(std::string_view, std::string_view) override {}
  void add(std::string_view, std::string_view) override { added++; }
  void remove(std::string_view) override {}
  void for_each(Visitor visit) const override {
    (void)(visit("User-Agent", "unit test") && visit("Connection", "keep-alive") && visit("Cookie", "a=b"));
  }
};

class QuietRequest final : public navajo::api::RequestWrapper {
 public:
  explicit QuietRequest(navajo::api::FakeRequest& inner) : RequestWrapper(inner) {}
  bool secure() const override { return true; }
  uint16_t server_port() const override { return 443; }
  navajo::http::Headers& headers() override { return headers_; }
  std::optional<std::string_view> environment(std::string_view) override { return std::nullopt; }
  void set_environment(const char*, std::string_view) override { variables++; }
  std::pmr::memory_resource& memory() override { return *std::pmr::null_memory_resource(); }
  size_t variables = 0;

 private:
  QuietHeaders headers_;
};

class QuietResponse final : public navajo::api::Response {
 public:
  size_t bytes = 0;
  QuietHeaders fields;
  int status() const override { return 200; }
  void set_status(int, std::string_view) override {}
  navajo::http::Headers& headers() override { return fields; }
  void set_content_length(uint64_t) override {}
  void set_content_type(std::string_view) override {}
  bool committed() const override { return bytes > 0; }
  navajo::api::WriteStatus commit() override { return navajo::api::WriteStatus::ok; }
  navajo::api::WriteStatus write(std::span<const char> more) override {
    bytes += more.size();
    return navajo::api::WriteStatus::ok;
  }
  navajo::api::WriteStatus flush() override { return navajo::api::WriteStatus::ok; }
  navajo::api::WriteStatus finish() override { return navajo::api::WriteStatus::ok; }
  void abort() override {}
  uint64_t bytes_written() const override { return bytes; }
};

}  // namespace

TEST_GROUP(Allocations) {
  navajo::reactor::Resolver resolver;
  size_t allocations = 0, bytes = 0, variables = 0;

  void measure(HttpConnectorServlet & servlet, const std::string& body) {
    navajo::api::FakeRequest fake(body.empty() ? "GET" : "POST", "/path?query");
    if (!body.empty()) fake.with_body(body);
    for (int i = 0; i < 3; i++) {
      if (!body.empty()) fake.the_body = {}, fake.with_body(body);
      QuietRequest request(fake);
      QuietResponse response;
      const size_t before = navajo::base::t_allocations;
      (void)servlet.service(request, response);
      allocations = navajo::base::t_allocations - before;
      bytes = response.bytes;
      variables = request.variables;
    }
  }
  std::unique_ptr<HttpConnectorServlet> servlet_for(const ScriptedBackend& backend) {
    auto settings = made_settings({{"InetAddress", backend.address()}});
    return std::make_unique<HttpConnectorServlet>(std::move(*settings), resolver);
  }
};

TEST(Allocations, a_small_get_on_a_pooled_connection_needs_none) {
  const std::string response =
      "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1024\r\n\r\n" + std::string(1024, 'x');
  ScriptedBackend backend([&](ScriptedBackend::Peer& peer) {
    while (peer.read_head()) peer.send(response);
  });
  const auto servlet = servlet_for(backend);
  measure(*servlet, "");
  CHECK_EQUAL(1024u, bytes);
  CHECK_EQUAL(7u, variables);
  CHECK_EQUAL(0u, allocations);
}

TEST(Allocations, nor_does_a_post_or_a_large_response_and_on_a_reactor_it_is_the_same) {
  const std::string response = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(1000000, 'x');
  ScriptedBackend backend([&](ScriptedBackend::Peer& peer) {
    while (peer.read_head()) {
      peer.read(16384);
      peer.send(response);
    }
  });
  const auto servlet = servlet_for(backend);
  const std::string body(16384, 'b');
  ReactorFixture reactor;
  reactor.run([&] { measure(*servlet, body); });
  reactor.post([&] { servlet->connector().drop_pool_of_this_thread(); });
  CHECK_EQUAL(1000000u, bytes);
  CHECK_EQUAL(0u, allocations);
}

#endif
