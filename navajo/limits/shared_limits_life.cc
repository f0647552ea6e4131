// How the limits come to their memory and their file, and what is done for them in the background.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <utility>

#include "navajo/base/random.h"
#include "navajo/limits/shared_limits.h"
#include "navajo/observe/log.h"
#include "navajo/observe/process_identity.h"

namespace navajo::limits {
namespace {

using base::Error;
using base::Failed;

constexpr char kMagic[8] = {'N', 'V', 'J', 'L', 'I', 'M', 'I', '1'};
constexpr uint32_t kVersion = 1;
constexpr uint64_t kPage = 4096;
constexpr uint32_t kStep = 4096;  // rows looked at before the thread asks whether it shall stop
constexpr std::chrono::milliseconds kLook{1000};
constexpr int64_t kLeaseMs = 5000;

uint64_t up_to_page(uint64_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

// Those there are in this process, linked by themselves; only the thread that reads configurations changes the list.
SharedLimits* g_first = nullptr;

std::string segment_name(const std::string& name) { return SharedLimits::kSegmentPrefix + name; }

bool usable(const shm::Segment& segment) {
  if (segment.size() < kPage) return false;
  const auto& header = *reinterpret_cast<const LimitsHeaderShm*>(segment.data());
  return memcmp(header.magic, kMagic, sizeof kMagic) == 0 && header.version == kVersion &&
         header.size == segment.size();
}

int64_t to_ms(base::TimePoint time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

base::Result<std::shared_ptr<Limits>> Limits::open(const LimitsOptions& options) {
  auto opened = SharedLimits::open_segment(options);
  if (!opened.ok()) return Failed{opened.error()};
  return std::shared_ptr<Limits>(std::move(*opened));
}

base::Result<std::shared_ptr<SharedLimits>> SharedLimits::open_segment(const LimitsOptions& options) {
  const std::string name = segment_name(options.name);
  const auto take = [&](shm::Segment segment) {
    std::shared_ptr<SharedLimits> limits(new SharedLimits(options, std::move(segment)));
    limits->next_ = std::exchange(g_first, limits.get());
    return limits;
  };
  if (auto kept = shm::Segment::find(name)) {
    if (usable(*kept)) return take(std::move(*kept));
    observe::log(observe::id::limiter_repaired,
                 "limits %s: the memory of the configuration before is not usable by this one, counting begins anew",
                 options.name.c_str());
    shm::Segment::close_unwanted(name, [&name](std::string_view other) { return other != name; });
  }
  const uint32_t rate_rows = std::max<uint32_t>(1, RateTable::rows_in(options.memory));
  const uint32_t credit_rows = std::max<uint32_t>(1, CreditTable::rows_in(options.memory / 4));
  const uint64_t size = kPage + up_to_page(sizeof(SlotTable::Layout)) +
                        up_to_page(uint64_t{rate_rows} * sizeof(RateTable::RowShm)) +
                        up_to_page(uint64_t{credit_rows} * sizeof(CreditTable::RowShm));
  auto made = shm::Segment::create(name, size);
  if (!made.ok()) return Failed{made.error()};
  // The head, and the slots without what each child holds: that comes with the child.
  if (auto present = made->commit(0, kPage + offsetof(SlotTable::Layout, held)); !present.ok())
    return Failed{present.error()};
  auto& header = *reinterpret_cast<LimitsHeaderShm*>(made->data());
  header.version = kVersion;
  header.rate_rows = rate_rows;
  header.credit_rows = credit_rows;
  header.size = size;
  std::optional<KeySecret> secret;
  if (!options.credits_file.empty()) secret = CreditsFile::peek_secret(options.credits_file);
  if (secret)
    header.secret = *secret;
  else if (!base::random_bytes(&header.secret, sizeof header.secret))
    return Failed{Error{"the system gave no random bytes"}};
  // Last: what has the magic is complete.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  memcpy(header.magic, kMagic, sizeof kMagic);
  return take(std::move(*made));
}

void Limits::close_unused() {
  shm::Segment::close_unwanted(SharedLimits::kSegmentPrefix, [](std::string_view segment) {
    for (const SharedLimits* one = g_first; one; one = one->next_)
      if (segment == segment_name(one->options_.name)) return true;
    return false;
  });
}

void SharedLimits::put_to_work() {
  if (options_.credits_file.empty() || file_) return;
  const char* const path = options_.credits_file.c_str();
  CreditsFile::Loaded loaded;
  auto opened = CreditsFile::open(options_.credits_file, secret(), loaded);
  if (!opened.ok()) {
    observe::log(observe::id::credits_not_saved, "credits are not kept in %s, which %s: they end with the server", path,
                 opened.error().text.c_str());
    return;
  }
  file_ = std::move(*opened);
  opened_by_ = getpid();
  const bool read = header().loaded.load() == 0;
  uint64_t without_room = 0;
  if (read) {
    if (!credits_present()) return;
    const int64_t wall = time(nullptr);
    file_->load([&](const CreditRecord& record) { without_room += credits_.restore(record, wall) ? 0 : 1; }, loaded);
    header().loaded.store(1);
  }
  if (loaded.head_damaged || loaded.damaged > 0) {
    observe::log(observe::id::credits_damaged,
                 "%s is damaged: %llu records could not be read, %llu could; it is kept as %s.damaged", path,
                 static_cast<unsigned long long>(loaded.damaged), static_cast<unsigned long long>(loaded.records),
                 path);
    if (!loaded.head_damaged) {
      if (const auto aside = file_->set_aside(); !aside.ok())
        observe::log(observe::id::credits_not_saved, "%s %s", path, aside.error().text.c_str());
    }
    header().credits.changed.store(1);
  }
  if (read && loaded.records > 0)
    observe::log(observe::id::credits_restored, "%llu records of credits are read from %s%s",
                 static_cast<unsigned long long>(loaded.records), path,
                 without_room > 0 ? ", some of them had no room: raise the memory of Limits" : "");
  (void)save();
}

bool SharedLimits::save() {
  const std::lock_guard lock(saving_);
  if (!file_ || header().credits_present.load() == 0) return true;
  std::atomic<uint32_t>& changed = header().credits.changed;
  const uint32_t due = changed.exchange(0);
  if (due == 0) return true;
  const uint32_t set = header().save_set.fetch_add(1);
  const auto saved = file_->save(credits_, set);
  if (saved.ok()) {
    header().saves.fetch_add(1);
    save_failed_ = false;
    // The other set has what was forgotten.
    if (uint32_t none = 0; due > 1) changed.compare_exchange_strong(none, due - 1);
    return true;
  }
  changed.store(2);
  header().saves_failed.fetch_add(1);
  if (!save_failed_)
    observe::log(observe::id::credits_not_saved, "%s %s; it is tried again every second", options_.credits_file.c_str(),
                 saved.error().text.c_str());
  save_failed_ = true;
  return false;
}

void SharedLimits::clean(uint64_t now_ns, int64_t wall_seconds) {
  const auto stopping = [this] {
    const std::lock_guard lock(guard_);
    return stopping_;
  };
  names_.repair();
  if (header().rates_present.load() != 0)
    for (uint32_t at = 0; at < rates_.rows() && !stopping(); at += kStep) rates_.clean(at, at + kStep, now_ns);
  if (header().credits_present.load() != 0)
    for (uint32_t at = 0; at < credits_.rows() && !stopping(); at += kStep)
      credits_.clean(at, at + kStep, wall_seconds);
}

// What has become more since the last pass.
void SharedLimits::tell() {
  LimitsHeaderShm& head = header();
  const auto grown = [](std::atomic<uint64_t>& told, uint64_t now) {
    const uint64_t before = told.exchange(now);
    return static_cast<unsigned long long>(now - std::min(before, now));
  };
  if (const auto crowded = grown(head.told_crowded, head.rates.crowded.load() + head.credits.crowded.load()))
    observe::log(observe::id::limiter_full,
                 "limits %s: %llu decisions since the last pass were made for several keys together, since their rows "
                 "are full: raise the memory of Limits",
                 options_.name.c_str(), crowded);
  if (const auto repaired =
          grown(head.told_repaired, head.rates.repaired.load() + head.credits.repaired.load() + slots_.repaired()))
    observe::log(observe::id::limiter_repaired, "limits %s: %llu places that dead processes held are free again",
                 options_.name.c_str(), repaired);
}

void SharedLimits::look_after(base::TimePoint now, int64_t wall_seconds) {
  LimitsHeaderShm& head = header();
  const int64_t ms = to_ms(now);
  const uint64_t self = observe::ProcessIdentity::self().word();
  int64_t until = head.lease_until.load();
  if (const uint64_t holder = head.lease_holder.load();
      ms < until && holder != self && observe::ProcessIdentity(holder).alive())
    return;
  if (!head.lease_until.compare_exchange_strong(until, ms + kLeaseMs)) return;
  head.lease_holder.store(self);
  if (slots_.give_back_of_the_dead() > 0) tell();
  if (ms - head.saved_at.load() >= options_.save_interval.count()) {
    head.saved_at.store(ms);
    (void)save();
  }
  if (ms - head.cleaned_at.load() >= options_.cleanup_interval.count()) {
    head.cleaned_at.store(ms);
    clean(static_cast<uint64_t>(std::chrono::nanoseconds(now.time_since_epoch()).count()), wall_seconds);
    tell();
  }
}

void SharedLimits::start_child() {
  const std::lock_guard lock(guard_);
  if (thread_.joinable()) return;
  stopping_ = false;
  slots_.claim_child([this](uint64_t offset, uint64_t bytes) { return segment_.commit(kPage + offset, bytes).ok(); });
  // httpd's signals are for its own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void SharedLimits::run() {
  const auto pause = std::min(kLook, std::max(options_.save_interval, std::chrono::milliseconds(10)));
  std::unique_lock lock(guard_);
  while (!wake_.wait_for(lock, pause, [this] { return stopping_; })) {
    lock.unlock();
    try {
      look_after(base::system_clock().now(), time(nullptr));
    } catch (const std::bad_alloc&) {
      // The next look may find memory.
    }
    lock.lock();
  }
}

void SharedLimits::stop_child() {
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  // Who ends last has the last word: all of them save what has changed.
  (void)save();
  slots_.release_child();
  if (header().lease_holder.load() == observe::ProcessIdentity::self().word()) header().lease_until.store(0);
}

SharedLimits::~SharedLimits() {
  for (SharedLimits** link = &g_first; *link; link = &(*link)->next_) {
    if (*link != this) continue;
    *link = next_;
    break;
  }
  stop_child();
  if (file_ && opened_by_ == getpid()) (void)save();
}

}  // namespace navajo::limits
