// A nevisProxy instance as one of ours: its files copied, what must differ changed, and a report of both and of what
// has no counterpart. The instance itself is only read. One thread. Facts: nevisproxy-container-servlets.md 1 to 3;
// nevisproxy-filters-ops.md 6.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "navajo/base/result.h"

namespace navajo::cli::migration {

struct Report {
  std::string config;                          // the navajo.xml that came of it
  std::vector<std::string> copied;             // files, relative
  std::map<std::string, std::string> classes;  // nevisProxy's name -> ours
  std::vector<std::string> changed;            // lines for people
  std::vector<std::string> not_mapped;         // "file:line:column: NVJnnnn what": accepted without effect
  std::vector<std::string> faults;             // the same: to be mended by hand before it starts
};

std::string report_text(const Report& report);
std::string report_json(const Report& report);

// source: the instance's folder (with conf/navajo.xml, or navajo.xml), or a navajo.xml. target: not there, or empty.
base::Result<Report> import_nevisproxy(const std::string& source, const std::string& target);

// A text of the instance with its own folder's paths made to point to the target. changes counts.
std::string with_paths_replaced(const std::string& text, const std::string& from, const std::string& to,
                                size_t& changes);

}  // namespace navajo::cli::migration
