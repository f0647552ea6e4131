#include "modules/mod_navajo_mitm/connect.h"

#include <cstring>

#include "modules/mod_navajo/guard.h"
#include "modules/mod_navajo_mitm/after_connect.h"
#include "navajo/forward/origin.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::mitm_glue {
namespace {

using config::ForwardAction;
using forward::Verdict;

forward::ConnectRequest describe(const request_rec* r, const ForwardRequest& request) {
  const auto text = [](const char* given) { return std::string(given ? given : ""); };
  return {request.destination, text(r->useragent_ip), text(r->user), text(r->user ? r->ap_auth_type : ""),
          text(r->log_id)};
}

int fail(request_rec* r, const ForwardRequest& request, int status, const char* cause, const char* detail) {
  apr_table_setn(r->subprocess_env, "NAVAJO_CAUSE", cause);
  observe::log(observe::id::forward_refused, "CONNECT %s of %s: %s (%s), answering %d, request %s",
               request.destination.text().c_str(), r->useragent_ip, cause, detail, status, r->log_id);
  return status;
}

// Says that the connection is the client's now. Raw: with httpd's own header filter the response would have a body.
bool grant(request_rec* r) {
  conn_rec* c = r->connection;
  r->status = HTTP_OK;
  r->sent_bodyct = 1;
  c->keepalive = AP_CONN_CLOSE;
  // What httpd adds at the end of a request goes nowhere but to the connection.
  r->output_filters = r->proto_output_filters = c->output_filters;
  r->input_filters = r->proto_input_filters = c->input_filters;
  apr_bucket_brigade* brigade = apr_brigade_create(r->pool, c->bucket_alloc);
  ap_fputs(c->output_filters, brigade, "HTTP/1.1 200 Connection established" CRLF CRLF);
  return ap_fflush(c->output_filters, brigade) == APR_SUCCESS && !c->aborted;
}

int connect(request_rec* r, const ForwardRequest& request) {
  if (apr_table_get(r->headers_in, "Transfer-Encoding") || apr_table_get(r->headers_in, "Content-Length"))
    return fail(r, request, HTTP_BAD_REQUEST, "body_with_connect", "a CONNECT has none");
  const forward::ForwardProxy& proxy = *request.proxy;
  const auto deadline = reactor::Deadline::after(*proxy.settings().connect_timeout);
  const forward::Judgement judged = judge(proxy, request.destination, r->useragent_ip, std::nullopt, deadline);
  if (!judged.resolved) return fail(r, request, HTTP_BAD_GATEWAY, "resolve_failed", "its name does not resolve");
  const bool open_question = judged.verdict.missing == Verdict::Missing::server_name;
  std::unique_ptr<tls::Stream> origin;
  tunnel::TunnelSlots::Slot slot;
  if (!open_question && judged.verdict.action == ForwardAction::refuse)
    return refuse(r, request, judged.verdict.reason);
  if (!open_question && judged.verdict.action == ForwardAction::tunnel) {
    slot = proxy.slots().try_open(r->useragent_ip);
    if (!slot) {
      observe::log(observe::id::tunnel_limit_reached, "CONNECT %s of %s: %s, answering 503, request %s",
                   request.destination.text().c_str(), r->useragent_ip, tunnel::word(slot.refusal()), r->log_id);
      apr_table_setn(r->subprocess_env, "NAVAJO_CAUSE", "too_many_tunnels");
      return HTTP_SERVICE_UNAVAILABLE;
    }
    auto opened = forward::open_origin(proxy, request.destination, deadline);
    if (!opened.ok()) {
      const connector::Failure& failure = opened.error();
      return fail(r, request, connector::status_for(failure.cause), connector::word(failure.cause), failure.detail);
    }
    origin = std::move(*opened);
  }
  glue::ClientConnection* connection = client_connection(r->connection);
  if (!connection) return HTTP_NOT_IMPLEMENTED;
  if (!grant(r)) return OK;
  connection->after_request(
      std::make_unique<AfterConnect>(proxy, describe(r, request), std::move(origin), std::move(slot)));
  return OK;
}

}  // namespace

const Intercepted* intercepted(conn_rec* c) {
  glue::ClientConnection* connection = client_connection(c);
  // Nobody but this module makes continuations.
  const auto* after = connection ? static_cast<const AfterConnect*>(connection->continuation()) : nullptr;
  return after && after->intercepts() ? after : nullptr;
}

int handle_connect(request_rec* r) {
  if (!r->handler || strcmp(r->handler, kConnectHandler) != 0) return DECLINED;
  const ForwardRequest* request = forward_request(r);
  if (!request || request->kind != Kind::connect) return DECLINED;
  return glue::guard("CONNECT", HTTP_INTERNAL_SERVER_ERROR, [r, request] { return connect(r, *request); });
}

}  // namespace navajo::mitm_glue
