// Records of requests that rules chose, as JSON lines into a file or a program's standard input (logprox's job). A
// record is made when the request is over, on the request's own fiber, with what it really took; write() only copies
// it into a queue of limited size, a thread writes. What finds no room is dropped and counted. Redaction is on unless
// switched off by name. One per EventLog element; made in the parent while the configuration is read, put to work by
// it, and started in every child. All children append whole lines to the same file, which may be moved away
// (logrotate) or is rotated by whoever finds it full; it is on a local disk. docs/reference/event-log.md.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "navajo/api/servlet.h"
#include "navajo/base/clock.h"
#include "navajo/config/diagnostics.h"
#include "navajo/rules/event_record.h"
#include "navajo/rules/redaction.h"

namespace navajo::rules {

struct EventLogOptions : RedactionOptions {
  std::string name;
  std::string file;      // absolute; or
  std::string program;   // a command line: its standard input
  uint64_t queue = 4 << 20;       // bytes waiting to be written, of a child
  uint64_t per_second = 0;        // records of a child in each second; 0: any
  uint64_t rotate_at = 0;         // bytes; 0: never (logrotate does it)
  config::Position where;         // of its element
  std::chrono::milliseconds retry_interval{1000};  // of a destination that has failed
};

// What a log needs of the first process of the server.
struct EventLogParent {
  // Of a new file, when that process is root: the user of the children has to be able to write and rotate it.
  uid_t owner = static_cast<uid_t>(-1);
  gid_t group = static_cast<gid_t>(-1);
  // Starts a command line with a pipe as its standard input, and keeps it running. The end to write to, without
  // blocking, which stays the callee's; -1: told in the error log.
  std::function<int(const std::string& program)> start_program;
};

class EventLog {
 public:
  // Null after a fault.
  static std::shared_ptr<EventLog> open(const EventLogOptions& options, config::Diagnostics& diagnostics);
  virtual ~EventLog() = default;

  virtual const Redaction& redaction() const = 0;
  // Whether a record would be taken now: asked before one is made, and only then: it takes a place in the second.
  // Counts what is left out.
  virtual bool wanted(base::TimePoint now) = 0;
  // Any thread or fiber; never waits. One whole line.
  virtual void write(std::string_view record) = 0;

  // Once in the parent, before it forks: makes the file, starts the program. Faults are told (NVJ1960).
  virtual void put_to_work(const EventLogParent&) {}
  // In the parent, every ten seconds or so: what children may not be allowed to do where the folder is root's, making
  // the file anew and renaming it.
  virtual void watch() {}

  virtual void start_child() = 0;
  // Writes what is queued, for at most two seconds. Nothing is written after that.
  virtual void stop_child() = 0;
  virtual void report(api::StatusWriter& writer) const = 0;
};

}  // namespace navajo::rules
