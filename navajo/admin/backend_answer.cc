#include "navajo/admin/backend_answer.h"

#include <ctime>
#include <vector>

#include "navajo/admin/record.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::admin {
namespace {

using connector::BackendList;

// A line has at most kMaxLine bytes, and a byte may become three.
std::string_view cut_name(std::string_view text) { return text.substr(0, 200); }

bool fits(const std::optional<std::string>& wanted, const std::string& is) { return !wanted || *wanted == is; }

}  // namespace

bool BackendAnswer::is_meant(const BackendList& list) const {
  const BackendChoice& wanted = request_.backends;
  const connector::ServletPlace& place = list.place();
  return fits(wanted.host, place.host) && fits(wanted.context, place.context) && fits(wanted.servlet, place.servlet);
}

void BackendAnswer::show(const BackendList& list, size_t index, std::string& out) const {
  const connector::ServletPlace& place = list.place();
  const connector::Backend& backend = list[index];
  Record record(request_.format, "address");
  record.text("host", cut_name(place.host)).text("context", cut_name(place.context));
  record.text("servlet", cut_name(place.servlet)).text("address", cut_name(backend.address().text));
  record.natural("group", backend.address().group + 1).text("health", backend.bad() ? "bad" : "usable");
  const int64_t since = list.drained_since(index);
  record.boolean("draining", since > 0);
  if (since > 0) record.natural("draining_since", static_cast<uint64_t>(since));
  record.natural("requests", backend.counters().requests.load(std::memory_order_relaxed));
  // Targets of a LoadBalancerServlet have no connections of their own.
  if (!backend.address().host_field.empty()) record.natural("in_use", backend.gate().inside());
  record.append_to(out);
}

void BackendAnswer::refuse(const char* code, std::string_view text, std::string& out) const {
  Record(request_.format, "error").text("code", code).text("text", text).append_to(out);
}

void BackendAnswer::list_all(std::string& out) const {
  uint64_t count = 0, draining = 0;
  BackendList::visit([&](BackendList& list) {
    if (!is_meant(list)) return;
    for (size_t i = 0; i < list.size(); i++) {
      if (!fits(request_.backends.address, list[i].address().text)) continue;
      show(list, i, out);
      count++;
      if (list.drained(i)) draining++;
    }
  });
  Record(request_.format, "end").natural("addresses", count).natural("draining", draining).append_to(out);
}

void BackendAnswer::carry_out(BackendList& list, size_t index, std::string& out) const {
  using Drain = BackendList::Drain;
  const bool drains = request_.command == Command::backend_drain;
  const auto force = request_.backends.force ? BackendList::Force::yes : BackendList::Force::no;
  switch (drains ? list.drain(index, force, time(nullptr)) : list.undrain(index)) {
    case Drain::last:
      return refuse("last_address",
                    "nobody of this servlet would be left who is in service and not down: its requests would be "
                    "answered 503. force=yes does it nevertheless", out);
    case Drain::full:
      return refuse("too_many", "as many addresses are out of service as can be", out);
    case Drain::failed:
      return refuse("no_drains", "the shared memory of what is out of service is unusable: stop and start", out);
    case Drain::unchanged:
      break;
    case Drain::done: {
      const connector::ServletPlace& place = list.place();
      const size_t left = list.size() - list.drained_count();
      if (drains) observe::count(observe::Counter::backend_drains);
      observe::log(drains ? observe::id::backend_drained : observe::id::backend_undrained,
                   "backend %s of servlet %s (Host %s, Context %s) is %s by %s, %zu of %zu are in service",
                   list[index].name(), place.servlet.c_str(), place.host.c_str(), place.context.c_str(),
                   drains ? "taken out of service" : "put back into service", who(peer_).c_str(), left, list.size());
    }
  }
  show(list, index, out);
  Record(request_.format, "end").natural("in_service", list.size() - list.drained_count()).append_to(out);
}

void BackendAnswer::change(std::string& out) const {
  std::vector<BackendList*> meant;
  BackendList::visit([&](BackendList& list) {
    if (is_meant(list)) meant.push_back(&list);
  });
  if (meant.empty())
    return refuse("unknown_servlet", "there is no servlet of that name whose backends can be taken out of service",
                  out);
  if (meant.size() > 1)
    return refuse("ambiguous_servlet", "several Contexts have a servlet of that name: say which, with host and context",
                  out);
  // Again: a change looks at all lists, and none may go meanwhile.
  BackendList::visit([&](BackendList& list) {
    if (&list != meant.front()) return;
    const size_t index = list.find(*request_.backends.address);
    if (index == BackendList::kNone) return refuse("unknown_address", "the servlet has no such address", out);
    carry_out(list, index, out);
  });
}

bool BackendAnswer::more(std::string& out) {
  if (request_.command == Command::backend_list)
    list_all(out);
  else
    change(out);
  return false;
}

}  // namespace navajo::admin
