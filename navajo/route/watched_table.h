// What both kinds of TableSource are (table_source.h): rows, the names in them, the threads of a child. What the
// threads do step by step is public for tests, which have no threads.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "navajo/base/current_value.h"
#include "navajo/route/discovery.h"
#include "navajo/route/file_identity.h"
#include "navajo/route/sqlite_file.h"
#include "navajo/route/table_source.h"
#include "navajo/route/told_once.h"

namespace navajo::route {

// What a test puts in place of the world.
struct WatchedWorld {
  NameLookup look_up = look_up_backends;
  const base::Clock* clock = &base::system_clock();
  int64_t (*unix_time)() = nullptr;  // null: time(2)
};

class WatchedTable final : public TableSource {
 public:
  WatchedTable(DatabaseOptions options, WatchedWorld world);
  ~WatchedTable() override;

  // In the parent: reads the file; false: faults.
  bool read_first(const config::Position& where, config::Diagnostics& diagnostics);
  // Instead, without a file.
  void take_fixed(std::vector<BackendRow> rows);

  std::shared_ptr<const BackendTable> current() const override { return current_.get(); }
  void start_child() override;
  void stop_child() override;
  const std::string& database() const override { return options_.file; }

  // Reads the file if it has changed.
  void look_at_file();
  // Drops rows whose time is over.
  void drop_expired();
  // Asks for one name, if there is one to be asked for.
  bool resolve_one();

 private:
  int64_t now() const;
  void start_thread(std::thread& thread, void (WatchedTable::*run)());
  void watch();
  void resolve();
  // Under mutex_, what follows.
  void take_rows(std::vector<BackendRow> rows);
  bool publish();
  // Of rows_ those that are over and do not stand in `after`.
  void tell_expired(const std::vector<BackendRow>& after, int64_t now);
  void tell_faults(const config::Diagnostics& faults);

  const DatabaseOptions options_;
  const WatchedWorld world_;
  base::CurrentValue<BackendTable> current_;
  ToldOnce told_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
  std::vector<BackendRow> rows_;  // of the file, those in use
  Discovery discovery_;
  uint64_t generation_ = 0;

  // Of the watcher, and before it starts of whoever starts it.
  std::optional<SqliteFile> file_;
  FileIdentity seen_;
  int64_t data_version_ = 0;

  std::thread watcher_, resolver_;
};

}  // namespace navajo::route
