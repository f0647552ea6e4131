#include "modules/mod_navajo_mitm/forward_request.h"

#include <cstring>

#include "modules/mod_navajo/guard.h"
#include "modules/mod_navajo_mitm/connect.h"
#include "navajo/observe/status_segment.h"

namespace navajo::mitm_glue {
namespace {

APR_OPTIONAL_FN_TYPE(navajo_client_connection) * g_client_connection;
APR_OPTIONAL_FN_TYPE(navajo_forward_proxy) * g_forward_proxy;

constexpr uint16_t kHttp = 80, kHttps = 443;

int fail(request_rec* r, int status, const char* cause) {
  apr_table_setn(r->subprocess_env, "NAVAJO_CAUSE", cause);
  return status;
}

apr_status_t forget(void* request) {
  static_cast<ForwardRequest*>(request)->~ForwardRequest();
  return APR_SUCCESS;
}

ForwardRequest* attach(request_rec* r, ForwardRequest made) {
  auto* kept = new (apr_palloc(r->pool, sizeof(ForwardRequest))) ForwardRequest(std::move(made));
  apr_pool_cleanup_register(r->pool, kept, forget, apr_pool_cleanup_null);
  ap_set_module_config(r->request_config, &navajo_mitm_module, kept);
  return kept;
}

// Of a request with an authority of its own: the Host field must not say another one (RFC 9112 section 3.2.2 lets it,
// and rules about one would be passed with the other).
bool host_field_agrees(request_rec* r, const forward::Target& target, uint16_t default_port) {
  const char* field = apr_table_get(r->headers_in, "Host");
  if (!field) return true;
  const auto said = forward::parse_target(field, default_port);
  return said && said->host == target.host && said->port == target.port;
}

int classify_connect(request_rec* r, forward::ForwardProxy& proxy) {
  if (!client_connection(r->connection)) return fail(r, HTTP_NOT_IMPLEMENTED, "connect_needs_reactor");
  const auto target = forward::parse_target(r->unparsed_uri ? r->unparsed_uri : "", 0);
  if (!target) return fail(r, HTTP_BAD_REQUEST, "bad_destination");
  attach(r, {Kind::connect, &proxy, *target, {}});
  return OK;
}

int classify_absolute(request_rec* r, forward::ForwardProxy& proxy) {
  if (strcasecmp(r->parsed_uri.scheme, "http") != 0) return fail(r, HTTP_BAD_REQUEST, "scheme_not_supported");
  if (r->parsed_uri.user || r->parsed_uri.password) return fail(r, HTTP_BAD_REQUEST, "credentials_in_target");
  const char* port = r->parsed_uri.port_str;
  const char* host = r->parsed_uri.hostname ? r->parsed_uri.hostname : "";
  const bool v6 = strchr(host, ':') != nullptr && host[0] != '[';
  const char* authority = apr_pstrcat(r->pool, v6 ? "[" : "", host, v6 ? "]" : "", port && *port ? ":" : "",
                                      port ? port : "", nullptr);
  const auto target = forward::parse_target(authority, kHttp);
  if (!target) return fail(r, HTTP_BAD_REQUEST, "bad_destination");
  ForwardRequest* request = attach(r, {Kind::absolute, &proxy, *target, {}});
  const std::string& name = request->destination.host;
  request->target = {name, target->port, false, name, false, &proxy};
  // What the field said is not looked at any more: filters, logs and the destination see the target's authority.
  apr_table_setn(r->headers_in, "Host", authority);
  r->hostname = name.c_str();
  return OK;
}

int classify_inner(request_rec* r, forward::ForwardProxy& proxy, const Intercepted& connection) {
  const forward::Target& target = connection.request().target;
  const std::string& name = connection.server_name();
  const forward::Target spoken{name, target.port, target.is_address};
  if (r->method_number == M_CONNECT) return fail(r, HTTP_BAD_REQUEST, "connect_within_connect");
  const bool absolute = r->parsed_uri.scheme != nullptr;
  if (absolute && (strcasecmp(r->parsed_uri.scheme, "https") != 0 || !r->parsed_uri.hostname ||
                   strcasecmp(r->parsed_uri.hostname, name.c_str()) != 0))
    return fail(r, HTTP_MISDIRECTED_REQUEST, "host_differs");
  if (!host_field_agrees(r, spoken, kHttps)) return fail(r, HTTP_MISDIRECTED_REQUEST, "host_differs");
  ForwardRequest* request = attach(r, {Kind::inner, &proxy, target, {}});
  request->target = {request->destination.host, target.port, true, name, connection.is_untrusted(), &proxy};
  if (connection.is_old()) r->connection->keepalive = AP_CONN_CLOSE;
  apr_table_setn(r->subprocess_env, "NAVAJO_CONNECT_ID",
                 apr_pstrdup(r->pool, connection.request().request_id.c_str()));
  return OK;
}

}  // namespace

void retrieve_functions() {
  g_client_connection = APR_RETRIEVE_OPTIONAL_FN(navajo_client_connection);
  g_forward_proxy = APR_RETRIEVE_OPTIONAL_FN(navajo_forward_proxy);
}

glue::ClientConnection* client_connection(conn_rec* c) {
  return g_client_connection ? g_client_connection(c) : nullptr;
}

ForwardRequest* forward_request(const request_rec* r) {
  return static_cast<ForwardRequest*>(ap_get_module_config(r->request_config, &navajo_mitm_module));
}

int classify(request_rec* r) {
  if (r->main || r->prev || !g_forward_proxy) return DECLINED;
  forward::ForwardProxy* proxy = g_forward_proxy(r->server);
  if (!proxy) return DECLINED;
  return glue::guard("forward request", HTTP_INTERNAL_SERVER_ERROR, [r, proxy] {
    if (const Intercepted* inner = intercepted(r->connection)) return classify_inner(r, *proxy, *inner);
    if (r->method_number == M_CONNECT) return classify_connect(r, *proxy);
    if (r->parsed_uri.scheme) return classify_absolute(r, *proxy);
    return fail(r, HTTP_BAD_REQUEST, "no_proxy_request");
  });
}

int mark_as_proxied(request_rec* r) {
  const ForwardRequest* request = forward_request(r);
  if (!request || request->kind == Kind::inner) return DECLINED;
  r->proxyreq = PROXYREQ_PROXY;
  if (request->kind != Kind::connect) return DECLINED;
  r->filename = apr_pstrcat(r->pool, "proxy:", r->unparsed_uri, nullptr);
  return OK;
}

int take_user_of_connect(request_rec* r) {
  const ForwardRequest* request = forward_request(r);
  const Intercepted* connection = request && request->kind == Kind::inner ? intercepted(r->connection) : nullptr;
  if (!connection || connection->request().user.empty()) return DECLINED;
  r->user = apr_pstrdup(r->pool, connection->request().user.c_str());
  r->ap_auth_type = apr_pstrdup(r->pool, connection->request().auth_type.c_str());
  return OK;
}

int refuse(request_rec* r, const ForwardRequest& request, const char* cause) {
  observe::count(observe::Counter::forward_refused);
  observe::log(observe::id::forward_refused, "%s %s of %s: %s, answering 403, request %s", r->method,
               request.destination.text().c_str(), r->useragent_ip, cause, r->log_id);
  return fail(r, HTTP_FORBIDDEN, cause);
}

int apply_policy(request_rec* r) {
  const ForwardRequest* request = forward_request(r);
  if (!request || request->kind == Kind::inner) return DECLINED;
  if (request->kind == Kind::connect) {
    r->handler = kConnectHandler;
    return OK;
  }
  return glue::guard("forward policy", HTTP_INTERNAL_SERVER_ERROR, [r, request] {
    const auto deadline = reactor::Deadline::after(*request->proxy->settings().connect_timeout);
    const forward::Judgement judged =
        forward::judge(*request->proxy, request->destination, r->useragent_ip, "", deadline);
    if (!judged.resolved) return fail(r, HTTP_BAD_GATEWAY, "resolve_failed");
    if (judged.verdict.action == config::ForwardAction::refuse) return refuse(r, *request, judged.verdict.reason);
    return DECLINED;
  });
}

}  // namespace navajo::mitm_glue
