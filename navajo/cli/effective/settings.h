// A configuration with every default filled in, setting by setting, and where each value comes from. Values of secrets
// are hidden, and variables (${env:NAME}, ${exec:COMMAND}) stand as they are written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/config/navajo_xml.h"
#include "navajo/container/catalogue.h"

namespace navajo::cli::effective {

struct Setting {
  std::string place;  // "Service / Connector www.example.org:443", "www.example.org/ servlet Application"
  std::string name;   // attribute, init-param, or property
  std::string value;
  std::string origin;  // "default", "/etc/navajo/navajo.xml:12"
  bool operator==(const Setting&) const = default;
};

// Of a configuration without faults.
std::vector<Setting> settings_of(const config::NavajoXml& navajo, const container::Catalogue& catalogue);

std::string settings_text(const std::vector<Setting>& settings);
std::string settings_json(const std::vector<Setting>& settings);

// As a file that the same program reads again.
std::string write_settings(const std::vector<Setting>& settings);
base::Result<std::vector<Setting>> read_settings(const std::string& text);

struct Difference {
  enum class Kind : uint8_t { added, removed, changed };
  Kind kind;
  Setting before, now;  // the one that is not there is empty
};
// In the order of `now`, what is gone behind it. Where a value comes from makes no difference.
std::vector<Difference> differences(const std::vector<Setting>& before, const std::vector<Setting>& now);
std::string differences_text(const std::vector<Difference>& differences);
std::string differences_json(const std::vector<Difference>& differences);

}  // namespace navajo::cli::effective
