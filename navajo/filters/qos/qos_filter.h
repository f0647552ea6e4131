// QosFilter: at most so many requests at a time behind it, of all child processes together; more of them wait in a
// bounded line for a bounded time, others are refused. Facts: nevisproxy-filters-ops.md 2.18.
// Immutable but for its numbers; called by all threads and fibers.
#pragma once

#include <atomic>
#include <optional>
#include <span>
#include <string>

#include "navajo/api/servlet.h"
#include "navajo/container/catalogue.h"
#include "navajo/filters/qos/waiting_room.h"

namespace navajo::filters::qos {

struct Settings {
  std::string name;    // of the filter, for its log lines
  uint64_t limit = 0;  // 0: any number
  uint64_t queue = 0;
  std::chrono::milliseconds wait{0};
};

class QosFilter final : public api::Filter {
 public:
  // limits: null only where nothing is limited. scope: what else tells this filter from others of its name.
  QosFilter(Settings settings, std::shared_ptr<limits::Limits> limits, std::string_view scope);
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override;
  void report(api::StatusWriter& writer) const override;

 private:
  api::Outcome refuse(api::Request& request, WaitingRoom::Entry entry);

  Settings settings_;
  std::optional<WaitingRoom> room_;
  std::atomic<uint64_t> passed_{0}, queue_full_{0}, timed_out_{0}, gone_{0};
  // A line of each kind per second at most.
  std::atomic<int64_t> told_full_{INT64_MIN / 2}, told_late_{INT64_MIN / 2};
};

}  // namespace navajo::filters::qos

namespace navajo::filters {
std::span<const container::FilterRow> qos_rows();
}
