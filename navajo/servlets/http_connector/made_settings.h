// Settings out of init-params, for unit tests of this folder. Not part of libnavajo.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "navajo/servlets/http_connector/settings.h"

namespace navajo::servlets::http_connector {

using InitParams = std::map<std::string, std::string>;

// Null when refused; `faults` gets one line per fault.
inline std::unique_ptr<Settings> made_settings(const InitParams& given, std::string* faults = nullptr) {
  std::map<std::string, config::ParamValue, std::less<>> values;
  for (const auto& [name, text] : given) values[name] = {text, {"web.xml", 1, 1}};
  config::Diagnostics diagnostics;
  const config::Params params("servlet Connector", {"web.xml", 1, 1}, parameter_table(), std::move(values),
                              diagnostics);
  std::unique_ptr<Settings> settings = read_settings("Connector", params);
  if (faults)
    for (const config::Fault& fault : diagnostics.faults()) *faults += fault.text + "\n";
  return diagnostics.ok() ? std::move(settings) : nullptr;
}

}  // namespace navajo::servlets::http_connector
