#include "navajo/admin/routing_answer.h"

#include "navajo/admin/record.h"

namespace navajo::admin {
namespace {

// A line has at most kMaxLine bytes, and a byte may become three.
std::string_view cut(std::string_view text) { return text.substr(0, 200); }

std::string_view health_of(const route::BackendState& state) {
  if (!state.row.healthy) return "unhealthy";
  return state.ejected_ms > 0 ? "ejected" : state.ejected_ms < 0 ? "on_trial" : state.checked;
}

}  // namespace

bool RoutingAnswer::more(std::string& out) {
  if (next_ < routers_.size()) {
    show(*routers_[next_++], out);
    return true;
  }
  Record(request_.format, "end").natural("backends", backends_).append_to(out);
  return false;
}

void RoutingAnswer::show(const route::Router& router, std::string& out) {
  const std::string& name = router.options().name;
  const auto table = router.tables().current();
  Record(request_.format, "routing")
      .text("name", name)
      .natural("generation", table->generation())
      .natural("backends", table->rows().size())
      .append_to(out);
  router.visit([&](const route::BackendState& state) {
    const route::BackendRow& row = state.row;
    Record record(request_.format, "backend");
    record.text("routing", name).text("id", cut(row.id)).text("app", cut(row.app));
    record.text("address", cut(address_text(row))).text("region", cut(row.region)).text("country", cut(row.country));
    record.natural("in_flight", state.at_work).natural("soft", row.soft_limit).natural("hard", row.hard_limit);
    record.text("health", health_of(state)).text("checked", state.checked).boolean("draining", row.draining);
    if (state.ejected_ms > 0) record.natural("ejected_ms", static_cast<uint64_t>(state.ejected_ms));
    if (state.ejections > 0) record.natural("ejections", state.ejections);
    if (state.connect_us > 0) record.natural("connect_us", state.connect_us);
    if (state.failures > 0) record.natural("failures_in_a_row", state.failures);
    record.natural("chosen", state.chosen).natural("failed", state.failed);
    record.append_to(out);
    backends_++;
    return true;
  });
}

}  // namespace navajo::admin
