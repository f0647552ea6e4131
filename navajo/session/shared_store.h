// The session stores of this process by name. Servlets of the same name share one, whichever host they are in; the
// first one decides its size and how it is reaped. In the parent while the configuration is built (one thread);
// start_child() once in each child gives the store its reaper, a thread that sleeps nearly always.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/session/local_session_store.h"
#include "navajo/session/reaper.h"

namespace navajo::session {

class SharedStore {
 public:
  static base::Result<std::shared_ptr<SharedStore>> open(const LocalStoreOptions& options,
                                                        const ReaperOptions& reaping);
  // Memory that was kept over a restart and that no servlet of the configuration now in use has asked for goes: call it
  // when a configuration has been read whole. Sessions in it are lost.
  static void close_unused();
  // Those of the configuration, by name. In a child any thread; in the parent the one that reads configurations.
  static std::vector<std::shared_ptr<SharedStore>> of_this_process();

  ~SharedStore();
  SharedStore(const SharedStore&) = delete;
  SharedStore& operator=(const SharedStore&) = delete;

  LocalSessionStore& store() { return *store_; }
  const LocalSessionStore& store() const { return *store_; }
  // Of several callers the first starts it.
  void start_child();

 private:
  SharedStore(std::unique_ptr<LocalSessionStore> store, const ReaperOptions& reaping)
      : store_(std::move(store)), reaping_(reaping) {}
  void reap();

  std::unique_ptr<LocalSessionStore> store_;
  ReaperOptions reaping_;
  std::mutex guard_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded
  std::thread thread_;     // guarded until the destructor
};

}  // namespace navajo::session
