#include "navajo/telemetry/exporter.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>

#include "navajo/api/component_metrics.h"
#include "navajo/api/status_source.h"
#include "navajo/observe/log.h"
#include "navajo/observe/open_metrics.h"

namespace navajo::telemetry {
namespace {

using observe::Counter;
using std::chrono::duration_cast;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr seconds kBetweenRejectionLines{60};

uint64_t unix_now() {
  return static_cast<uint64_t>(
      duration_cast<nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

}  // namespace

Exporter::Exporter(ExporterOptions options, std::unique_ptr<Collector> collector)
    : options_(std::move(options)), collector_(std::move(collector)), queue_(options_.queue) {
  const base::TimePoint now = options_.clock->now();
  next_spans_ = now + options_.batch_delay;
  next_metrics_ = now + options_.metrics_interval;
}

Exporter::~Exporter() { stop(); }

void Exporter::record(Span&& span) {
  const SpanQueue::Pushed pushed = queue_.push(std::move(span), options_.batch);
  if (pushed == SpanQueue::Pushed::dropped) return count_dropped(1);
  observe::count(Counter::spans_recorded);
  observe::gauge(observe::Gauge::spans_queued).fetch_add(1, std::memory_order_relaxed);
  if (pushed != SpanQueue::Pushed::batch_is_full) return;
  {
    std::lock_guard lock(guard_);
    batch_is_full_ = true;
  }
  wake_.notify_one();
}

void Exporter::count_dropped(size_t spans) {
  observe::count(Counter::spans_dropped, spans);
  dropped_.fetch_add(spans, std::memory_order_relaxed);
}

void Exporter::fail(const Delivery& delivery) {
  observe::count(Counter::telemetry_failures);
  pause_ = std::clamp(2 * pause_, kFirstPause, kLongestPause);
  const seconds wait = std::clamp(delivery.retry_after, pause_, kLongestPause);
  not_before_ = options_.clock->now() + wait;
  if (works_)
    observe::log(observe::id::telemetry_failed,
                 "the collector does not take what it is sent: %s; tried again in %lld s", delivery.text.c_str(),
                 static_cast<long long>(wait.count()));
  works_ = false;
}

bool Exporter::deliver(const std::string& path, const std::string& json, bool& lost) {
  const Delivery delivery = collector_->post(path, json);
  lost = delivery.result == Delivery::Result::refused;
  if (delivery.result != Delivery::Result::taken) {
    fail(delivery);
    return false;
  }
  observe::count(Counter::telemetry_deliveries);
  pause_ = seconds(0);
  not_before_ = {};
  const uint64_t dropped = dropped_.load(std::memory_order_relaxed);
  if (!works_)
    observe::log(observe::id::telemetry_works_again, "the collector works again; %llu spans were dropped meanwhile",
                 static_cast<unsigned long long>(dropped - dropped_told_));
  works_ = true;
  dropped_told_ = dropped;
  const base::TimePoint now = options_.clock->now();
  if (const std::string rejected = rejected_by(delivery.text); !rejected.empty() && now >= next_rejection_line_) {
    next_rejection_line_ = now + kBetweenRejectionLines;
    observe::log(observe::id::telemetry_rejected, "the collector rejected a part of a delivery: %s", rejected.c_str());
  }
  return true;
}

// False: nothing more is to be done now.
bool Exporter::send_spans(Flush flush) {
  if (batch_.empty()) {
    if (flush == Flush::full_or_due && queue_.waiting() < options_.batch && options_.clock->now() < next_spans_)
      return false;
    batch_ = queue_.take(options_.batch);
    if (batch_.empty()) {
      next_spans_ = options_.clock->now() + options_.batch_delay;
      return false;
    }
  }
  bool lost = false;
  const bool taken = deliver("/v1/traces", traces_as_json(options_.resource, batch_), lost);
  if (!taken && !lost) return false;
  if (taken)
    observe::count(Counter::spans_exported, batch_.size());
  else
    count_dropped(batch_.size());
  observe::gauge(observe::Gauge::spans_queued)
      .fetch_sub(static_cast<int64_t>(batch_.size()), std::memory_order_relaxed);
  queue_.release(batch_.size());
  batch_.clear();
  next_spans_ = options_.clock->now() + options_.batch_delay;
  return taken;
}

void Exporter::send_metrics() {
  next_metrics_ = options_.clock->now() + options_.metrics_interval;
  const observe::StatusSegment* segment = observe::process_segment();
  if (!segment || leaves_metrics_.load() || !segment->lease_metrics_sending()) return;
  const observe::StatusNumbers numbers = segment->read();
  OtlpMetrics out(options_.resource, static_cast<uint64_t>(numbers.started_at) * 1'000'000'000u, unix_now());
  observe::write_metrics(out, numbers, observe::read_traffic(segment->traffic()));
  if (const api::StatusSource* source = api::status_source()) {
    api::ComponentTree tree;
    source->report(tree);
    api::write_component_metrics(out, tree.root());
  }
  bool lost = false;
  (void)deliver("/v1/metrics", out.finish(), lost);
}

base::Duration Exporter::turn() {
  base::TimePoint now = options_.clock->now();
  if (now >= not_before_) {
    if (options_.metrics && now >= next_metrics_) send_metrics();
    while (options_.traces && options_.clock->now() >= not_before_ && send_spans(Flush::full_or_due)) {
    }
  }
  now = options_.clock->now();
  base::TimePoint next = now + std::chrono::hours(1);
  if (options_.traces) next = std::min(next, batch_.empty() ? next_spans_ : now);
  if (options_.metrics) next = std::min(next, next_metrics_);
  return std::max(std::max(next, not_before_) - now, base::Duration::zero());
}

void Exporter::start() {
  // Signals are the host program's: this thread must not be the one that gets them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Exporter::run() {
  pthread_setname_np(pthread_self(), "nvj-telemetry");
  std::unique_lock lock(guard_);
  while (!stopping_) {
    lock.unlock();
    const base::Duration rest = turn();
    lock.lock();
    // While the collector is left alone a full batch changes nothing.
    const bool paused = options_.clock->now() < not_before_;
    if (paused) batch_is_full_ = false;
    wake_.wait_for(lock, rest, [&] { return stopping_ || (batch_is_full_ && !paused); });
    batch_is_full_ = false;
  }
  lock.unlock();
  if (works_)
    while (options_.traces && send_spans(Flush::all)) {
    }
}

void Exporter::leave_metrics_to_others() {
  leaves_metrics_.store(true);
  if (const observe::StatusSegment* segment = observe::process_segment()) segment->give_up_metrics_sending();
}

void Exporter::stop() {
  if (thread_.joinable()) {
    {
      std::lock_guard lock(guard_);
      stopping_ = true;
    }
    collector_->hurry(kLastTry);
    wake_.notify_all();
    thread_.join();
    leave_metrics_to_others();
  }
  const size_t left = batch_.size() + queue_.take(options_.queue).size();
  if (left == 0) return;
  count_dropped(left);
  observe::gauge(observe::Gauge::spans_queued).fetch_sub(static_cast<int64_t>(left), std::memory_order_relaxed);
  batch_.clear();
}

}  // namespace navajo::telemetry
