#include "navajo/session/shared_store.h"

#include <signal.h>

#include <map>
#include <new>

#include "navajo/observe/log.h"
#include "navajo/session/key_table.h"

namespace navajo::session {
namespace {

using Stores = std::map<std::string, std::weak_ptr<SharedStore>>;

// Of the process, as its descriptors are; only the thread that reads configurations uses it.
Stores& stores() {
  static Stores all;
  return all;
}

}  // namespace

base::Result<std::shared_ptr<SharedStore>> SharedStore::open(const LocalStoreOptions& options,
                                                             const ReaperOptions& reaping) {
  std::weak_ptr<SharedStore>& known = stores()[options.name];
  if (auto shared = known.lock()) {
    if (shared->store_->memory_size() != options.memory_size)
      observe::log(observe::id::session_store_size_kept,
                   "session store %s is shared by servlets of that name: %llu bytes, not the %llu of the later one",
                   options.name.c_str(), static_cast<unsigned long long>(shared->store_->memory_size()),
                   static_cast<unsigned long long>(options.memory_size));
    return shared;
  }
  auto made = LocalSessionStore::open(options);
  if (!made.ok()) return base::Failed{made.error()};
  std::shared_ptr<SharedStore> shared(new SharedStore(std::move(*made), reaping));
  known = shared;
  return shared;
}

void SharedStore::close_unused() {
  std::erase_if(stores(), [](const auto& entry) { return entry.second.expired(); });
  shm::Segment::close_unwanted(LocalSessionStore::kSegmentPrefix, [](std::string_view segment) {
    for (const auto& entry : stores())
      if (segment == LocalSessionStore::segment_name(entry.first)) return true;
    return false;
  });
  KeyTable::close_unused();
}

std::vector<std::shared_ptr<SharedStore>> SharedStore::of_this_process() {
  std::vector<std::shared_ptr<SharedStore>> out;
  for (const auto& entry : stores())
    if (auto shared = entry.second.lock()) out.push_back(std::move(shared));
  return out;
}

void SharedStore::start_child() {
  const std::lock_guard lock(guard_);
  if (thread_.joinable()) return;
  // httpd's signals are for its own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { reap(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

SharedStore::~SharedStore() {
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SharedStore::reap() {
  Reaper reaper(*store_, reaping_);
  std::unique_lock lock(guard_);
  while (!stopping_) {
    lock.unlock();
    try {
      (void)reaper.run([this] {
        const std::lock_guard inner(guard_);
        return stopping_;
      });
    } catch (const std::bad_alloc&) {
      // A repair found no memory for its notes; nothing has changed, and it is wanted still.
    }
    lock.lock();
    wake_.wait_for(lock, reaping_.interval, [this] { return stopping_; });
  }
}

}  // namespace navajo::session
