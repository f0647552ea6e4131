#include "navajo/limits/memory_observer.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "navajo/base/clock.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/reactor/sync.h"

// jemalloc's, where it is preloaded.
extern "C" [[gnu::weak]] int mallctl(const char* name, void* old, size_t* old_size, void* value, size_t value_size);

namespace navajo::limits {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kBetweenReplacements{60};  // of all children together
constexpr int kLooksBeforeReplacing = 3;     // above the threshold, one after the other
constexpr seconds kBetweenGivingBack{10};
constexpr seconds kBetweenLines{10};  // of NVJ1947

unsigned long long number(uint64_t value) { return value; }

int64_t now_ms() {
  return std::chrono::duration_cast<milliseconds>(base::system_clock().now().time_since_epoch()).count();
}

// What was freed and is kept for later by the allocator: while memory is short the kernel may have it. jemalloc's own
// threads see to that in a second.
void give_back_free_memory() {
  if (!mallctl) (void)malloc_trim(0);
}

// One word all children share: when one of them was last replaced. Of this process alone where there is no page for it.
class SharedMoment {
 public:
  SharedMoment() {
    void* const page = mmap(nullptr, sizeof(std::atomic<int64_t>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                            -1, 0);
    if (page != MAP_FAILED) shared_ = new (page) std::atomic<int64_t>(INT64_MIN);
  }
  ~SharedMoment() {
    if (shared_) munmap(shared_, sizeof *shared_);
  }
  SharedMoment(const SharedMoment&) = delete;
  SharedMoment& operator=(const SharedMoment&) = delete;

  // True for one caller, at most once in `pause`.
  bool take(int64_t now, seconds pause) {
    std::atomic<int64_t>& moment = shared_ ? *shared_ : own_;
    int64_t last = moment.load();
    if (last != INT64_MIN && now - last < milliseconds(pause).count()) return false;
    return moment.compare_exchange_strong(last, now);
  }

 private:
  std::atomic<int64_t>* shared_ = nullptr;
  std::atomic<int64_t> own_{INT64_MIN};
};

}  // namespace

class ObservedMemory final : public MemoryObserver {
 public:
  ObservedMemory(const MemoryObserverOptions& options, Reader read)
      : options_(options),
        read_(std::move(read)),
        process_(options.process_high, options.process_critical),
        group_(options.group_high, options.group_critical),
        places_(options.max_large_bodies) {}
  ~ObservedMemory() override { stop_child(); }

  MemoryLevel level() const override { return level_.load(std::memory_order_relaxed); }
  const MemoryObserverOptions& options() const override { return options_; }
  void replace_with(Replacer replacer) override { replacer_ = std::move(replacer); }

  LargeBody enter_large_body(reactor::Deadline deadline) override;
  void leave_large_body() override;

  void start_child() override;
  void stop_child() override;
  void report(api::StatusWriter& writer) const override;

 private:
  void run();
  void look();
  void tell(MemoryLevel before, MemoryLevel now, const MemoryReading& reading) const;
  void consider_replacement(const MemoryReading& reading);
  void tell_full();

  const MemoryObserverOptions options_;
  const Reader read_;
  Replacer replacer_;
  SharedMoment replaced_last_;

  // Of the thread alone.
  MemoryThresholds process_, group_;
  int looks_above_ = 0;
  bool replaced_ = false;
  int64_t gave_back_ = INT64_MIN;

  std::atomic<MemoryLevel> level_{MemoryLevel::normal};
  std::atomic<uint64_t> process_bytes_{0};
  std::atomic<unsigned> group_percent_{0};

  reactor::Semaphore places_;
  std::atomic<uint32_t> at_work_{0};
  std::atomic<uint64_t> refused_full_{0};
  std::atomic<int64_t> told_full_{INT64_MIN};

  std::thread thread_;
  std::mutex guard_;
  std::condition_variable wake_;
  bool stop_ = false;
};

// ---------------------------------------------------------------- places

LargeBody::LargeBody(LargeBody&& other) noexcept : observer_(std::exchange(other.observer_, nullptr)) {}

LargeBody& LargeBody::operator=(LargeBody&& other) noexcept {
  std::swap(observer_, other.observer_);
  return *this;
}

LargeBody::~LargeBody() {
  if (observer_) observer_->leave_large_body();
}

LargeBody ObservedMemory::enter_large_body(reactor::Deadline deadline) {
  if (level() != MemoryLevel::normal) return {};
  if (options_.max_large_bodies != 0 && places_.acquire(deadline) != reactor::Wake::ready) {
    tell_full();
    return {};
  }
  at_work_.fetch_add(1, std::memory_order_relaxed);
  observe::gauge(observe::Gauge::large_bodies).fetch_add(1, std::memory_order_relaxed);
  LargeBody place(this);
  if (level() != MemoryLevel::normal) return {};  // it got short meanwhile
  return place;
}

void ObservedMemory::leave_large_body() {
  at_work_.fetch_sub(1, std::memory_order_relaxed);
  observe::gauge(observe::Gauge::large_bodies).fetch_sub(1, std::memory_order_relaxed);
  if (options_.max_large_bodies != 0) places_.release();
}

void ObservedMemory::tell_full() {
  const uint64_t refused = refused_full_.fetch_add(1, std::memory_order_relaxed) + 1;
  const int64_t now = now_ms();
  int64_t last = told_full_.load(std::memory_order_relaxed);
  if (last != INT64_MIN && now - last < milliseconds(kBetweenLines).count()) return;
  if (!told_full_.compare_exchange_strong(last, now)) return;
  observe::log(observe::id::large_bodies_full,
               "%u requests with a body of %llu bytes or more are at work, and none ended in time for one more: it is "
               "refused (%llu so far in this child)",
               options_.max_large_bodies, number(options_.large_body), number(refused));
}

// ---------------------------------------------------------------- watching

void ObservedMemory::start_child() {
  const bool watches = process_.watched() || group_.watched() || options_.process_replace != 0;
  if (!watches || thread_.joinable()) return;
  stop_ = false;
  sigset_t all, before;  // signals belong to httpd's threads
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void ObservedMemory::stop_child() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(guard_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
  level_.store(MemoryLevel::normal, std::memory_order_relaxed);
}

void ObservedMemory::run() {
  pthread_setname_np(pthread_self(), "nvj-memory");
  std::unique_lock lock(guard_);
  while (!stop_) {
    lock.unlock();
    look();
    lock.lock();
    wake_.wait_for(lock, options_.interval, [this] { return stop_; });
  }
}

void ObservedMemory::look() {
  const MemoryReading reading = read_();
  process_bytes_.store(reading.process, std::memory_order_relaxed);
  group_percent_.store(reading.group, std::memory_order_relaxed);
  const MemoryLevel before = level();
  const MemoryLevel now = std::max(process_.look(reading.process), group_.look(reading.group));
  level_.store(now, std::memory_order_relaxed);
  observe::gauge(observe::Gauge::memory_level).store(static_cast<int64_t>(now), std::memory_order_relaxed);
  if (now != before) tell(before, now, reading);
  if (now != MemoryLevel::normal) {
    const int64_t moment = now_ms();
    if (gave_back_ == INT64_MIN || moment - gave_back_ >= milliseconds(kBetweenGivingBack).count()) {
      gave_back_ = moment;
      give_back_free_memory();
    }
  }
  consider_replacement(reading);
}

void ObservedMemory::tell(MemoryLevel before, MemoryLevel now, const MemoryReading& reading) const {
  if (now < before)
    observe::log(observe::id::memory_relaxed,
                 "this child has %llu bytes, all together use %u %%: memory is %s again, %s", number(reading.process),
                 reading.group, name_of(now),
                 now == MemoryLevel::normal ? "everything is served" : "requests with large bodies are still refused");
  else if (now == MemoryLevel::critical)
    observe::log(observe::id::memory_critical,
                 "this child has %llu bytes (processCritical %llu), all together use %u %% (groupCritical %u): new "
                 "requests are refused with 503",
                 number(reading.process), number(options_.process_critical), reading.group, options_.group_critical);
  else
    observe::log(observe::id::memory_high,
                 "this child has %llu bytes (processHigh %llu), all together use %u %% (groupHigh %u): requests with "
                 "bodies of %llu bytes or more are refused with 503",
                 number(reading.process), number(options_.process_high), reading.group, options_.group_high,
                 number(options_.large_body));
}

void ObservedMemory::consider_replacement(const MemoryReading& reading) {
  if (options_.process_replace == 0 || replaced_ || !replacer_) return;
  looks_above_ = reading.process >= options_.process_replace ? looks_above_ + 1 : 0;
  if (looks_above_ < kLooksBeforeReplacing || !replaced_last_.take(now_ms(), kBetweenReplacements)) return;
  const char* const why_not = replacer_();
  replaced_ = !why_not;
  observe::log(observe::id::child_replaced_for_memory, "this child has %llu bytes, processReplace is %llu: %s%s",
               number(reading.process), number(options_.process_replace),
               why_not ? "it cannot be replaced: " : "it ends when its requests have, and another one takes its place",
               why_not ? why_not : "");
}

void ObservedMemory::report(api::StatusWriter& writer) const {
  writer.begin("memory observer");
  writer.text("level", name_of(level()));
  writer.number("process_bytes", static_cast<double>(process_bytes_.load(std::memory_order_relaxed)));
  writer.number("group_percent", group_percent_.load(std::memory_order_relaxed));
  writer.number("large_bodies", at_work_.load(std::memory_order_relaxed));
  writer.number("large_bodies_limit", options_.max_large_bodies);
  writer.number("large_bodies_waiting", static_cast<double>(places_.waiting()));
  writer.number("large_bodies_refused", static_cast<double>(refused_full_.load(std::memory_order_relaxed)));
  writer.end();
}

std::shared_ptr<MemoryObserver> MemoryObserver::make(const MemoryObserverOptions& options, Reader read) {
  return std::make_shared<ObservedMemory>(options, std::move(read));
}

}  // namespace navajo::limits
