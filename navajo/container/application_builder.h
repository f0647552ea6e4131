// From a Context and its web.xml to a WebApplication: makes the components by the catalogue, checks what they and the
// mappings say. Parent, one thread, while the configuration is read; every fault goes to diagnostics.
#pragma once

#include <memory>
#include <string>

#include "navajo/container/buffered_body.h"
#include "navajo/container/request_flags.h"
#include "navajo/container/web_application.h"

namespace navajo::container {

class ApplicationBuilder {
 public:
  ApplicationBuilder(const config::ContextElement& context, const config::HostElement& host,
                     const Building& building)
      : context_(context),
        host_(host),
        building_(building),
        compat_(*building.navajo.compat),
        catalogue_(building.catalogue),
        diagnostics_(building.diagnostics) {}

  std::unique_ptr<WebApplication> build();

 private:
  bool is_there(const config::RulesElement& rules) const;
  void add_rules(const config::RulesElement& rules);
  void add_filter(const config::WebComponent& declared);
  void add_servlet(const config::WebComponent& declared);
  void add_servlet_mapping(const config::ServletMapping& declared);
  void add_filter_mapping(const config::FilterMapping& declared);
  void add_error_page(const config::ErrorPage& declared);
  void refuse_listeners();
  // The same for both kinds: the maker's product, or null after a fault.
  template <class Component>
  struct Made {
    std::unique_ptr<Component> component;
    RequestFlags flags;
  };
  template <class Component, class Row>
  Made<Component> make(const config::WebComponent& declared, const char* kind, const Row* row,
                                  const std::vector<Row>& known);
  template <class Component>
  void link(Component& component, const char* kind, const std::string& name,
            const std::vector<config::WebComponent>& declared);
  void unknown(const config::Position& where, std::string text);
  std::optional<UrlPattern> pattern(const config::WebText& text);
  const ServletEntry* servlet(const std::string& name) const;
  BodyLimits body_limits() const;
  bool meet(const FilterMapping& a, const FilterMapping& b) const;

  const config::ContextElement& context_;
  const config::HostElement& host_;
  const Building& building_;
  config::Compat compat_;
  const Catalogue& catalogue_;
  config::Diagnostics& diagnostics_;
  std::shared_ptr<const config::WebXml> web_;
  std::unique_ptr<WebApplication> out_;
};

}  // namespace navajo::container
