#include "modules/mod_navajo/response.h"

#include <sys/socket.h>

#include <string>

#include "modules/mod_navajo/after_upgrade.h"
#include "modules/mod_navajo/connection.h"
#include "modules/mod_navajo/trailers.h"

namespace navajo::glue {

namespace {

// Of an unknown status httpd's line is 500's.
bool is_known(int status) {
  return std::string_view(ap_get_status_line(status)).substr(0, 3) == std::to_string(status);
}

// httpd writes "200 OK" by itself.
bool is_usual(int status, std::string_view reason) {
  const std::string_view line = ap_get_status_line(status);  // of an unknown status: 500's
  return line.size() == reason.size() + 4 && line.substr(4) == reason &&
         status == (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

}  // namespace

void HttpdResponse::set_status(int status, std::string_view reason) {
  if (error_status_ != 0 && status == HTTP_OK) return;  // the page is fine, what it is about is not
  r_->status = status;
  r_->status_line = nullptr;
  if (!reason.empty() && !is_usual(status, reason))
    r_->status_line = apr_psprintf(r_->pool, "%03d %.*s", status, static_cast<int>(reason.size()), reason.data());
}

void HttpdResponse::set_content_length(uint64_t bytes) {
  length_ = bytes;
  ap_set_content_length(r_, static_cast<apr_off_t>(bytes));
}

// httpd sends what stands in r; what is there is the final response's.
void HttpdResponse::send_interim(int status, const http::Headers& fields) {
  if (committed_ || r_->connection->aborted || r_->proto_num < HTTP_VERSION(1, 1)) return;
  apr_table_t* const final_fields = r_->headers_out;
  const int final_status = r_->status;
  const char* const final_line = r_->status_line;
  r_->headers_out = apr_table_make(r_->pool, 4);
  AprHeaders interim(r_->headers_out, r_, false);
  fields.for_each([&](std::string_view name, std::string_view value) {
    interim.add(name, value);
    return true;
  });
  r_->status = status;
  r_->status_line = status == 103 ? "103 Early Hints" : nullptr;
  if (!r_->status_line && !is_known(status)) r_->status_line = apr_psprintf(r_->pool, "%03d Interim", status);
  const int expecting = r_->expecting_100;  // any interim response ends that in httpd; only a 100 does in HTTP
  ap_send_interim_response(r_, 1);
  r_->expecting_100 = expecting;
  r_->headers_out = final_fields;
  r_->status = final_status;
  r_->status_line = final_line;
}

api::WriteStatus HttpdResponse::commit() {
  if (!committed_) {
    committed_ = true;
    // httpd would read the rest of the request's body before the next request, however long that takes. With this the
    // client is told that the connection ends, and Connection drains what still comes for a bounded time.
    if (!r_->connection->master && request_body_.outlasts_response()) r_->connection->keepalive = AP_CONN_CLOSE;
    // From here on a client that only closed its sending side may be reading: a dead one shows when we write.
    if (Connection* connection = Connection::of(r_->connection)) connection->descriptor().cancel_on_fin(false);
  }
  return r_->connection->aborted ? api::WriteStatus::client_gone : api::WriteStatus::ok;
}

void HttpdResponse::append(apr_bucket* bucket) {
  if (!brigade_) brigade_ = apr_brigade_create(r_->pool, r_->connection->bucket_alloc);
  APR_BRIGADE_INSERT_TAIL(brigade_, bucket);
}

api::WriteStatus HttpdResponse::pass(apr_bucket* bucket) {
  append(bucket);
  const apr_status_t rv = ap_pass_brigade(r_->output_filters, brigade_);
  apr_brigade_cleanup(brigade_);
  if (rv == APR_SUCCESS && !r_->connection->aborted) return api::WriteStatus::ok;
  return api::WriteStatus::client_gone;
}

api::WriteStatus HttpdResponse::write(std::span<const char> bytes) {
  if (commit() != api::WriteStatus::ok || aborted_ || upgraded_) return api::WriteStatus::client_gone;
  if (bytes.empty()) return api::WriteStatus::ok;
  if (ended_) return api::WriteStatus::client_gone;
  bytes_ += bytes.size();
  apr_bucket* const body = apr_bucket_transient_create(bytes.data(), bytes.size(), r_->connection->bucket_alloc);
  if (length_ != bytes_) return pass(body);
  // The end goes with the last of the body: httpd's filters run once for both.
  append(body);
  ended_ = true;
  return pass(apr_bucket_eos_create(r_->connection->bucket_alloc));
}

api::WriteStatus HttpdResponse::flush() {
  if (commit() != api::WriteStatus::ok || aborted_ || upgraded_) return api::WriteStatus::client_gone;
  return pass(apr_bucket_flush_create(r_->connection->bucket_alloc));
}

api::WriteStatus HttpdResponse::finish() {
  if (finished_) return api::WriteStatus::ok;
  finished_ = true;
  if (commit() != api::WriteStatus::ok || aborted_) return api::WriteStatus::client_gone;
  if (!ended_ && !apr_is_empty_table(r_->trailers_out)) {
    if (bytes_ == 0) (void)flush();  // else httpd finds that the body is empty and says so with a length
    send_trailers(r_);
  }
  if (!ended_ && pass(apr_bucket_eos_create(r_->connection->bucket_alloc)) != api::WriteStatus::ok)
    return api::WriteStatus::client_gone;
  // httpd reads what is left of the request before it sends what it holds back; the client may wait for the response.
  if (!request_body_.unread() || r_->connection->master) return api::WriteStatus::ok;
  return pass(apr_bucket_flush_create(r_->connection->bucket_alloc));
}

bool HttpdResponse::can_upgrade() const {
  const conn_rec* c = r_->connection;
  Connection* connection = Connection::of(c);
  return connection && !c->master && Connection::current() == connection && connection->can_continue() &&
         r_->proto_num >= HTTP_VERSION(1, 1) && !r_->prev && !r_->main;
}

api::WriteStatus HttpdResponse::upgrade(std::unique_ptr<api::Upgraded> next) {
  if (committed_ || aborted_ || !can_upgrade()) return api::WriteStatus::client_gone;
  (void)commit();
  finished_ = upgraded_ = true;
  if (!send_switching_protocols(r_)) return api::WriteStatus::client_gone;
  Connection::of(r_->connection)->after_request(std::make_unique<AfterUpgrade>(std::move(next)));
  return api::WriteStatus::ok;
}

void HttpdResponse::abort() {
  if (aborted_) return;
  apr_table_setn(r_->subprocess_env, "NAVAJO_CUT", "1");  // it is not the client who has gone
  if (committed_ && !r_->connection->aborted) (void)flush();  // what is there still arrives
  aborted_ = finished_ = true;
  conn_rec* c = r_->connection;
  c->keepalive = AP_CONN_CLOSE;
  c->aborted = 1;  // no last chunk, no end
  // Without a length the client takes a plain close for the end of the body: it has to be a reset.
  if (Connection* connection = Connection::of(c)) {
    connection->reset_on_close();
    return;
  }
  int fd;
  if (apr_socket_t* socket = ap_get_conn_socket(c); socket && apr_os_sock_get(&fd, socket) == APR_SUCCESS) {
    const struct linger now{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
}

}  // namespace navajo::glue
