#include "modules/mod_navajo/log_sink.h"

#include "modules/mod_navajo/connection.h"
#include "navajo/observe/log_format.h"
#include "navajo/observe/trace.h"
#include "navajo/reactor/fiber.h"

namespace navajo::glue {
namespace {

thread_local request_rec* t_request = nullptr;

int httpd_level(observe::Level level) {
  switch (level) {
    case observe::Level::emergency:
      return APLOG_EMERG;
    case observe::Level::alert:
      return APLOG_ALERT;
    case observe::Level::critical:
      return APLOG_CRIT;
    case observe::Level::error:
      return APLOG_ERR;
    case observe::Level::warning:
      return APLOG_WARNING;
    case observe::Level::notice:
      return APLOG_NOTICE;
    case observe::Level::info:
      return APLOG_INFO;
    case observe::Level::debug:
      return APLOG_DEBUG;
    case observe::Level::trace:
      return APLOG_TRACE1;
  }
  return APLOG_ERR;
}

void to_httpd(observe::LogId id, std::string_view text) {
  const int level = httpd_level(id.level), length = static_cast<int>(text.size());
  if (request_rec* request = current_request())
    ap_log_rerror(APLOG_MARK, level, 0, request, "%.*s", length, text.data());
  else if (Connection* connection = Connection::current(); connection && connection->record())
    ap_log_cerror(APLOG_MARK, level, 0, connection->record(), "%.*s", length, text.data());
  else
    ap_log_error(APLOG_MARK, level, 0, ap_server_conf, "%.*s", length, text.data());
}

bool enabled(observe::Level level) {
  return !ap_server_conf || APLOG_IS_LEVEL(ap_server_conf, httpd_level(level));
}

request_rec*& slot() {
  Connection* connection = Connection::current();
  return connection ? connection->current_request : t_request;
}

size_t transaction(char* into) {
  const request_rec* request = current_request();
  return request && request->log_id ? observe::write_transaction_id(request->log_id, {into, 64}) : 0;
}

}  // namespace

void install_log_sink() {
  observe::set_log_sink(to_httpd, enabled);
  observe::set_trace_transaction(transaction);
}

request_rec* current_request() { return slot(); }

CurrentRequest::CurrentRequest(request_rec* request) : outer_(slot()) { slot() = request; }
CurrentRequest::~CurrentRequest() { slot() = outer_; }

}  // namespace navajo::glue
