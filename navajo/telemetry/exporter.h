// Sends spans of this child, and for one child of the server the metrics of all, to a collector. A thread of its own:
// it waits for the network so that nobody else does. A batch leaves when it is full or batch_delay is over; what the
// collector does not take now is tried again with growing pauses (1 s to 60 s, or as the collector wishes), while the
// queue fills, and what finds no room there is dropped and counted. Metrics are not kept: the next ones say it all.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "navajo/base/clock.h"
#include "navajo/telemetry/collector.h"
#include "navajo/telemetry/otlp.h"
#include "navajo/telemetry/span_queue.h"

namespace navajo::telemetry {

struct ExporterOptions {
  Resource resource;
  bool traces = true, metrics = true;
  size_t queue = 4096, batch = 512;
  std::chrono::milliseconds batch_delay{1000}, metrics_interval{60000};
  const base::Clock* clock = &base::system_clock();
};

class Exporter {
 public:
  Exporter(ExporterOptions options, std::unique_ptr<Collector> collector);
  ~Exporter();  // stop()
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  // Any thread; never waits for the network.
  void record(Span&& span);
  void start();
  // This child takes no more requests: another one is to send the metrics.
  void leave_metrics_to_others();
  // What waits is sent if that takes no longer than kLastTry; the rest is dropped and counted.
  void stop();

  // What the thread does, for tests that have none: whatever is due. How long it may rest then.
  base::Duration turn();
  size_t waiting() const { return queue_.waiting(); }

  static constexpr std::chrono::milliseconds kLastTry{1000};
  static constexpr std::chrono::seconds kFirstPause{1}, kLongestPause{60};

 private:
  enum class Flush : uint8_t { full_or_due, all };
  bool send_spans(Flush flush);
  void send_metrics();
  // True: it was taken.
  bool deliver(const std::string& path, const std::string& json, bool& lost);
  void fail(const Delivery& delivery);
  void count_dropped(size_t spans);
  void run();

  const ExporterOptions options_;
  const std::unique_ptr<Collector> collector_;
  SpanQueue queue_;

  // Of the thread.
  std::vector<Span> batch_;  // what the collector did not take yet
  base::TimePoint next_spans_, next_metrics_, not_before_{};
  std::chrono::seconds pause_{0};
  bool works_ = true;
  uint64_t dropped_told_ = 0;
  base::TimePoint next_rejection_line_{};

  std::atomic<uint64_t> dropped_{0};
  std::atomic<bool> leaves_metrics_{false};
  std::mutex guard_;
  std::condition_variable wake_;
  bool stopping_ = false, batch_is_full_ = false;  // guarded
  std::thread thread_;
};

}  // namespace navajo::telemetry
