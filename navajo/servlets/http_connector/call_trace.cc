#include "navajo/servlets/http_connector/call_trace.h"

#include <algorithm>

#include "navajo/observe/log_fields.h"
#include "navajo/observe/log_format.h"

namespace navajo::servlets::http_connector {
namespace {

using observe::LogFields;
using observe::TraceGroup;
using observe::TraceLevel;

void line_head(LogFields& line, const char* arrow, api::Request& request, const char* backend) {
  // Without the query: it may hold what does not belong in a log.
  char text[1100];
  size_t length = 0;
  const std::string_view target = request.target();
  for (const std::string_view part : {request.method(), std::string_view(" "), target.substr(0, target.find('?'))})
    length += part.copy(text + length, std::min(part.size(), sizeof text - length));
  char transaction[64];
  const size_t id = observe::write_transaction_id(request.id(), transaction);
  line.text(arrow).quoted({text, length}).field("inetA", backend).field("trId", {transaction, id});
}

}  // namespace

void trace_call_begins(api::Request& request, const char* backend, std::string_view head) {
  LogFields line;
  line_head(line, "====> ", request, backend);
  observe::trace_text(TraceGroup::IsiwebOp, TraceLevel::dbg_lo, line.view());
  if (!call_is_traced(TraceLevel::dbg_me)) return;
  for (size_t at = head.find("\r\n"); at != std::string_view::npos;) {
    const size_t start = at + 2;
    at = head.find("\r\n", start);
    const std::string_view field = head.substr(start, at == std::string_view::npos ? at : at - start);
    const size_t colon = field.find(": ");
    if (colon == std::string_view::npos) continue;
    LogFields sent;
    sent.text("==> ").header(field.substr(0, colon), field.substr(colon + 2));
    observe::trace_text(TraceGroup::IsiwebOp, TraceLevel::dbg_me, sent.view());
  }
}

void trace_response_head(const http::ResponseHead& head) {
  for (size_t i = 0; i < head.size(); i++) {
    LogFields line;
    line.text("<== ").header(head[i].name, head[i].value);
    observe::trace_text(TraceGroup::IsiwebOp, TraceLevel::dbg_me, line.view());
  }
}

void trace_call_ends(api::Request& request, const TracedCall& call) {
  LogFields line;
  line_head(line, "<==== ", request, call.backend);
  if (call.status != 0) line.field("sC", call.status);
  const std::pair<const char*, int64_t> times[] = {{"dTB", call.total_ms},
                                                   {"dTcB", call.connect_ms},
                                                   {"dTsB", call.send_ms},
                                                   {"dTr1B", call.first_ms},
                                                   {"dTr2B", call.rest_ms}};
  for (const auto& [name, milliseconds] : times)
    if (milliseconds >= 0) line.field(name, milliseconds);
  line.optional("usrID", request.attribute("user.auth.UserId").value_or("")).optional("cause", call.cause);
  observe::trace_text(TraceGroup::IsiwebOp, TraceLevel::info, line.view());
}

}  // namespace navajo::servlets::http_connector
