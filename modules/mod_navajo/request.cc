#include "modules/mod_navajo/request.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "modules/mod_navajo/connection.h"
#include "navajo/http/request_target.h"
#include "navajo/http/trailers.h"
#include "navajo/reactor/descriptor.h"

namespace navajo::glue {
namespace {

// What is left of a body that nobody wants is read up to here, so that the connection can serve the next request.
constexpr uint64_t kWorthDraining = 65536;
// How long a thread looks at nothing but the backend before it asks the filters again whether the client sent more.
constexpr std::chrono::milliseconds kFirstTurn{1}, kLongestTurn{500};

constexpr std::string_view kRemoteUser = "REMOTE_USER", kAuthType = "AUTH_TYPE";

}  // namespace

std::string_view forwarded_target(request_rec* r) {
  const char* raw = r->parsed_uri.path ? r->parsed_uri.path : "/";
  const char* path = http::spelling_of_tail(raw, r->uri, 0) ? raw : ap_os_escape_path(r->pool, r->uri, 1);
  if (!r->args) return path;
  // The common case needs no copy: origin-form, as it was sent.
  if (path == raw && r->unparsed_uri && r->unparsed_uri[0] == '/' && r->parsed_uri.query == r->args)
    return r->unparsed_uri;
  return apr_pstrcat(r->pool, path, "?", r->args, nullptr);
}

void* PoolMemory::do_allocate(size_t bytes, size_t alignment) {
  void* memory = apr_palloc(pool_, bytes + (alignment > 8 ? alignment : 0));
  if (!memory) throw std::bad_alloc();
  if (alignment > 8) {
    const auto address = reinterpret_cast<uintptr_t>(memory);
    memory = reinterpret_cast<void*>((address + alignment - 1) / alignment * alignment);
  }
  return memory;
}

// ---------------------------------------------------------------- body

HttpdBody::HttpdBody(request_rec* r) : r_(r), trailers_(r->trailers_in, r, false) {
  const char* length = apr_table_get(r->headers_in, "Content-Length");
  present_ = apr_table_get(r->headers_in, "Transfer-Encoding") || (length && strcmp(length, "0") != 0);
}

std::optional<uint64_t> HttpdBody::declared_length() const {
  if (apr_table_get(r_->headers_in, "Transfer-Encoding")) return std::nullopt;
  // A resource filter (mod_deflate inflating) may change the length.
  if (r_->input_filters != r_->proto_input_filters) return std::nullopt;
  const char* text = apr_table_get(r_->headers_in, "Content-Length");
  apr_off_t length;
  char* end;
  if (!text || apr_strtoff(&length, text, &end, 10) != APR_SUCCESS || *end || length < 0) return std::nullopt;
  return static_cast<uint64_t>(length);
}

api::BodyRead HttpdBody::fail(apr_status_t rv) {
  ended_ = true;
  switch (ap_map_http_request_error(rv, HTTP_BAD_REQUEST)) {
    case HTTP_REQUEST_ENTITY_TOO_LARGE:
      return {api::BodyStatus::too_large, 0};
    case HTTP_REQUEST_TIME_OUT:
      return {api::BodyStatus::timed_out, 0};
    default:
      break;
  }
  r_->connection->keepalive = AP_CONN_CLOSE;  // the framing is lost
  return {APR_STATUS_IS_TIMEUP(rv) ? api::BodyStatus::timed_out : api::BodyStatus::malformed, 0};
}

api::BodyRead HttpdBody::count(size_t bytes) {
  read_ += bytes;
  return {api::BodyStatus::data, bytes};
}

api::BodyRead HttpdBody::read(std::span<char> into, apr_read_type_e block) {
  if (!present_ || ended_ || into.empty()) return {api::BodyStatus::end, 0};
  if (!brigade_) brigade_ = apr_brigade_create(r_->pool, r_->connection->bucket_alloc);
  while (true) {
    const apr_status_t rv = ap_get_brigade(r_->input_filters, brigade_, AP_MODE_READBYTES, block,
                                           static_cast<apr_off_t>(into.size()));
    if (block == APR_NONBLOCK_READ && (APR_STATUS_IS_EAGAIN(rv) || (rv == APR_SUCCESS && APR_BRIGADE_EMPTY(brigade_))))
      return {api::BodyStatus::interrupted, 0};
    if (rv != APR_SUCCESS) return fail(rv);
    size_t copied = 0;
    while (!APR_BRIGADE_EMPTY(brigade_)) {
      apr_bucket* b = APR_BRIGADE_FIRST(brigade_);
      if (APR_BUCKET_IS_EOS(b)) {
        ended_ = true;
        apr_brigade_cleanup(brigade_);
        break;
      }
      if (!APR_BUCKET_IS_METADATA(b)) {
        const char* text;
        apr_size_t length;
        if (const apr_status_t read_rv = apr_bucket_read(b, &text, &length, APR_BLOCK_READ); read_rv != APR_SUCCESS)
          return fail(read_rv);
        const size_t take = std::min(length, into.size() - copied);
        memcpy(into.data() + copied, text, take);
        copied += take;
        if (take < length) {  // a filter gave more than it was asked for: the rest stays for the next call
          apr_bucket_split(b, take);
          apr_bucket_delete(b);
          return count(copied);
        }
      } else if (AP_BUCKET_IS_ERROR(b)) {
        return fail(APR_EGENERAL);
      }
      apr_bucket_delete(b);
    }
    if (copied > 0) return count(copied);
    if (ended_) return {api::BodyStatus::end, 0};
  }
}

api::BodyRead HttpdBody::read_unless(std::span<char> into, reactor::Descriptor& other) {
  Connection* connection = r_->connection->master ? nullptr : Connection::of(r_->connection);
  const reactor::Deadline deadline = reactor::Deadline::after(std::chrono::microseconds(r_->server->timeout));
  reactor::Duration turn = kFirstTurn;
  while (true) {
    const api::BodyRead got = read(into, APR_NONBLOCK_READ);
    if (got.status != api::BodyStatus::interrupted) return got;
    ask_for_body();
    if (!connection) {
      if (wait_on_thread(other, turn)) return got;
      if (deadline.passed(base::system_clock().now())) return fail(APR_TIMEUP);
      continue;
    }
    switch (connection->io().wait_for_more_or(other)) {
      case ClientIo::Input::more: break;
      case ClientIo::Input::other: return got;
      case ClientIo::Input::timed_out: return fail(APR_TIMEUP);
      case ClientIo::Input::gone: return fail(APR_ECONNABORTED);
    }
  }
}

// httpd asks for the body ("100 Continue") with the first read that waits, and ours do not.
void HttpdBody::ask_for_body() {
  if (!r_->expecting_100 || r_->proto_num < HTTP_VERSION(1, 1)) return;
  const int status = r_->status;
  const char* const line = r_->status_line;
  r_->status = HTTP_CONTINUE;
  r_->status_line = nullptr;
  ap_send_interim_response(r_, 0);
  r_->status = status;
  r_->status_line = line;
}

// True when the other one is readable.
bool HttpdBody::wait_on_thread(reactor::Descriptor& other, reactor::Duration& turn) {
  std::array<reactor::Awaited, 2> awaited{reactor::Awaited{&other, reactor::Interest::read}};
  size_t count = 1;
  // Of an HTTP/2 stream mod_http2 reads the socket; its own queue cannot be waited for here, only looked at again.
  reactor::Descriptor client;
  int fd = -1;
  apr_socket_t* socket = r_->connection->master ? nullptr : ap_get_conn_socket(r_->connection);
  if (socket && apr_os_sock_get(&fd, socket) == APR_SUCCESS && client.attach(fd))
    awaited[count++] = {&client, reactor::Interest::read};
  const reactor::Duration longest = count == 2 ? reactor::Duration(kLongestTurn) : turn;
  (void)reactor::wait_any(std::span(awaited).first(count), reactor::Deadline::after(longest));
  if (count == 2) client.detach();
  turn = std::min<reactor::Duration>(2 * turn, kLongestTurn / 10);
  return awaited[0].ready;
}

bool HttpdBody::outlasts_response() const {
  if (!unread()) return false;
  const auto length = declared_length();
  return r_->expecting_100 || !length || *length - std::min(*length, read_) > kWorthDraining;
}

// ---------------------------------------------------------------- request

HttpdRequest::HttpdRequest(request_rec* r, const container::Match& match, const api::ForwardTarget* target,
                           RequestTrace* trace)
    : r_(r),
      match_(match),
      forward_target_(target),
      target_(forwarded_target(r)),
      headers_(r->headers_in, r, false),
      body_(r),
      accepts_trailers_(http::accepts_trailers(headers_)),
      memory_(r->pool),
      backend_calls_(r, match, trace) {}

std::string_view HttpdRequest::authority() const {
  // In absolute-form the target says it, whatever the Host field claims (RFC 9112 section 3.2.2).
  if (r_->parsed_uri.hostname)
    return r_->parsed_uri.port_str
               ? apr_pstrcat(r_->pool, r_->parsed_uri.hostname, ":", r_->parsed_uri.port_str, nullptr)
               : r_->parsed_uri.hostname;
  const char* host = apr_table_get(r_->headers_in, "Host");
  return host ? host : "";
}

std::string_view HttpdRequest::servlet_path() const { return path().substr(0, match_.servlet_path_length); }
std::string_view HttpdRequest::path_info() const { return path().substr(match_.servlet_path_length); }

namespace {

// An error document inherits the name that was tried, and with it a password that may have been wrong.
bool is_error_document(const request_rec* r) {
  for (const request_rec* before = r->prev; before; before = before->prev)
    if (ap_is_HTTP_ERROR(before->status)) return true;
  return false;
}

// What CGI programs find there (RFC 3875 section 4.1.11), though httpd keeps it elsewhere.
const char* established(const request_rec* r, std::string_view name) {
  if (name != kRemoteUser && name != kAuthType) return nullptr;
  if (is_error_document(r)) return nullptr;
  return name == kRemoteUser ? r->user : r->user ? r->ap_auth_type : nullptr;
}

}  // namespace

std::optional<std::string_view> HttpdRequest::environment(std::string_view name) {
  if (const char* value = established(r_, name)) return value;
  const char* key = apr_pstrmemdup(r_->pool, name.data(), name.size());
  if (const char* value = apr_table_get(r_->subprocess_env, key)) return value;
  if (!name.starts_with("SSL_") && name != "HTTPS") return std::nullopt;
  const char* value = ap_ssl_var_lookup(r_->pool, r_->server, r_->connection, r_, key);
  if (value && *value) return value;
  return std::nullopt;
}

void HttpdRequest::set_environment(const char* name, std::string_view value) {
  char* const text = apr_pstrmemdup(r_->pool, value.data(), value.size());
  apr_table_setn(r_->subprocess_env, name, text);
  const std::string_view key = name;
  if (key != kRemoteUser && key != kAuthType) return;
  // Logs speak of the first request of a chain of redirects within httpd.
  for (request_rec* r = r_; r; r = r->prev) (key == kRemoteUser ? r->user : r->ap_auth_type) = text;
}

void HttpdRequest::note_session(const api::Session& session) {
  const std::string_view id = session.log_id();
  session_in_log_ = {apr_pstrmemdup(r_->pool, id.data(), id.size()), id.size()};
}

}  // namespace navajo::glue
