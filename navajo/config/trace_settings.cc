#include "navajo/config/trace_settings.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "navajo/config/property_table.h"
#include "navajo/config/text.h"

namespace navajo::config {
namespace {

constexpr char kLogFile[] = "BC.Tracer.LogFile";
constexpr std::string_view kPipe = "pipe://";

std::filesystem::path properties_path(const Params& properties) {
  // Of a default, the place is the file itself.
  return std::filesystem::path(properties.where("BC.Tracer.ThresholdBase").file).parent_path() / properties.owner();
}

observe::TraceLevels known_levels(const TraceLevels& read, int64_t now) {
  observe::TraceLevels out;
  out.base = read.base;
  for (const auto& [name, level] : read.groups)
    if (const auto group = observe::trace_group(name))
      out.profile[static_cast<size_t>(*group)] = static_cast<int8_t>(level);
  for (const auto& [name, temporary] : read.temporary)
    if (const auto group = observe::trace_group(name); group && now < temporary.until)
      out.profile[static_cast<size_t>(*group)] = static_cast<int8_t>(temporary.level);
  return out;
}

}  // namespace

int parse_access(std::string_view text) {
  if (!text.empty() && text.size() <= 4 &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; })) {
    int mode = 0;
    for (const char c : text) mode = mode * 8 + (c - '0');
    return mode > 0777 ? -1 : mode | 0600;
  }
  int mode = 0600;
  for (const std::string_view word : split_words(text)) {
    if (same_word(word, "group"))
      mode |= 060;
    else if (same_word(word, "other"))
      mode |= 06;
    else if (!same_word(word, "owner"))
      return -1;
  }
  return mode;
}

void check_trace_settings(const Params& properties, Diagnostics& diagnostics) {
  if (parse_access(properties.text("BC.Tracer.LogFileAccess")) < 0)
    properties.fault("BC.Tracer.LogFileAccess", "is neither an octal mode nor a list of owner, group, other");
  if (properties.text(kLogFile) == kPipe) properties.fault(kLogFile, "names no program");
  std::vector<std::string_view> names;
  for (const observe::TraceGroupRow& row : observe::kTraceGroupRows) names.push_back(row.name);
  for (const std::string& property : properties.names(kTemporaryProfile)) {
    if (!parse_temporary_level(properties.text(property)))
      properties.fault(property, "is not LEVEL@SECONDS, level 0 to 10");
    else if (!observe::trace_group(property.substr(sizeof kTemporaryProfile - 1)))
      diagnostics.notice(properties.where(property), observe::id::config_without_effect,
                         property + " has no effect: no line is written in a group of that name");
  }
  Diagnostics unread;  // faults of the values are told elsewhere
  for (const auto& [name, level] : read_trace_levels(properties_path(properties).string(), unread).groups) {
    const std::string property = "BC.Tracer.DebugProfile." + name;
    const auto group = observe::trace_group(name);
    if (!group)
      diagnostics.notice(properties.where(property), observe::id::config_without_effect,
                         property + " has no effect: no line is written in a group of that name" +
                             did_you_mean(name, names));
    else if (level > 0 && !observe::kTraceGroupRows[static_cast<size_t>(*group)].speaks)
      diagnostics.notice(properties.where(property), observe::id::config_without_effect,
                         property + " has no effect: no line is written in this group yet");
  }
}

TraceSettings trace_settings(const NavajoXml& navajo) {
  const Params& properties = *navajo.properties;
  TraceSettings out;
  const std::filesystem::path file = properties_path(properties);
  out.properties_path = file.string();
  const std::string& destination = properties.text(kLogFile);
  if (destination.starts_with(kPipe))
    out.program = destination.substr(kPipe.size());
  else if (!destination.empty())
    out.file.path = (file.parent_path() / destination).lexically_normal().string();
  else if (navajo.service.spool_dir.given)
    out.file.path = *navajo.service.spool_dir + "/logs/navajo.log";
  out.file.max_size = properties.bytes("BC.Tracer.MaxLogFileSize");
  out.file.max_versions = static_cast<int>(properties.integer("BC.Tracer.MaxLogFileVersions"));
  out.file.access = static_cast<mode_t>(parse_access(properties.text("BC.Tracer.LogFileAccess")));
  out.file.append = properties.boolean("BC.Tracer.LogFileAppend");
  out.file.close_when_idle = properties.seconds("BC.Tracer.LogFileReopenInterval");
  out.file.compression = properties.text("BC.Tracer.LogFileCompression");
  out.program_name = properties.text("BC.Tracer.ProgName");
  out.retry_interval = properties.seconds("BC.Tracer.Pipe.RetryInterval");
  out.reread = properties.seconds("ch.nevis.navajo.tracing.ReconfigurationPeriod");
  out.show_secrets = properties.boolean("ch.nevis.navajo.tracing.ShowSecretHeaders");
  const std::string& time = properties.text("BC.Tracer.TimeFormat");
  out.time_format = same_word(time, "ctime")   ? observe::TraceTimeFormat::ctime
                    : same_word(time, "time0") ? observe::TraceTimeFormat::time0
                                               : observe::TraceTimeFormat::detailed;
  Diagnostics unread;
  out.as_read = read_trace_levels(out.properties_path, unread);
  out.levels = known_levels(out.as_read, std::time(nullptr));
  return out;
}

// ---------------------------------------------------------------- while the server runs

bool TraceLevelWatch::Stamp::operator==(const Stamp& other) const {
  return device == other.device && inode == other.inode && size == other.size &&
         changed.tv_sec == other.changed.tv_sec && changed.tv_nsec == other.changed.tv_nsec;
}

TraceLevelWatch::TraceLevelWatch(const TraceSettings& settings)
    : path_(settings.properties_path),
      beside_((std::filesystem::path(path_).parent_path() / "log.properties").string()),
      period_(settings.reread),
      next_(std::chrono::steady_clock::now() + period_),
      read_(settings.as_read) {}

TraceLevelWatch::Stamps TraceLevelWatch::stamps() const {
  Stamps out;
  const std::string* names[] = {&path_, &beside_};
  for (size_t i = 0; i < out.size(); i++) {
    struct stat file;
    if (stat(names[i]->c_str(), &file) == 0)
      out[i] = {file.st_dev, file.st_ino, file.st_size, file.st_mtim};
  }
  return out;
}

bool TraceLevelWatch::readable() const {
  for (const std::string* name : {&path_, &beside_})
    if (access(name->c_str(), R_OK) != 0 && errno != ENOENT) return false;
  return true;
}

void TraceLevelWatch::look(int64_t now) {
  const auto steady = std::chrono::steady_clock::now();
  if (steady >= next_) {
    next_ = steady + period_;
    read();
  }
  put_in_effect(now);
  looked_at_ = now;
}

void TraceLevelWatch::read() {
  const Stamps found = stamps();
  if (found == seen_) return;
  seen_ = found;
  if (!readable()) {
    observe::log(observe::id::trace_levels_unchanged, "%s was changed but cannot be read: %s; trace levels stay",
                 path_.c_str(), strerror(errno));
    return;
  }
  Diagnostics faults;
  TraceLevels levels = read_trace_levels(path_, faults);
  if (faults.ok())
    read_ = std::move(levels);
  else
    observe::log(observe::id::trace_levels_unchanged, "%s; trace levels stay as they are",
                 faults.faults().front().line().c_str());
}

void TraceLevelWatch::put_in_effect(int64_t now) {
  const observe::TraceLevels levels = known_levels(read_, now);
  if (levels == observe::trace_levels()) return;
  observe::set_trace_levels(levels);
  const bool over = std::any_of(read_.temporary.begin(), read_.temporary.end(), [&](const auto& one) {
    return one.second.until <= now && one.second.until > looked_at_;
  });
  if (over && looked_at_ > 0)
    return observe::log(observe::id::trace_levels_back,
                        "trace levels that were set for a time are over: those of before are in effect, base %d",
                        levels.base);
  observe::log(observe::id::trace_levels_changed, "trace levels of %s are in effect, base %d", path_.c_str(),
               levels.base);
}

}  // namespace navajo::config
