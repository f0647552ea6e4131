// What the tests of the servlet as a whole share: a servlet in front of a scripted backend, and the lines it logs.
// Not part of libnavajo.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "navajo/api/fakes.h"
#include "navajo/connector/scripted_backend.h"
#include "navajo/observe/log.h"
#include "navajo/servlets/http_connector/http_connector_servlet.h"
#include "navajo/servlets/http_connector/made_settings.h"

#include "CppUTest/TestHarness.h"

namespace navajo::servlets::http_connector {

using api::FakeRequest;
using api::FakeResponse;
using api::FakeStatusWriter;
using api::Outcome;
using connector::ScriptedBackend;
using Peer = ScriptedBackend::Peer;

inline std::vector<std::string>* g_lines;

inline constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers every request alike.
inline ScriptedBackend::Script always(std::string response) {
  return [response](Peer& peer) {
    while (peer.read_head()) peer.send(response);
  };
}

inline std::string refusing_address() {
  ScriptedBackend gone(always(kOk));
  gone.stop();
  return gone.address();
}

class ServletFixture : public Utest {
 public:
  reactor::Resolver resolver;
  std::vector<std::string> lines;
  FakeResponse response;

  void setup() override {
    g_lines = &lines;
    observe::set_log_sink([](observe::LogId, std::string_view text) { g_lines->emplace_back(text); },
                          [](observe::Level level) { return level <= observe::Level::info; });
  }
  void teardown() override { observe::set_log_sink(nullptr, nullptr); }

  std::unique_ptr<HttpConnectorServlet> servlet(InitParams params) {
    std::string faults;
    auto settings = made_settings(params, &faults);
    STRCMP_EQUAL("", faults.c_str());
    return std::make_unique<HttpConnectorServlet>(std::move(*settings), resolver);
  }
  std::unique_ptr<HttpConnectorServlet> servlet(const ScriptedBackend& backend, InitParams params = {}) {
    params.emplace("InetAddress", backend.address());
    return servlet(std::move(params));
  }
  void answered(const Outcome& outcome) { LONGS_EQUAL_TEXT(0, outcome.status, outcome.cause); }
  void refused(int status, const char* cause, const Outcome& outcome) {
    STRCMP_EQUAL(cause, outcome.cause);
    LONGS_EQUAL(status, outcome.status);
    CHECK_FALSE(response.is_committed);
  }
  void ask(navajo::api::Servlet& one, const char* expected_body) {
    FakeRequest request;
    FakeResponse own;
    answered(one.service(request, own));
    STRCMP_EQUAL(expected_body, own.body.c_str());
  }
  // A response, forwarded.
  void forward(const std::string& text, const char* method = "GET") {
    ScriptedBackend backend(always(text));
    FakeRequest request(method, "/x");
    answered(servlet(backend)->service(request, response));
  }
  // A response nobody should get to see.
  void rejects(const std::string& text, int status, const char* cause) {
    ScriptedBackend backend([text](Peer& peer) {
      peer.read_head();
      peer.send(text);
    });
    FakeRequest request("POST", "/x");
    refused(status, cause, servlet(backend)->service(request, response));
    STRCMP_EQUAL(cause, request.variables["NAVAJO_CAUSE"].c_str());
  }
};

}  // namespace navajo::servlets::http_connector
