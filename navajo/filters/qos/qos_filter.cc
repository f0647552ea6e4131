#include "navajo/filters/qos/qos_filter.h"

#include "navajo/api/event.h"
#include "navajo/container/shared_services.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::filters::qos {
namespace {

using api::Outcome;
using config::ParamType;
using Entry = WaitingRoom::Entry;

constexpr char kQueueSize[] = "MaxConcurrentRequests.MaxQueueSize";
constexpr char kWaitTimeout[] = "MaxConcurrentRequests.WaitTimeout";

constexpr config::ParamSpec kParams[] = {
    {.name = "MaxConcurrentRequests",
     .type = ParamType::integer,
     .minimum = 1,
     .maximum = 1000000,
     .doc = "Requests behind this filter at a time, in all child processes together. Unset: any number."},
    {.name = kQueueSize,
     .type = ParamType::integer,
     .default_value = "0",
     .minimum = 0,
     .maximum = 1000000,
     .doc = "Requests that may wait, in all child processes together. One more is refused with 503."},
    {.name = kWaitTimeout,
     .type = ParamType::milliseconds,
     .minimum = 1,
     .maximum = 3600000,
     .doc = "How long a request waits at most; then 504. Required with a queue."},
};

std::unique_ptr<api::Filter> make(const container::ComponentContext& context, const config::Params& params) {
  Settings settings{.name = context.name,
                    .limit = static_cast<uint64_t>(params.integer("MaxConcurrentRequests")),
                    .queue = static_cast<uint64_t>(params.integer(kQueueSize)),
                    .wait = params.milliseconds(kWaitTimeout)};
  if (settings.queue > 0 && !params.has(kWaitTimeout))
    params.fault(kWaitTimeout, std::string(kWaitTimeout) + " is required where requests may wait");
  if (settings.queue > 0 && settings.limit == 0) params.fault(kQueueSize, "nobody waits without MaxConcurrentRequests");
  return std::make_unique<QosFilter>(std::move(settings), context.services ? context.services->limits : nullptr,
                                     context.host + context.path);
}

// Also when the chain behind throws.
class Inside {
 public:
  Inside(WaitingRoom& room, limits::Slot& slot) : room_(room), slot_(slot) {}
  ~Inside() { room_.leave(slot_); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  WaitingRoom& room_;
  limits::Slot& slot_;
};

bool once_a_second(std::atomic<int64_t>& told) {
  const int64_t now = base::coarse_now().time_since_epoch() / std::chrono::seconds(1);
  int64_t before = told.load(std::memory_order_relaxed);
  return now > before && told.compare_exchange_strong(before, now, std::memory_order_relaxed);
}

}  // namespace

QosFilter::QosFilter(Settings settings, std::shared_ptr<limits::Limits> limits, std::string_view scope)
    : settings_(std::move(settings)) {
  if (settings_.limit == 0 || !limits) return;
  const auto key = [&](std::string_view kind) {
    return limits::KeyBuilder(limits->secret()).part(kind).part(scope).part(settings_.name).finish();
  };
  room_.emplace(limits, key("qos at work"), settings_.limit, key("qos in line"), settings_.queue);
}

Outcome QosFilter::refuse(api::Request& request, Entry entry) {
  const auto id = request.id();
  const auto others = [&](const std::atomic<uint64_t>& all) {
    return static_cast<unsigned long long>(all.load(std::memory_order_relaxed));
  };
  if (entry == Entry::cancelled || entry == Entry::stopping) {
    gone_.fetch_add(1, std::memory_order_relaxed);
    return entry == Entry::cancelled ? Outcome::refused(499, "client_gone") : Outcome::refused(503, "stopping");
  }
  observe::count(observe::Counter::qos_refused);
  if (entry == Entry::queue_full) {
    queue_full_.fetch_add(1, std::memory_order_relaxed);
    api::note_event(request, "QS01");
    if (once_a_second(told_full_))
      observe::log(observe::id::qos_queue_full,
                   "QS01 filter '%s': %llu requests are at work and %llu wait, request %.*s is refused with 503 (%llu "
                   "so far)",
                   settings_.name.c_str(), static_cast<unsigned long long>(settings_.limit),
                   static_cast<unsigned long long>(settings_.queue), static_cast<int>(id.size()), id.data(),
                   others(queue_full_));
    return Outcome::refused(503, "qos_queue_full");
  }
  timed_out_.fetch_add(1, std::memory_order_relaxed);
  api::note_event(request, "QS02");
  if (once_a_second(told_late_))
    observe::log(observe::id::qos_wait_ended,
                 "QS02 filter '%s': request %.*s has waited %lld ms for one of %llu places and is refused with 504 "
                 "(%llu so far)",
                 settings_.name.c_str(), static_cast<int>(id.size()), id.data(),
                 static_cast<long long>(settings_.wait.count()), static_cast<unsigned long long>(settings_.limit),
                 others(timed_out_));
  return Outcome::refused(504, "qos_wait_ended");
}

Outcome QosFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  if (!room_) {
    if (settings_.limit == 0) return rest.proceed(request, response);
    return Outcome::refused(503, "no_limits");
  }
  limits::Slot slot;
  const Entry entry = room_->enter(slot, reactor::Deadline::after(settings_.wait));
  if (entry != Entry::admitted) return refuse(request, entry);
  passed_.fetch_add(1, std::memory_order_relaxed);
  const Inside inside(*room_, slot);
  return rest.proceed(request, response);
}

void QosFilter::report(api::StatusWriter& writer) const {
  const auto number = [&](const char* name, const std::atomic<uint64_t>& value) {
    writer.number(name, static_cast<double>(value.load(std::memory_order_relaxed)));
  };
  number("passed", passed_);
  number("queue_full", queue_full_);
  number("timed_out", timed_out_);
  number("client_gone", gone_);
  writer.number("waiting", room_ ? static_cast<double>(room_->waiting()) : 0);
}

}  // namespace navajo::filters::qos

namespace navajo::filters {

std::span<const container::FilterRow> qos_rows() {
  static const container::FilterRow rows[] = {
      {.name = "QosFilter",
       .aliases = {"ch::nevis::nevisproxy::filter::qos::QosFilter"},
       .params = qos::kParams,
       .doc = "Limits the requests at work behind it at a time; others wait in a bounded line.",
       .make = qos::make},
  };
  return rows;
}

}  // namespace navajo::filters
