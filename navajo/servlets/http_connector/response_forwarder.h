// The response on its way from a backend to the client: status and fields once, then the body piece by piece, each
// written from the buffer it was received into. A slow client slows the backend down; a slow backend's bytes do not
// wait for more. The connection is free for others before the last piece is written.
#pragma once

#include "navajo/api/response.h"
#include "navajo/connector/exchange.h"
#include "navajo/servlets/http_connector/settings.h"

namespace navajo::servlets::http_connector {

class ResponseForwarder {
 public:
  // sent_host: the Host field the backend was given.
  ResponseForwarder(const Settings& settings, api::Request& request, api::Response& response,
                    connector::Exchange& exchange, connector::Lease& lease, const connector::BackendAddress& backend,
                    std::string_view sent_host);

  // After the head was read. Not failed: all was written. When it fails and untouched() is true, the response is
  // still free for an error page, else it must be aborted.
  [[nodiscard]] connector::Failure forward();
  bool untouched() const { return !head_copied_; }

 private:
  void copy_head();
  void copy_field(const http::Field& field);
  void copy_trailers();
  void free_connection();
  bool write(std::span<const char> bytes);
  bool flush();

  const Settings& settings_;
  api::Request& request_;
  api::Response& response_;
  connector::Exchange& exchange_;
  connector::Lease& lease_;
  const connector::BackendAddress& backend_;
  std::string_view sent_host_;
  bool head_copied_ = false;
};

// A 1xx response on its way to the client. Filters do not see it, so it takes little along: hints, no cookies.
void send_interim(InterimResponses which, const http::ResponseHead& head, api::Response& response);

}  // namespace navajo::servlets::http_connector
