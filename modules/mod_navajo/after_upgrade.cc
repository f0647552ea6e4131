#include "modules/mod_navajo/after_upgrade.h"

#include "modules/mod_navajo/guard.h"

namespace navajo::glue {

AfterUpgrade::Next AfterUpgrade::run(ClientConnection& connection) {
  connection_ = &connection;
  return guard("after an upgrade", Next::close, [this] { return upgraded_->begin(*this) ? Next::keep : Next::close; });
}

void AfterUpgrade::end(End how) {
  if (how == End::lingering)
    connection_->end_lingering();
  else
    connection_->end();
}

// Raw: httpd's own header filter would make it a response with a body, and its interim responses go on.
bool send_switching_protocols(request_rec* r) {
  conn_rec* c = r->connection;
  r->status = HTTP_SWITCHING_PROTOCOLS;
  r->sent_bodyct = 1;
  c->keepalive = AP_CONN_CLOSE;
  // What httpd adds at the end of a request goes nowhere but to the connection.
  r->output_filters = r->proto_output_filters = c->output_filters;
  r->input_filters = r->proto_input_filters = c->input_filters;
  apr_bucket_brigade* brigade = apr_brigade_create(r->pool, c->bucket_alloc);
  ap_fputs(c->output_filters, brigade, "HTTP/1.1 101 Switching Protocols" CRLF);
  const apr_table_t* fields = apr_table_overlay(r->pool, r->err_headers_out, r->headers_out);
  const apr_array_header_t* all = apr_table_elts(fields);
  for (int i = 0; i < all->nelts; i++) {
    const apr_table_entry_t& field = APR_ARRAY_IDX(all, i, apr_table_entry_t);
    ap_fputstrs(c->output_filters, brigade, field.key, ": ", field.val, CRLF, nullptr);
  }
  ap_fputs(c->output_filters, brigade, CRLF);
  return ap_fflush(c->output_filters, brigade) == APR_SUCCESS && !c->aborted;
}

}  // namespace navajo::glue
