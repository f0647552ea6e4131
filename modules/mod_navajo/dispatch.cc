#include "modules/mod_navajo/dispatch.h"

#include <cstring>

#include "modules/mod_navajo/body_limit.h"
#include "modules/mod_navajo/configuration.h"
#include "modules/mod_navajo/connection.h"
#include "modules/mod_navajo/forwarding.h"
#include "modules/mod_navajo/guard.h"
#include "modules/mod_navajo/log_sink.h"
#include "modules/mod_navajo/request.h"
#include "modules/mod_navajo/request_log.h"
#include "modules/mod_navajo/response.h"
#include "navajo/api/event.h"
#include "navajo/api/trail.h"
#include "navajo/forward/forward_proxy.h"
#include "navajo/http/hop_by_hop.h"
#include "navajo/observe/status_segment.h"

namespace navajo::glue {
namespace {

constexpr char kHandler[] = "navajo";

const container::Match* mapping_of(const request_rec* r) {
  const RequestRecord* record = record_of(r);
  return record ? &record->match : nullptr;
}

// While a backend is asked for this client, the client's going away ends the question.
class CancelWithClient {
 public:
  CancelWithClient(conn_rec* c, RequestRecord& record)
      : connection_(Connection::current() ? Connection::of(c) : nullptr), record_(record) {
    if (!connection_) return;
    reactor::Descriptor& client = connection_->descriptor();
    client.cancel_on_fin(connection_->aborts_on_half_close());
    client.cancels(reactor::Fiber::current());
    if (client.hung_up()) reactor::Fiber::current()->cancel();
  }
  ~CancelWithClient() {
    if (!connection_) return;
    connection_->descriptor().cancels(nullptr);
    if (reactor::Fiber::current()->cancelled()) {
      observe::count(observe::Counter::client_aborts);
      record_.client_gone = true;
      reactor::Fiber::current()->clear_cancelled();
    }
  }
  CancelWithClient(const CancelWithClient&) = delete;
  CancelWithClient& operator=(const CancelWithClient&) = delete;

 private:
  Connection* connection_;
  RequestRecord& record_;
};

}  // namespace

int decide_mapping(request_rec* r) {
  if (!serves_container(r->server) || !r->uri || r->uri[0] != '/') return DECLINED;
  return guard("mapping", HTTP_INTERNAL_SERVER_ERROR, [r] {
    const api::ForwardTarget* target = forward_target(r);
    if (!target && forward_proxy_of(r->server)) return DECLINED;  // mod_navajo_mitm's own, a CONNECT
    auto* record = new (apr_palloc(r->pool, sizeof(RequestRecord))) RequestRecord;
    record->forward_target = target;
    const std::string_view host = target ? std::string_view(*target->proxy->settings().host)
                                         : std::string_view(r->hostname ? r->hostname : "");
    record->match = configuration()->container->find(host, r->uri);
    record->trace = begin_trace(r);
    ap_set_module_config(r->request_config, &navajo_module, record);
    // Other modules look at the name of the file; there may be none.
    r->filename = apr_pstrcat(r->pool, "/navajo", r->uri, nullptr);
    r->finfo.filetype = APR_NOFILE;
    return OK;
  });
}

int skip_directory_walk(request_rec* r) { return mapping_of(r) ? OK : DECLINED; }

int choose_handler(request_rec* r) {
  // SetHandler in a <Location> wins: /server-status stays mod_status's.
  if (mapping_of(r) && !r->handler) r->handler = kHandler;
  return DECLINED;
}

int handle_request(request_rec* r) {
  if (!r->handler || strcmp(r->handler, kHandler) != 0) return DECLINED;
  RequestRecord* record = record_of(r);
  if (!record) return DECLINED;
  return guard("handler", HTTP_INTERNAL_SERVER_ERROR, [r, record] {
    const CurrentRequest current(r);
    const RequestInWork in_work(r, *record);
    const CancelWithClient cancel(r->connection, *record);
    // What mod_mime made of the path's extension says nothing about the response.
    r->content_type = r->content_encoding = nullptr;
    r->content_languages = nullptr;
    HttpdRequest request(r, record->match, record->forward_target, record->trace);
    // Before any filter adds a field that the client's list could take away again.
    if (!http::drop_fields_named_by_connection(request.headers())) return HTTP_BAD_REQUEST;
    HttpdResponse response(r, request);
    const uint64_t limit = settle_body_limit(r, container::Container::body_limit(record->match));
    configuration()->container->handle(record->match, request, response, record->chain, limit);
    record->session = request.session_in_log();
    record->user = request.attribute("user.auth.UserId").value_or("");
    record->events = request.attribute(api::kEventAttribute).value_or("");
    record->tried = request.attribute(api::kTriedAttribute).value_or("");
    record->rules = request.attribute(api::kRulesAttribute).value_or("");
    record->chain.live = nullptr;
    return OK;
  });
}

}  // namespace navajo::glue
