// One Context with what its web.xml declares: servlets, filters, mappings, error pages. Built in the parent; immutable
// afterwards but for what servlets and filters keep to themselves. Its components die with it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/config/navajo_xml.h"
#include "navajo/config/pattern.h"
#include "navajo/config/web_xml.h"
#include "navajo/container/catalogue.h"
#include "navajo/container/class_settings.h"
#include "navajo/container/container.h"
#include "navajo/container/context_policy.h"
#include "navajo/container/url_pattern.h"

namespace navajo::container {

struct ServletEntry {
  std::string name, class_name;
  std::unique_ptr<api::Servlet> servlet;
  std::unique_ptr<api::Servlet> preparing;  // stands before it, if it asks for something

  api::Servlet& entrance() const { return preparing ? *preparing : *servlet; }
};

struct FilterEntry {
  std::string name, class_name;
  std::unique_ptr<api::Filter> filter;
};

struct ServletMapping {
  UrlPattern pattern;
  const ServletEntry* servlet;
};

struct FilterMapping {
  std::optional<UrlPattern> pattern;  // or else `servlet`
  const ServletEntry* servlet = nullptr;
  std::optional<config::Pattern> exclude;
  const FilterEntry* filter = nullptr;
  size_t filter_number = 0;  // in filters
};

struct ErrorPage {
  int status;
  std::string content_type;
  std::string content;
};

// The first component that did not get the shared memory it asked for; what is empty while there is none.
struct MemoryShortage {
  config::Position where;
  std::string what;
};

// What all applications of a configuration are built from.
struct Building {
  const config::NavajoXml& navajo;
  const Catalogue& catalogue;
  const ClassSettings& settings;
  config::Diagnostics& diagnostics;
  shm::Arena* arena = nullptr;
  MemoryShortage* shortage = nullptr;
  SharedServices* services = nullptr;
};

class WebApplication final : public api::Components {
 public:
  // Null when there were faults.
  static std::unique_ptr<WebApplication> build(const config::ContextElement& context, const config::HostElement& host,
                                               const Building& building);

  const std::string& path() const { return path_; }  // empty for the root
  const std::string& host() const { return host_; }  // of the Host element
  bool contains(std::string_view path) const {
    return path.substr(0, path_.size()) == path_ && (path.size() == path_.size() || path[path_.size()] == '/');
  }
  const ContextPolicy& policy() const { return policy_; }
  // Of request bodies, the Context's or the Host's; none: the Server's. Bytes, 0: any.
  std::optional<uint64_t> body_limit() const { return body_limit_; }
  // Fills in what belongs to this application. path: the whole one, contains(path).
  void find(std::string_view path, Match& match) const;
  const ErrorPage* error_page(int status) const;
  const FilterEntry& mapped_filter(size_t mapping) const { return *filter_mappings_[mapping].filter; }
  const FilterMapping& filter_mapping(size_t mapping) const { return filter_mappings_[mapping]; }

  api::Servlet* servlet(std::string_view name) const override;
  // What a request for this servlet goes to first.
  api::Servlet& entrance(api::Servlet& servlet) const;
  api::Filter* filter(std::string_view name) const override;

  void start_child();
  void stop_child();
  void report(api::StatusWriter& writer) const;
  void list(const std::string& host, std::vector<MappingLine>& out) const;

 private:
  friend class ApplicationBuilder;
  explicit WebApplication(ContextPolicy policy) : policy_(std::move(policy)) {}
  bool runs(const FilterMapping& mapping, const ServletEntry& servlet, std::string_view path) const;

  ContextPolicy policy_;
  std::optional<uint64_t> body_limit_;
  std::string host_, path_, id_;
  std::vector<std::unique_ptr<ServletEntry>> servlets_;
  std::vector<std::unique_ptr<FilterEntry>> filters_;
  std::vector<ServletMapping> servlet_mappings_;  // best first
  std::vector<FilterMapping> filter_mappings_;    // in the order of web.xml
  std::vector<ErrorPage> error_pages_;
};

}  // namespace navajo::container
