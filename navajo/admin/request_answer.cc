#include "navajo/admin/request_answer.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "navajo/admin/record.h"
#include "navajo/observe/request_history.h"

namespace navajo::admin {
namespace {

using observe::get_text;
using observe::LiveRequest;
using observe::RecordKind;
using observe::RequestRecord;

int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

uint64_t milliseconds(int64_t us) { return us > 0 ? static_cast<uint64_t>(us) / 1000 : 0; }

void optional(Record& record, const char* name, std::string_view value) {
  if (!value.empty()) record.text(name, value);
}

void reached(Record& record, const char* name, int64_t ms) {
  if (ms >= 0) record.natural(name, static_cast<uint64_t>(ms));
}

// What both lists and why begin with.
void describe_request(Record& record, const RequestRecord& of, bool sees_people) {
  record.text("id", get_text(of.id)).text("kind", observe::word(static_cast<RecordKind>(of.kind)));
  record.natural("started_ms", milliseconds(of.started_us)).natural("total_us", of.total_us);
  record.natural("status", of.status).text("method", get_text(of.method)).text("host", get_text(of.host));
  record.text("path", get_text(of.path));
  optional(record, "cause", get_text(of.cause));
  optional(record, "servlet", get_text(of.servlet));
  optional(record, "backend", get_text(of.backend));
  if (sees_people) {
    optional(record, "client", get_text(of.client));
    optional(record, "user", get_text(of.user));
  }
}

// "a x, b y": each with its last word apart.
template <class Visit>
void for_each_part(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const size_t end = std::min(list.find(", "), list.size());
    const std::string_view part = list.substr(0, end);
    list.remove_prefix(std::min(end + 2, list.size()));
    const size_t space = std::min(part.rfind(' '), part.size());
    visit(part.substr(0, space), part.substr(std::min(space + 1, part.size())));
  }
}

}  // namespace

uint64_t RequestAnswer::live(const observe::RequestHistory& history, std::string& out) const {
  std::vector<LiveRequest> found;
  history.visit_live([&](const LiveRequest& one) {
    found.push_back(one);
    return true;
  });
  // The one that is at work longest first.
  std::sort(found.begin(), found.end(),
            [](const LiveRequest& a, const LiveRequest& b) { return a.started_us < b.started_us; });
  if (request_.selection.limit > 0 && found.size() > request_.selection.limit) found.resize(request_.selection.limit);
  const int64_t now = now_us();
  for (const LiveRequest& one : found) {
    Record record(request_.format, "live");
    record.text("id", get_text(one.id)).natural("for_ms", milliseconds(now - one.started_us));
    record.text("method", get_text(one.method)).text("host", get_text(one.host)).text("path", get_text(one.path));
    record.text("in", get_text(one.element)).natural("process", one.pid).natural("generation", one.generation);
    if (peer_.sees_people) record.text("client", get_text(one.client));
    record.append_to(out);
  }
  return found.size();
}

uint64_t RequestAnswer::list(const observe::RequestHistory& history, std::string& out) const {
  std::vector<RequestRecord> found;
  for (size_t kind = 0; kind < observe::kRecordKinds; kind++) {
    if (request_.kind && *request_.kind != static_cast<RecordKind>(kind)) continue;
    history.visit(static_cast<RecordKind>(kind), [&](const RequestRecord& record) {
      found.push_back(record);
      return true;
    });
  }
  // When they ended, newest first.
  std::sort(found.begin(), found.end(), [](const RequestRecord& a, const RequestRecord& b) {
    return a.started_us + static_cast<int64_t>(a.total_us) > b.started_us + static_cast<int64_t>(b.total_us);
  });
  if (request_.selection.limit > 0 && found.size() > request_.selection.limit) found.resize(request_.selection.limit);
  for (const RequestRecord& one : found) {
    Record record(request_.format, "request");
    describe_request(record, one, peer_.sees_people);
    record.append_to(out);
  }
  return found.size();
}

bool RequestAnswer::why(const observe::RequestHistory& history, std::string& out) const {
  RequestRecord found;
  if (!history.find(request_.request_id, found)) return false;
  Record record(request_.format, "request");
  describe_request(record, found, peer_.sees_people);
  optional(record, "context", get_text(found.context));
  if (found.backend_status > 0) record.natural("backend_status", found.backend_status);
  reached(record, "connect_ms", found.connect_ms);
  reached(record, "first_byte_ms", found.first_byte_ms);
  reached(record, "backend_ms", found.backend_ms);
  record.natural("before_chain_us", found.before_chain_us).natural("bytes_sent", found.bytes_sent);
  optional(record, "events", get_text(found.events));
  if (peer_.sees_people) optional(record, "session", get_text(found.session));
  if (found.client_gone) record.boolean("client_gone", true);
  if (found.cut) record.boolean("cut", true);
  record.natural("process", found.pid).natural("generation", found.generation).append_to(out);
  for (size_t i = 0; i < found.elements; i++) {
    const observe::ElementRecord& element = found.chain[i];
    const bool last = i + 1 == found.elements;
    const bool is_servlet = last && get_text(element.name) == get_text(found.servlet);
    Record(request_.format, "element")
        .text("name", get_text(element.name))
        .text("kind", is_servlet ? "servlet" : "filter")
        .natural("down_us", element.down_us)
        .natural("up_us", element.up_us)
        .append_to(out);
  }
  if (found.elements_left_out > 0)
    Record(request_.format, "left_out").natural("elements", found.elements_left_out).append_to(out);
  for_each_part(get_text(found.rules), [&](std::string_view rule, std::string_view did) {
    Record(request_.format, "rule").text("id", rule).text("did", did).append_to(out);
  });
  for_each_part(get_text(found.tried), [&](std::string_view backend, std::string_view outcome) {
    Record(request_.format, "try").text("backend", backend).text("outcome", outcome).append_to(out);
  });
  return true;
}

bool RequestAnswer::more(std::string& out) {
  const observe::RequestHistory* history = observe::process_history();
  if (!history) {
    Record(request_.format, "error")
        .text("code", "no_history")
        .text("text", "this server remembers no requests: it has no run directory, or could not write there")
        .append_to(out);
    return false;
  }
  if (request_.command == Command::request_why) {
    if (why(*history, out))
      Record(request_.format, "end").natural("requests", 1).append_to(out);
    else
      Record(request_.format, "error")
          .text("code", "unknown_request")
          .text("text", "no such request is remembered: it was neither slow nor refused, or 256 others came after it")
          .append_to(out);
    return false;
  }
  const bool is_live = request_.command == Command::request_live;
  const uint64_t count = is_live ? live(*history, out) : list(*history, out);
  Record end(request_.format, "end");
  end.natural("requests", count);
  if (const uint64_t hidden = history->not_shown(); is_live && hidden > 0) end.natural("not_shown", hidden);
  end.append_to(out);
  return false;
}

}  // namespace navajo::admin
