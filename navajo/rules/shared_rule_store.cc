#include "navajo/rules/shared_rule_store.h"

#include <signal.h>

#include <algorithm>
#include <new>
#include <system_error>

#include "navajo/config/text.h"
#include "navajo/observe/log.h"

namespace navajo::rules {
namespace {

using std::chrono::milliseconds;

// A file that is being written is looked at again after this; one that is written all the time, in the end all the
// same.
constexpr milliseconds kSoon{kQuietMilliseconds};
constexpr int kMostRestless = 20;
// The watcher's longest sleep: generations that requests have given up wait for it.
constexpr milliseconds kLongestSleep{1000};
constexpr std::chrono::seconds kAdoptAgain{10};

}  // namespace

std::shared_ptr<SharedRuleStore> SharedRuleStore::open(const RuleStoreOptions& options, const RuleCompiler& compiler,
                                                       config::Diagnostics& diagnostics, Patience patience) {
  std::shared_ptr<SharedRuleStore> store(new SharedRuleStore(options, compiler, patience));
  if (!store->read_first(diagnostics)) return nullptr;
  return store;
}

bool SharedRuleStore::read_first(config::Diagnostics& diagnostics) {
  const auto fault = [&](const std::string& text) {
    diagnostics.fault({options_.file, 0, 0}, observe::id::config_memory_exhausted,
                      "Rules '" + config::printable(options_.name) + "': " + text);
    return false;
  };
  own_begun_ = Clock::now();
  const size_t before = diagnostics.count();
  CompiledRules compiled = compiler_.compile(options_.file, diagnostics);
  if (diagnostics.count() != before || !fits(compiled.image.size(), diagnostics)) return false;
  own_image_ = std::make_shared<const std::vector<std::byte>>(std::move(compiled.image));
  own_warnings_ = std::move(compiled.warnings);
  auto adopted = compiler_.adopt(*own_image_);
  if (!adopted.ok()) return fault(adopted.error().text);
  own_rules_ = std::move(*adopted);
  {
    // Not what a recorded configuration has: what is there.
    const config::ReadingScope reading(nullptr, nullptr);
    own_judged_ = look_back(compiled.files, true);
  }
  watched_ = own_judged_.watched;
  auto segment = StoreSegment::open(options_);
  if (!segment.ok()) return fault(segment.error().text);
  segment_ = std::move(*segment);
  take_own(0, {});
  // Of an earlier configuration, whose children go on with what they have until put_to_work().
  if (head().current.load() != 0) return true;
  shm::RobustLock lock(head().lock);
  mend(lock);
  const auto published = publish(*own_image_, &own_rules_);
  if (!published.ok()) return fault(published.error().text);
  take_own(published->word.number, published->rows);
  remember(own_judged_, true);
  return true;
}

void SharedRuleStore::put_to_work() {
  const auto keep = [this](const std::string& why) {
    // New children will go on with what the others have.
    observe::log(observe::id::rules_refused, "rules %s: generation %u stays at work: %s", options_.name.c_str(),
                 GenerationWord(head().current.load()).number, why.c_str());
  };
  const std::lock_guard working(working_);
  std::optional<shm::RobustLock> lock;
  if (const auto locked = lock_for_writing(lock); !locked.ok()) return keep(locked.error().text);
  const GenerationWord there(head().current.load());
  if (there.number != number_.load()) {
    if (is_current(*own_image_)) {
      take_own(there.number, place_counters(own_rules_, there.number));
    } else if (!own_judged_.as_read) {
      // A configuration with faults, and this is what was recorded: what children have read since is newer.
      take_copy(there);
      return tell_loaded(number_.load(), own_begun_);
    } else {
      const auto published = publish(*own_image_, &own_rules_);
      if (!published.ok()) return keep(published.error().text);
      take_own(published->word.number, published->rows);
      segment_->announce();
    }
    remember(own_judged_, true);
  }
  tell_loaded(number_.load(), own_begun_);
  tell_warnings(own_warnings_);
}

SharedRuleStore::~SharedRuleStore() { stop_child(); }

void SharedRuleStore::start_child() {
  if (thread_.joinable()) return;
  retired_->wait_for_drain(true);
  try {
    take_over();  // before the first request: the parent's may be of yesterday
  } catch (const std::bad_alloc&) {
    // The watcher tries again.
  }
  stopping_.store(false);
  // httpd's signals are for its own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this] { watch(); });
  } catch (const std::system_error& error) {
    observe::log(observe::id::rules_not_adopted, "rules %s: this child will not notice changes: %s",
                 options_.name.c_str(), error.what());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void SharedRuleStore::stop_child() {
  stopping_.store(true);
  if (thread_.joinable()) {
    segment_->announce();
    thread_.join();
  }
  retired_->wait_for_drain(false);
  retired_->drain();
}

// ---------------------------------------------------------------- the watcher

void SharedRuleStore::watch() {
  Clock::time_point look_at = Clock::now() + options_.poll;
  for (;;) {
    const uint32_t seen = head().news.load();
    if (stopping_.load()) return;
    try {
      take_over();
      if (options_.poll.count() > 0 && Clock::now() >= look_at) look_at = Clock::now() + look_at_files();
    } catch (const std::bad_alloc&) {
      // What there is goes on; the next round tries again.
      look_at = Clock::now() + kLongestSleep;
    }
    retired_->drain();
    milliseconds limit = kLongestSleep;
    if (options_.poll.count() > 0)
      limit = std::clamp(std::chrono::ceil<milliseconds>(look_at - Clock::now()), milliseconds(1), kLongestSleep);
    segment_->sleep(seen, limit);
  }
}

void SharedRuleStore::take_over() {
  if (GenerationWord(head().current.load(std::memory_order_relaxed)).number == number_.load()) return;
  const std::lock_guard working(working_);
  adopt_current();
}

void SharedRuleStore::adopt_current() {
  for (;;) {
    const uint64_t word = head().current.load();
    const GenerationWord there(word);
    if (there.number == 0 || there.number == number_.load()) return;
    if (there.number == failed_number_ && Clock::now() < failed_again_at_) return;
    Held hold = segment_->readers().hold(there.place);
    // Held first, then looked at again: see place_readers.h.
    if (head().current.load() != word) continue;
    if (adopt(there, std::move(hold))) return;
  }
}

// False: it was written over meanwhile.
bool SharedRuleStore::adopt(const GenerationWord& there, Held hold) {
  const PlaceShm about = head().places[there.place];
  SharedGeneration::Parts parts;
  parts.image = {segment_->image(there.place), std::min(about.image_size, segment_->image_room())};
  const uint32_t* const rows = segment_->rows(there.place);
  parts.rows.assign(rows, rows + std::min<size_t>(about.rules, kMaxRules));
  if (hold) {
    parts.hold.emplace(std::move(*hold));
  } else {
    // There are more processes than rows: this one has to copy.
    parts.own_image = std::make_shared<const std::vector<std::byte>>(parts.image.begin(), parts.image.end());
    parts.image = *parts.own_image;
    if (head().current.load() != there.word()) return false;
  }
  for (uint32_t& row : parts.rows) row = std::min(row, segment_->counters().shared_row());
  auto adopted = compiler_.adopt(parts.image);
  if (!adopted.ok()) {
    failed_number_ = there.number;
    failed_again_at_ = Clock::now() + kAdoptAgain;
    observe::log(observe::id::rules_not_adopted, "rules %s: this child goes on with generation %u, not with %u: %s",
                 options_.name.c_str(), number_.load(), there.number, adopted.error().text.c_str());
    return true;
  }
  parts.rules = std::move(*adopted);
  parts.number = there.number;
  parts.loaded_at = about.loaded_at;
  replace(std::move(parts));
  return true;
}

void SharedRuleStore::replace(SharedGeneration::Parts parts) {
  const uint32_t number = parts.number;
  parts.segment = segment_;
  parts.rules.ids.clear();  // their rows are known
  parts.rules.ids.shrink_to_fit();
  current_.replace(RetiredGenerations::share(std::make_unique<SharedGeneration>(std::move(parts)), retired_));
  number_.store(number);
}

void SharedRuleStore::take_own(uint32_t number, std::vector<uint32_t> rows) {
  SharedGeneration::Parts parts;
  parts.number = number;
  parts.own_image = own_image_;
  parts.image = *own_image_;
  parts.rows = std::move(rows);
  parts.rules = own_rules_;
  if (number != 0) parts.loaded_at = head().places[GenerationWord(head().current.load()).place].loaded_at;
  replace(std::move(parts));
}

void SharedRuleStore::take_copy(const GenerationWord& there) {
  const PlaceShm& about = head().places[there.place];
  const std::byte* const image = segment_->image(there.place);
  auto copy = std::make_shared<const std::vector<std::byte>>(image, image + about.image_size);
  auto adopted = compiler_.adopt(*copy);
  if (!adopted.ok()) return;  // children try that themselves
  own_image_ = std::move(copy);
  own_rules_ = std::move(*adopted);
  take_own(there.number, place_counters(own_rules_, there.number));
}

std::chrono::milliseconds SharedRuleStore::look_at_files() {
  const std::lock_guard working(working_);
  StoreHeadShm& head = this->head();
  const bool new_list = head.watch_version.load(std::memory_order_acquire) != watch_version_;
  const FileStamps stamps = stamps_of(watched_);
  if (!new_list && stamps.quiet && stamps.digest == head.judged_stamps.load()) return options_.poll;
  if (!stamps.quiet && ++restless_ < kMostRestless) return std::min(kSoon, options_.poll);
  restless_ = 0;
  shm::RobustLock lock(head.lock, shm::RobustLock::Try{});
  if (lock.state() == shm::Locked::busy || lock.state() == shm::Locked::failed)
    return options_.poll;  // another process is at it, which tells all when it is done
  mend(lock);
  if (new_list) {
    watched_ = segment_->watch_list();
    watch_version_ = head.watch_version.load();
    return milliseconds(1);
  }
  if (stamps.digest == head.judged_stamps.load()) return options_.poll;
  if (head.judged_good.load() && content_now(watched_) == head.judged_content.load()) {
    if (stamps.quiet) head.judged_stamps.store(stamps.digest);  // touched, and the same
    return options_.poll;
  }
  config::Diagnostics faults;
  (void)judge(faults);
  return options_.poll;
}

}  // namespace navajo::rules
