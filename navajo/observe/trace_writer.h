// Takes the records of a process to navajo.log or to the file of an event log (rules/event_log.h), or into a pipe. In
// the parent a record is written where it is made (there is nobody to hold up); a child starts a thread, and from then
// on push() only copies into a queue of limited size: a disk that is full or slow never holds a reactor. What finds no
// room is dropped and counted. The thread gathers records for kGather, so a child that is killed loses that much.
//
// A destination that fails is tried again every retry_interval; the failure is told once, its end too (NVJ1190 and
// NVJ1191, unless the reports name others). One writer of a destination per process at a time; a child makes its own
// after the fork.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/observe/trace_file.h"
#include "navajo/observe/trace_queue.h"

namespace navajo::observe {

// How a writer speaks of itself.
struct WriterReports {
  LogId failed = id::trace_destination_failed, works = id::trace_destination_works;
  LogId rotation_failed = id::trace_rotation_failed, lost = id::trace_records_lost;
  std::chrono::seconds lost_interval{10};
  Counter dropped = Counter::trace_records_dropped;
  std::string records = "trace lines";
};

// Who may write into a pipe that several processes share, where records are longer than what a pipe takes in one
// piece. Taken and given by the writer's thread. Lives longer than the writer.
class PipeTurn {
 public:
  enum class Taken : uint8_t {
    whole,
    torn,  // whoever had it has left a part of a record in the pipe
    none,  // not within `at_most`
  };
  virtual ~PipeTurn() = default;
  virtual Taken take(std::chrono::milliseconds at_most) = 0;
  virtual void give(Taken left) = 0;
};

struct TraceWriterOptions {
  TraceFileOptions file;
  int pipe = -1;  // not -1: the write end of a pipe, instead of the file; stays the caller's
  std::string pipe_program;
  PipeTurn* turn = nullptr;  // null: no record is longer than PIPE_BUF
  size_t queue_limit = size_t{1} << 20;
  std::chrono::milliseconds retry_interval{1000};
  // On the writer's thread, about every second.
  std::function<void()> every_second;
  WriterReports reports;
};

class TraceWriter {
 public:
  static constexpr std::chrono::milliseconds kGather{20};

  explicit TraceWriter(TraceWriterOptions options);
  ~TraceWriter();  // stop()
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  // The parent, before the first record.
  void create_file();
  // From here on push() does not write itself.
  void start_thread();
  // Writes what is queued, for at most `limit`, and ends the thread.
  void stop(std::chrono::milliseconds limit = std::chrono::seconds(2));
  // Any thread. False: dropped, and counted.
  bool push(std::string_view record);
  // For a process without a thread: rotates when the others may not.
  void rotate_if_full();

  // Makes this writer the sink of observe::trace() as long as it lives.
  void install();

 private:
  void run();
  size_t write(std::string_view records);
  size_t write_to_pipe(std::string_view records);
  bool take_turn();
  void give_turn();
  void tell_waiting();
  void tell(bool written);
  void tell_dropped();

  TraceWriterOptions options_;
  TraceFile file_;
  TraceQueue queue_;
  std::thread thread_;
  std::atomic<bool> threaded_{false}, give_up_{false};
  std::promise<void> ended_;
  std::string pipe_error_, told_rotation_;
  bool failing_ = false;
  bool has_turn_ = false, ends_torn_ = false;  // of the pipe; ends_torn_: a newline has to come first
  bool pipe_waits_ = false;                    // the last write ended because the pipe was full, or another's turn
  size_t part_ = 0;                            // bytes of the record in work that are in the pipe
  std::chrono::steady_clock::time_point last_write_{}, told_dropped_{};
};

}  // namespace navajo::observe
