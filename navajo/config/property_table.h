// The one table of bc.properties: names, types, units, defaults, ranges, meaning; and the reading of bc.properties with
// log.properties beside it, whose BC.Tracer.* entries win. Parent, one thread, while the configuration is read; the
// Params that come out are immutable and shared by all threads.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "navajo/config/navajo_xml.h"
#include "navajo/config/params.h"
#include "navajo/config/property_file.h"

namespace navajo::config {

// A row whose name ends with '*' stands for every name that begins so: BC.Tracer.DebugProfile.<group>.
std::span<const ParamSpec> property_table();
// Of a property that is known and does nothing: why. Empty for one that works.
std::string_view without_effect(std::string_view property);

// What holds without a file.
std::shared_ptr<const Params> default_properties();

struct LoadedProperties {
  std::shared_ptr<const Params> known = default_properties();
  // What the table does not have: settings of classes and profiles, which the container knows, or mistakes.
  std::vector<Property> others;
};

// `path`: of bc.properties. Types and ranges are checked, unknown names are not (they are in `others`).
LoadedProperties load_properties(const std::string& path, Missing missing, Compat compat, Diagnostics& diagnostics);

// BC.Tracer.ThresholdBase and BC.Tracer.DebugProfile.* as they stand in the files now, for the re-reading at run time:
// nothing is recorded, no variable replaced, no command run. Any thread. Faults when a level is no level.
struct TraceLevels {
  // Holds in place of what is in `groups`, until then.
  struct Temporary {
    int level = 0;
    int64_t until = 0;  // seconds since 1970
  };
  int base = 5;
  std::map<std::string, int, std::less<>> groups;
  std::map<std::string, Temporary, std::less<>> temporary;
};
inline constexpr char kTemporaryProfile[] = "BC.Tracer.TemporaryProfile.";
// "3@1796000000"
std::optional<TraceLevels::Temporary> parse_temporary_level(std::string_view text);
TraceLevels read_trace_levels(const std::string& path, Diagnostics& diagnostics);

}  // namespace navajo::config
