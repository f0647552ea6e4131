// The servlets and filters of a configuration with all their parameters, for commands that look at what is configured:
// doctor, cert show, effective, support. Of a configuration without faults; one thread.
#pragma once

#include <string>
#include <vector>

#include "navajo/config/navajo_xml.h"
#include "navajo/config/web_xml.h"
#include "navajo/container/catalogue.h"

namespace navajo::cli::inventory {

struct Component {
  std::string kind;        // "servlet" or "filter"
  std::string host, path;  // of the Host and of the Context; path: "/" for the root
  std::string name;        // servlet-name
  std::string class_name;  // as the table has it; of an unknown class as web.xml has it
  std::string declared;    // as web.xml has it
  std::string web_inf;     // the folder names of files are relative to
  config::Position where;
  std::vector<config::ParamSpec> specs;  // its class's, then those that all have; empty: the class is not known
  config::InitParams given;              // in web.xml
  config::InitParams values;             // with those of bc.properties and profiles

  std::string owner() const { return kind + " " + name; }
  bool knows(std::string_view param) const;
  // What counts: the value given, or the default, trimmed.
  std::string text(std::string_view param) const;
};

std::vector<Component> components_of(const config::NavajoXml& navajo, const container::Catalogue& catalogue);

}  // namespace navajo::cli::inventory
