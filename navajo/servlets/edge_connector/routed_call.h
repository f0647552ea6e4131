// One request on its way through an EdgeConnectorServlet: choice, call, and the next choice. Lives on the stack of
// service().
#pragma once

#include <array>
#include <memory>
#include <string>

#include "navajo/servlets/edge_connector/edge_connector_servlet.h"
#include "navajo/servlets/http_connector/forwarded_call.h"
#include "navajo/servlets/http_connector/replayable_request.h"

namespace navajo::servlets::edge_connector {

class RoutedCall {
 public:
  RoutedCall(const Settings& settings, connector::ConnectorCache& cache, api::Request& request,
             api::Response& response);
  api::Outcome run();

 private:
  // What a backend's response asks for.
  struct Replay {
    bool asked = false, understood = false;
    std::string app;  // empty: the same
  };
  api::Outcome call(const std::shared_ptr<route::Choice>& chosen, bool& again);
  api::Outcome refused(route::Refusal refusal);
  bool forwards(const http::ResponseHead& head);
  bool may_try_again(const api::Outcome& outcome);
  bool replays(const route::Choice& choice);
  void add_tried(const route::Choice& choice);
  std::string preamble(const route::BackendRow& row);

  const Settings& settings_;
  connector::ConnectorCache& cache_;
  http_connector::ReplayableRequest request_;
  api::Response& response_;
  route::Asker asker_;
  std::string app_;
  reactor::Endpoint client_;
  std::array<std::string, route::Asker::kMaxTried> tried_;
  bool repeated_ = false;
  size_t replays_ = 0;
  Replay replay_;
};

}  // namespace navajo::servlets::edge_connector
