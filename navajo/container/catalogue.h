// The servlets and filters that exist: an explicit table per module, joined by add() when a module is loaded
// (never by static initialisers). One row per class: its name, the names old files use for it, its parameters,
// its maker. tests/guards checks that folder, row, conf/ reference and documentation agree.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/config/params.h"
#include "navajo/config/property_table.h"
#include "navajo/container/status_codes.h"
#include "navajo/shm/arena.h"

namespace navajo::config {
struct WebXml;
}

namespace navajo::container {

struct SharedServices;

// Where a component is made: what it may look at besides its own parameters.
struct ComponentContext {
  std::string name;       // servlet-name or filter-name
  std::string host;       // of the Host element
  std::string doc_base;   // absolute
  std::string path;       // of the Context: empty for the root, else "/shop"; what request.path() has before it
  // The web.xml the component is declared in: context-params, mime-mappings, welcome files. Null in unit tests.
  std::shared_ptr<const config::WebXml> web_xml;
  std::string application_id;  // Context id, or empty: where applications share a store of sessions
  // Status codes its backends may answer with; any other is answered with 502.
  StatusCodes status_codes;
  // Memory all children share, for what a component counts or knows together. Null in unit tests.
  shm::Arena* arena = nullptr;
  // What elements of the Service make for all applications (container/shared_services.h). Null in unit tests.
  SharedServices* services = nullptr;
  // bc.properties (navajo/config/property_table.h): never null.
  std::shared_ptr<const config::Params> properties = config::default_properties();
};

struct ServletRow {
  const char* name;  // "HttpConnectorServlet"
  std::vector<const char*> aliases;  // "ch::nevis::isiweb4::servlet::connector::http::HttpConnectorServlet"
  std::span<const config::ParamSpec> params;
  const char* doc;
  // Null when a fault was reported through params.
  std::unique_ptr<api::Servlet> (*make)(const ComponentContext& context, const config::Params& params);
  // What its class needs prepared of each request: "+NEEDS_PARAMS" (container/request_flags.h).
  const char* request_flags = "";
};

struct FilterRow {
  const char* name;
  std::vector<const char*> aliases;
  std::span<const config::ParamSpec> params;
  const char* doc;
  std::unique_ptr<api::Filter> (*make)(const ComponentContext& context, const config::Params& params);
  const char* request_flags = "";
};

// Class names of old files are written with "::" or, as some have it, with ":".
bool same_class(std::string_view a, std::string_view b);

class Catalogue {
 public:
  void add(std::span<const ServletRow> rows) { servlets_.insert(servlets_.end(), rows.begin(), rows.end()); }
  void add(std::span<const FilterRow> rows) { filters_.insert(filters_.end(), rows.begin(), rows.end()); }
  // By name or alias; null when there is none.
  const ServletRow* servlet(std::string_view class_name) const;
  const FilterRow* filter(std::string_view class_name) const;
  const std::vector<ServletRow>& servlets() const { return servlets_; }
  const std::vector<FilterRow>& filters() const { return filters_; }

 private:
  std::vector<ServletRow> servlets_;
  std::vector<FilterRow> filters_;
};

}  // namespace navajo::container
