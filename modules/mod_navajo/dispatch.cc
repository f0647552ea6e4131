#include "modules/mod_navajo/dispatch.h"

#include <cstring>

#include "modules/mod_navajo/configuration.h"
#include "modules/mod_navajo/connection.h"
#include "modules/mod_navajo/guard.h"
#include "modules/mod_navajo/log_sink.h"
#include "modules/mod_navajo/request.h"
#include "modules/mod_navajo/response.h"
#include "navajo/http/hop_by_hop.h"
#include "navajo/observe/status_segment.h"

namespace navajo::glue {
namespace {

constexpr char kHandler[] = "navajo";

const container::Match* mapping_of(const request_rec* r) {
  return static_cast<const container::Match*>(ap_get_module_config(r->request_config, &navajo_module));
}

// While a backend is asked for this client, the client's going away ends the question.
class CancelWithClient {
 public:
  explicit CancelWithClient(conn_rec* c) : connection_(Connection::current() ? Connection::of(c) : nullptr) {
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
      reactor::Fiber::current()->clear_cancelled();
    }
  }
  CancelWithClient(const CancelWithClient&) = delete;
  CancelWithClient& operator=(const CancelWithClient&) = delete;

 private:
  Connection* connection_;
};

}  // namespace

int decide_mapping(request_rec* r) {
  if (!serves_container(r->server) || !r->uri || r->uri[0] != '/') return DECLINED;
  return guard("mapping", HTTP_INTERNAL_SERVER_ERROR, [r] {
    auto* match = new (apr_palloc(r->pool, sizeof(container::Match))) container::Match;
    *match = configuration()->container->find(r->hostname ? r->hostname : "", r->uri);
    ap_set_module_config(r->request_config, &navajo_module, match);
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
  const container::Match* match = mapping_of(r);
  if (!match) return DECLINED;
  return guard("handler", HTTP_INTERNAL_SERVER_ERROR, [r, match] {
    const CurrentRequest current(r);
    const CancelWithClient cancel(r->connection);
    // What mod_mime made of the path's extension says nothing about the response.
    r->content_type = r->content_encoding = nullptr;
    r->content_languages = nullptr;
    HttpdRequest request(r, *match);
    // Before any filter adds a field that the client's list could take away again.
    if (!http::drop_fields_named_by_connection(request.headers())) return HTTP_BAD_REQUEST;
    HttpdResponse response(r, request);
    configuration()->container->handle(*match, request, response);
    return OK;
  });
}

}  // namespace navajo::glue
