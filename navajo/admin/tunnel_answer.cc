#include "navajo/admin/tunnel_answer.h"

#include <algorithm>
#include <vector>

#include "navajo/admin/record.h"
#include "navajo/observe/log.h"
#include "navajo/observe/request_record.h"
#include "navajo/observe/status_segment.h"
#include "navajo/tunnel/tunnel_list.h"

namespace navajo::admin {
namespace {

using observe::get_text;
using tunnel::ListedTunnel;

void describe_tunnel(Record& record, const ListedTunnel& of, bool sees_people) {
  const auto optional_text = [&](const char* name, std::string_view value) {
    if (!value.empty()) record.text(name, value);
  };
  record.natural("tunnel", of.id).text("kind", get_text(of.kind)).text("backend", get_text(of.backend));
  optional_text("about", get_text(of.about));
  if (sees_people) {
    optional_text("client", get_text(of.client));
    optional_text("user", get_text(of.user));
  }
  optional_text("request", get_text(of.request));
  record.natural("started_ms", of.started_ms > 0 ? static_cast<uint64_t>(of.started_ms) : 0);
  record.natural("idle_ms", of.idle_ms).natural("bytes_up", of.bytes_up).natural("bytes_down", of.bytes_down);
  record.natural("process", of.pid);
  if (of.ending) record.boolean("ending", true);
}

// Those that are open by the numbers of all children, and not in the list.
uint64_t not_listed(size_t listed) {
  const observe::StatusSegment* segment = observe::process_segment();
  if (!segment) return 0;
  const observe::StatusNumbers numbers = segment->read();
  const int64_t open = numbers[observe::Gauge::tunnels_open] + numbers[observe::Gauge::tunnels_half_closed];
  return open > static_cast<int64_t>(listed) ? static_cast<uint64_t>(open) - listed : 0;
}

}  // namespace

void TunnelAnswer::list(std::string& out) const {
  std::vector<ListedTunnel> found;
  tunnel::process_tunnels()->visit([&](const ListedTunnel& one) { found.push_back(one); });
  std::sort(found.begin(), found.end(), [](const ListedTunnel& a, const ListedTunnel& b) {
    return a.started_ms != b.started_ms ? a.started_ms < b.started_ms : a.id < b.id;
  });
  const uint64_t unseen = not_listed(found.size());
  const uint64_t limit = request_.selection.limit;
  const size_t shown = limit > 0 && limit < found.size() ? limit : found.size();
  for (size_t i = 0; i < shown; i++) {
    Record record(request_.format, "tunnel");
    describe_tunnel(record, found[i], peer_.sees_people);
    record.append_to(out);
  }
  Record end(request_.format, "end");
  end.natural("tunnels", shown);
  if (found.size() - shown + unseen > 0) end.natural("not_shown", found.size() - shown + unseen);
  end.append_to(out);
}

void TunnelAnswer::kill(std::string& out) const {
  if (!tunnel::process_tunnels()->kill(request_.tunnel)) {
    Record(request_.format, "error")
        .text("code", "unknown_tunnel")
        .text("text", "there is no open tunnel of that number in the list")
        .append_to(out);
    return;
  }
  observe::log(observe::id::tunnel_killed, "tunnel %llu is ended by %s",
               static_cast<unsigned long long>(request_.tunnel), who(peer_).c_str());
  Record(request_.format, "end").natural("ended", 1).append_to(out);
}

bool TunnelAnswer::more(std::string& out) {
  if (!tunnel::process_tunnels())
    Record(request_.format, "error")
        .text("code", "no_tunnels")
        .text("text", "this server lists no tunnels: there was no shared memory for it")
        .append_to(out);
  else if (request_.command == Command::tunnel_list)
    list(out);
  else
    kill(out);
  return false;
}

}  // namespace navajo::admin
