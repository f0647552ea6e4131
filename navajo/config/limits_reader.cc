// Limits of Service.
#include <filesystem>

#include "navajo/config/navajo_xml_reading.h"
#include "navajo/config/text.h"

namespace navajo::config {

LimitsElement read_limits(const XmlElement* element, const Position& where, const NavajoXmlReading& reading) {
  ElementReader reader = reading.reader("Limits", "Service", element, where);
  LimitsElement out;
  out.where = reader.where();
  out.memory = reader.number<uint64_t>("memory");
  out.cleanup_interval = reader.milliseconds("cleanupInterval");
  out.credits_file = reading.absolute(reader.text("creditsFile"));
  out.save_interval = reader.milliseconds("saveInterval");
  out.max_sleepers = reader.number<uint64_t>("maxSleepers");
  out.fields = reader.choice<LimitFields>("fields");
  if (out.credits_file->empty()) return out;
  // Whether it can be written shows when the server starts: this may be somebody else who only looks.
  std::error_code ignored;
  const std::filesystem::path file(*out.credits_file);
  if (!std::filesystem::is_directory(file.parent_path(), ignored))
    reader.fault(out.credits_file.where, "creditsFile", "there is no folder " + printable(file.parent_path().string()));
  else if (std::filesystem::exists(file, ignored) && !std::filesystem::is_regular_file(file, ignored))
    reader.fault(out.credits_file.where, "creditsFile", printable(*out.credits_file) + " is not a file");
  return out;
}

}  // namespace navajo::config
