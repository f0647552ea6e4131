// BC.Tracer.* of bc.properties as what writes navajo.log needs it, and the watch that takes changed trace levels into a
// running server. trace_settings() and check_trace_settings(): parent, while the configuration is read.
// Facts: nevisproxy-container-servlets.md 3.3; nevisproxy-filters-ops.md 6.2.
#pragma once

#include <sys/stat.h>

#include <array>
#include <string>

#include "navajo/config/navajo_xml.h"
#include "navajo/config/property_table.h"
#include "navajo/observe/log_format.h"
#include "navajo/observe/trace.h"
#include "navajo/observe/trace_file.h"

namespace navajo::config {

struct TraceSettings {
  observe::TraceFileOptions file;  // path empty: no file
  std::string program;             // of pipe://, instead of the file
  std::string program_name;        // BC.Tracer.ProgName
  std::chrono::seconds retry_interval{10};
  std::chrono::seconds reread{60};  // 0: levels are not read again
  observe::TraceTimeFormat time_format = observe::TraceTimeFormat::detailed;
  bool show_secrets = false;
  observe::TraceLevels levels;  // now
  TraceLevels as_read;          // with those that hold for a time
  std::string properties_path;

  bool on() const { return !file.path.empty() || !program.empty(); }
};

// Of a configuration without faults.
TraceSettings trace_settings(const NavajoXml& navajo);
// What the table of properties cannot say; part of load_navajo_xml().
void check_trace_settings(const Params& properties, Diagnostics& diagnostics);

// "0640", or "owner,group": who is named may read and write. The owner always may. -1: neither.
int parse_access(std::string_view text);

// Looks at bc.properties and log.properties of a running server. One thread of a child.
class TraceLevelWatch {
 public:
  explicit TraceLevelWatch(const TraceSettings& settings);
  // Called about every second; looks at the files every `reread`. What is in them counts as a whole or, after a
  // fault, not at all. now: seconds since 1970, for levels that hold for a time only.
  void look(int64_t now);

 private:
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = -1;
    timespec changed{};
    bool operator==(const Stamp& other) const;
  };
  using Stamps = std::array<Stamp, 2>;
  Stamps stamps() const;
  bool readable() const;
  void read();
  void put_in_effect(int64_t now);

  std::string path_, beside_;
  std::chrono::seconds period_;
  std::chrono::steady_clock::time_point next_;
  TraceLevels read_;
  int64_t looked_at_ = 0;
  // At first nothing: the files may have changed since the parent read them, before this child was there.
  Stamps seen_{};
};

}  // namespace navajo::config
