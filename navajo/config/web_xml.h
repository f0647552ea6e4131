// A web application's WEB-INF/web.xml (Servlet 2.3 descriptor with filter-lib, servlet-lib and exclude-url-regex)
// as plain data with positions. Read in the parent by one thread, immutable afterwards. That names within the file
// refer to something is checked here; classes, params and patterns mean something to the container only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "navajo/config/diagnostics.h"
#include "navajo/config/navajo_xml.h"
#include "navajo/config/params.h"
#include "navajo/config/xml_document.h"

namespace navajo::config {

struct WebText {
  std::string text;  // trimmed
  Position where;
};

using InitParams = std::map<std::string, ParamValue, std::less<>>;

struct WebComponent {  // a filter or a servlet
  Position where;
  WebText name, class_name, library;
  InitParams params;
};

struct FilterMapping {
  Position where;
  WebText filter;
  WebText url_pattern;   // either this ...
  WebText servlet;       // ... or this is given
  WebText exclude_url_regex;
};

struct ServletMapping {
  Position where;
  WebText servlet, url_pattern;
};

struct ErrorPage {
  int status = 0;
  WebText location;  // starts with "/", a file below docBase
};

struct WebXml {
  std::string file;
  Position where;
  std::map<std::string, WebText, std::less<>> context_params;
  std::vector<WebComponent> filters, servlets;
  std::vector<FilterMapping> filter_mappings;
  std::vector<ServletMapping> servlet_mappings;
  std::vector<WebText> listeners;
  std::map<std::string, std::string, std::less<>> mime_types;  // extension (lower case, no dot) -> type
  std::vector<ErrorPage> error_pages;
  std::vector<std::string> welcome_files;  // index.html when web.xml names none
};

// Null: none of that name.
const WebComponent* find_component(const std::vector<WebComponent>& components, std::string_view name);
std::vector<std::string_view> names_of(const std::vector<WebComponent>& components);
// For a name that is none of theirs: "there is no servlet 'x', did you mean 'y'?".
std::string no_component(const char* what, std::string_view name, const std::vector<WebComponent>& components);

// The result is meaningful only while diagnostics.ok().
WebXml load_web_xml(const std::string& path, Compat compat, Diagnostics& diagnostics, const XmlLimits& limits = {});

}  // namespace navajo::config
