#include "navajo/rules/event_log.h"

#include <limits>
#include <mutex>
#include <optional>

#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/observe/trace_writer.h"
#include "navajo/rules/event_log_shm.h"

namespace navajo::rules {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

constexpr int kVersions = 10;

// So many in each second of the clock. Any number of threads.
class SecondCap {
 public:
  explicit SecondCap(uint64_t most) : most_(most) {}
  bool take(base::TimePoint now) {
    if (most_ == 0) return true;
    const uint64_t second = static_cast<uint64_t>(duration_cast<seconds>(now.time_since_epoch()).count()) << 32;
    uint64_t seen = taken_.load(std::memory_order_relaxed);
    for (;;) {
      // One that comes with the time of a second gone by counts in this one.
      const uint64_t base = second > (seen & kSecond) ? second : seen;
      if ((base & ~kSecond) >= most_) return false;
      if (taken_.compare_exchange_weak(seen, base + 1, std::memory_order_relaxed)) return true;
    }
  }

 private:
  static constexpr uint64_t kSecond = ~uint64_t{0} << 32;
  const uint64_t most_;
  std::atomic<uint64_t> taken_{0};  // the second and how many
};

class QueuedEventLog final : public EventLog {
 public:
  QueuedEventLog(const EventLogOptions& options, Redaction redaction)
      : options_(options),
        redaction_(std::move(redaction)),
        shared_(make_event_log_shm()),
        turn_(*shared_),
        cap_(options.per_second) {}

  const Redaction& redaction() const override { return redaction_; }

  bool wanted(base::TimePoint now) override {
    if (cap_.take(now)) return true;
    shared_->over_rate.fetch_add(1, std::memory_order_relaxed);
    return false;
  }

  void write(std::string_view record) override {
    if (writer_ && writer_->push(record)) {
      observe::count(observe::Counter::events_logged);
      shared_->records.fetch_add(1, std::memory_order_relaxed);
      shared_->bytes.fetch_add(record.size(), std::memory_order_relaxed);
      return;
    }
    if (!writer_) observe::count(observe::Counter::events_dropped);
    shared_->dropped.fetch_add(1, std::memory_order_relaxed);
  }

  void put_to_work(const EventLogParent& parent) override {
    owner_ = parent.owner;
    group_ = parent.group;
    if (!options_.program.empty()) {
      pipe_ = parent.start_program ? parent.start_program(options_.program) : -1;
      return;
    }
    parent_writer_ = std::make_unique<observe::TraceWriter>(writer_options());
    parent_writer_->create_file();
  }

  void watch() override {
    if (!parent_writer_) return;
    parent_writer_->create_file();
    parent_writer_->rotate_if_full();
  }

  void start_child() override {
    // The parent's: a lock on an inherited file would be shared with it and all brothers.
    parent_writer_.reset();
    if (!options_.program.empty() && pipe_ < 0) return;  // told when it was not started
    writer_ = std::make_unique<observe::TraceWriter>(writer_options());
    writer_->start_thread();
  }

  // The writer stays: a request that is cut off may come with its record even now, which is dropped.
  void stop_child() override {
    if (writer_) writer_->stop();
  }

  void report(api::StatusWriter& writer) const override {
    const auto number = [&](std::string_view name, const std::atomic<uint64_t>& value) {
      writer.number(name, static_cast<double>(value.load(std::memory_order_relaxed)));
    };
    writer.begin("event log " + options_.name);
    if (options_.program.empty()) {
      writer.text("file", options_.file);
    } else {
      writer.text("program", options_.program);
    }
    number("records", shared_->records);
    number("bytes", shared_->bytes);
    number("dropped", shared_->dropped);
    number("over_rate", shared_->over_rate);
    writer.end();
  }

 private:
  observe::TraceWriterOptions writer_options() {
    observe::TraceWriterOptions out;
    out.file.path = options_.file;
    out.file.max_size = options_.rotate_at ? options_.rotate_at : std::numeric_limits<uint64_t>::max();
    out.file.max_versions = kVersions;
    out.file.owner = owner_;
    out.file.group = group_;
    out.pipe = pipe_;
    out.pipe_program = options_.program;
    out.turn = &turn_;
    out.queue_limit = options_.queue;
    out.retry_interval = options_.retry_interval;
    out.reports.failed = observe::id::event_log_failed;
    out.reports.works = observe::id::event_log_works_again;
    out.reports.rotation_failed = observe::id::event_log_failed;
    out.reports.lost = observe::id::events_dropped;
    out.reports.lost_interval = seconds(1);
    out.reports.dropped = observe::Counter::events_dropped;
    out.reports.records = "records of event log " + options_.name;
    return out;
  }

  const EventLogOptions options_;
  const Redaction redaction_;
  const SharedEventLog shared_;
  SharedPipeTurn turn_;
  SecondCap cap_;
  uid_t owner_ = static_cast<uid_t>(-1);
  gid_t group_ = static_cast<gid_t>(-1);
  int pipe_ = -1;
  std::unique_ptr<observe::TraceWriter> parent_writer_, writer_;
};

}  // namespace

std::shared_ptr<EventLog> EventLog::open(const EventLogOptions& options, config::Diagnostics& diagnostics) {
  base::Result<Redaction> redaction = Redaction::make(options);
  if (!redaction.ok()) {
    diagnostics.fault(options.where, observe::id::config_bad_value,
                      "EventLog Redact pattern " + redaction.error().text);
    return nullptr;
  }
  return std::make_shared<QueuedEventLog>(options, std::move(*redaction));
}

}  // namespace navajo::rules
