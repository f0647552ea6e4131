#include "navajo/route/watched_table.h"

#include <signal.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <new>
#include <system_error>

#include "navajo/config/text.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/route/backend_columns.h"
#include "navajo/route/routing_db.h"

namespace navajo::route {
namespace {

using namespace std::chrono_literals;

constexpr auto kParentPatience = 5000ms;
// The watcher waits for no lock: it comes back.
constexpr auto kWatcherPatience = 20ms;
// How long a child waits for its first answers from name servers before it takes requests.
constexpr auto kFirstAnswers = 2000ms;
constexpr auto kLongestSleep = 1000ms;
constexpr auto kLongestNap = 60s;  // whoever has news wakes
constexpr size_t kLongestNews = 200;

bool same_but_expires(const BackendRow& a, const BackendRow& b) {
  if (a.expires == b.expires) return a == b;
  BackendRow copy = a;
  copy.expires = b.expires;
  return copy == b;
}

bool same_rows(std::span<const BackendRow> a, std::span<const BackendRow> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_but_expires);
}

constexpr int64_t kNoVersion = -1;
// Never 0, which stands for a file this process has not looked at yet.
int64_t version_of(SqliteFile& file) {
  const int64_t version = file.data_version();
  return version != 0 ? version : kNoVersion;
}

uint64_t digest_of(std::span<const BackendRow> rows) {
  uint64_t out = ToldOnce::digest("rows");
  for (const BackendRow& row : rows)
    for (const BackendColumn& column : backend_columns())
      if (std::string_view(column.name) != "expires") out = ToldOnce::digest(column.show(row) + "\n", out);
  return out;
}

}  // namespace

WatchedTable::WatchedTable(DatabaseOptions options, WatchedWorld world)
    : options_(std::move(options)), world_(std::move(world)) {}

WatchedTable::~WatchedTable() { stop_child(); }

int64_t WatchedTable::now() const { return world_.unix_time ? world_.unix_time() : time(nullptr); }

// ---------------------------------------------------------------- in the parent

bool WatchedTable::read_first(const config::Position& where, config::Diagnostics& diagnostics) {
  seen_ = FileIdentity::of(options_.file);
  std::vector<BackendRow> rows;
  config::Diagnostics faults;
  const DbRead read = read_backends(options_.file, kParentPatience, now(), rows, faults);
  for (const config::Fault& fault : faults.faults()) diagnostics.fault(fault.where, fault.id, fault.text);
  if (read == DbRead::busy)
    diagnostics.fault(where, observe::id::routing_refused,
                      "Routing '" + options_.name + "': another program has " + options_.file + " locked");
  if (read != DbRead::good) {
    if (!faults.faults().empty())
      diagnostics.fault(where, observe::id::routing_refused,
                        "Routing '" + options_.name + "' cannot use its database " + options_.file);
    return false;
  }
  const std::lock_guard lock(mutex_);
  (void)told_.is_news("loaded", digest_of(rows));
  take_rows(std::move(rows));
  return true;
}

void WatchedTable::take_fixed(std::vector<BackendRow> rows) {
  const std::lock_guard lock(mutex_);
  take_rows(std::move(rows));
}

void WatchedTable::take_rows(std::vector<BackendRow> rows) {
  rows_ = std::move(rows);
  discovery_.set_rows(rows_, world_.clock->now());
  publish();
}

bool WatchedTable::publish() {
  auto next = std::make_shared<const BackendTable>(discovery_.rows(), generation_ + 1);
  const auto before = current_.get();
  if (before && same_rows(before->rows(), next->rows())) return false;
  generation_++;
  if (discovery_.left_out() > 0 && told_.is_news("left out", discovery_.left_out()))
    observe::log(observe::id::routing_refused,
                 "routing %s: names have more addresses than a table of %zu has room for: %zu are left out",
                 options_.name.c_str(), kMaxBackends, discovery_.left_out());
  current_.replace(next);
  return true;
}

// ---------------------------------------------------------------- the file

void WatchedTable::look_at_file() {
  if (options_.file.empty()) return;
  const FileIdentity there = FileIdentity::of(options_.file);
  // Where no connection is kept (a copy was read, or nothing could be) the stamps have to do.
  if (there == seen_ && data_version_ != 0 && (!file_ || version_of(*file_) == data_version_)) return;
  if (!there.same_inode(seen_)) file_.reset();
  config::Diagnostics faults;
  std::vector<BackendRow> rows;
  DbRead read = DbRead::faulty;
  if (!file_) {
    auto opened = SqliteFile::open(options_.file, SqliteFile::Access::read, kWatcherPatience);
    if (opened.ok()) {
      file_.emplace(std::move(*opened));
    } else if (opened.error().kind == SqliteError::Kind::busy) {
      return;
    } else {
      faults.fault({options_.file, 0, 0}, observe::id::routing_refused, "cannot be read: " + opened.error().text);
    }
  }
  // Before the rows: what comes in between is read again.
  const int64_t version = file_ ? version_of(*file_) : kNoVersion;
  if (file_) read = read_backends(*file_, options_.file, now(), rows, faults);
  if (read == DbRead::busy) return;
  seen_ = there;
  data_version_ = version;
  if (file_ && file_->is_copy()) file_.reset();
  if (read != DbRead::good) {
    // One that is damaged is opened anew when it has changed.
    file_.reset();
    tell_faults(faults);
    return;
  }
  const std::lock_guard lock(mutex_);
  tell_expired(rows, now());
  const uint64_t digest = digest_of(rows);
  const bool is_same = same_rows(rows_, rows);
  take_rows(std::move(rows));
  wake_.notify_all();  // there may be other names
  const bool is_mended = told_.is_news("refused", 0), is_other = told_.is_news("loaded", digest) && !is_same;
  if (!is_mended && !is_other) return;
  observe::count(observe::Counter::routing_reloads);
  observe::log(observe::id::routing_loaded, "routing %s: %zu backends of %s are at work", options_.name.c_str(),
               rows_.size(), options_.file.c_str());
}

void WatchedTable::tell_faults(const config::Diagnostics& faults) {
  uint64_t digest = ToldOnce::digest("faults");
  for (const config::Fault& fault : faults.faults()) digest = ToldOnce::digest(fault.text, digest);
  if (!told_.is_news("refused", digest)) return;
  observe::count(observe::Counter::routing_reloads_refused);
  for (const config::Fault& fault : faults.faults())
    observe::log(observe::id::routing_refused, "routing %s: %s: %s", options_.name.c_str(), fault.where.file.c_str(),
                 fault.text.c_str());
  observe::log(observe::id::routing_refused, "routing %s: what was at work stays (%zu fault%s in %s)",
               options_.name.c_str(), faults.faults().size(), faults.faults().size() == 1 ? "" : "s",
               options_.file.c_str());
}

void WatchedTable::tell_expired(const std::vector<BackendRow>& after, int64_t now) {
  for (const BackendRow& row : rows_) {
    if (!is_expired(row, now)) continue;
    // Heard of again meanwhile.
    if (std::any_of(after.begin(), after.end(), [&](const BackendRow& one) { return one.id == row.id; })) continue;
    if (told_.is_news("expired " + row.id, static_cast<uint64_t>(row.expires)))
      observe::log(observe::id::backend_expired, "routing %s: backend %s (%s) has not been heard of in time",
                   options_.name.c_str(), row.id.c_str(), address_text(row).c_str());
  }
}

void WatchedTable::drop_expired() {
  const int64_t now = this->now();
  const std::lock_guard lock(mutex_);
  const auto is_over = [&](const BackendRow& row) { return is_expired(row, now); };
  if (std::none_of(rows_.begin(), rows_.end(), is_over)) return;
  std::vector<BackendRow> left;
  std::remove_copy_if(rows_.begin(), rows_.end(), std::back_inserter(left), is_over);
  tell_expired(left, now);
  (void)told_.is_news("loaded", digest_of(left));
  take_rows(std::move(left));
}

// ---------------------------------------------------------------- names

bool WatchedTable::resolve_one() {
  std::unique_lock lock(mutex_);
  const auto name = discovery_.due(world_.clock->now());
  if (!name) return false;
  lock.unlock();
  reactor::LookupOptions how;
  how.stop = &stopping_;
  NameAnswer answer;
  try {
    answer = world_.look_up(*name, how);
  } catch (const std::bad_alloc&) {
    answer.error = "out of memory";
  }
  if (stopping_.load()) return false;
  std::string why = answer.error.empty() ? "it has no address" : answer.error;
  if (why.size() > kLongestNews) why.resize(kLongestNews);
  lock.lock();
  const Discovery::Taken taken = discovery_.take(*name, std::move(answer), world_.clock->now());
  const bool failed = taken == Discovery::Taken::lost || taken == Discovery::Taken::not_found;
  if (taken == Discovery::Taken::changed) {
    (void)told_.is_news("name " + *name, 0);
    publish();
  }
  wake_.notify_all();
  lock.unlock();
  if (failed && told_.is_news("name " + *name, static_cast<uint64_t>(taken)))
    observe::log(observe::id::backend_name_not_found, "routing %s: %s does not resolve (%s): %s", options_.name.c_str(),
                 config::printable(*name).c_str(), why.c_str(),
                 taken == Discovery::Taken::lost ? "its last addresses stay" : "it has no backends");
  return true;
}

// ---------------------------------------------------------------- threads of a child

void WatchedTable::start_thread(std::thread& thread, void (WatchedTable::*run)()) {
  // httpd's signals are for its own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread = std::thread([this, run] { (this->*run)(); });
  } catch (const std::system_error& error) {
    observe::log(observe::id::routing_refused, "routing %s: this child will not notice changes: %s",
                 options_.name.c_str(), error.what());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void WatchedTable::start_child() {
  if (watcher_.joinable() || resolver_.joinable()) return;
  stopping_.store(false);
  try {
    look_at_file();  // before the first request: the parent's may be of yesterday
    drop_expired();
  } catch (const std::bad_alloc&) {
    // The watcher tries again.
  }
  if (!options_.file.empty()) start_thread(watcher_, &WatchedTable::watch);
  std::unique_lock lock(mutex_);
  // Names may come with the file.
  if (options_.file.empty() && discovery_.names() == 0) return;
  lock.unlock();
  start_thread(resolver_, &WatchedTable::resolve);
  lock.lock();
  wake_.wait_for(lock, kFirstAnswers, [this] { return discovery_.unanswered() == 0; });
}

void WatchedTable::stop_child() {
  {
    const std::lock_guard lock(mutex_);
    stopping_.store(true);
  }
  wake_.notify_all();
  if (watcher_.joinable()) watcher_.join();
  if (resolver_.joinable()) resolver_.join();
  file_.reset();
  data_version_ = 0;
}

void WatchedTable::watch() {
  std::unique_lock lock(mutex_);
  while (!stopping_.load()) {
    lock.unlock();
    try {
      look_at_file();
      drop_expired();
    } catch (const std::bad_alloc&) {
      // What there is goes on; the next round tries again.
    }
    lock.lock();
    // Expiry has seconds; a poll that is longer does not hold it up.
    wake_.wait_for(lock, std::min<std::chrono::milliseconds>(options_.poll, kLongestSleep),
                   [this] { return stopping_.load(); });
  }
}

void WatchedTable::resolve() {
  std::unique_lock lock(mutex_);
  while (!stopping_.load()) {
    lock.unlock();
    bool worked = false;
    try {
      worked = resolve_one();
    } catch (const std::bad_alloc&) {
      // It is asked for again when the table changes.
    }
    lock.lock();
    if (worked) continue;
    const auto left = discovery_.next_due() - world_.clock->now();
    const auto sleep = std::clamp<base::Duration>(left, 1ms, kLongestNap);
    wake_.wait_for(lock, sleep, [this] { return stopping_.load() || discovery_.next_due() <= world_.clock->now(); });
  }
}

// ---------------------------------------------------------------- the two kinds

std::shared_ptr<TableSource> watch_database(const DatabaseOptions& options, const config::Position& where,
                                            config::Diagnostics& diagnostics) {
  auto table = std::make_shared<WatchedTable>(options, WatchedWorld{});
  if (!table->read_first(where, diagnostics)) return nullptr;
  return table;
}

std::shared_ptr<TableSource> fixed_table(std::vector<BackendRow> rows, const std::string& name) {
  DatabaseOptions options;
  options.name = name;
  auto table = std::make_shared<WatchedTable>(options, WatchedWorld{});
  table->take_fixed(std::move(rows));
  return table;
}

}  // namespace navajo::route
