#include "navajo/cli/inventory/components.h"

#include "navajo/config/text.h"
#include "navajo/container/class_settings.h"
#include "navajo/container/request_flags.h"

namespace navajo::cli::inventory {
namespace {

template <class Row>
void add_components(const std::vector<config::WebComponent>& declared, const char* kind,
                    const Row* (*find)(const container::Catalogue&, std::string_view),
                    const container::Catalogue& catalogue, const container::ClassSettings& settings,
                    const Component& place, std::vector<Component>& out) {
  for (const config::WebComponent& one : declared) {
    Component made = place;
    made.kind = kind;
    made.name = one.name.text;
    made.declared = made.class_name = one.class_name.text;
    made.where = one.where;
    made.given = made.values = one.params;
    if (const Row* row = find(catalogue, one.class_name.text)) {
      made.class_name = row->name;
      made.specs.assign(row->params.begin(), row->params.end());
      const auto common = container::common_params();
      made.specs.insert(made.specs.end(), common.begin(), common.end());
      made.values = settings.complete(row->name, made.owner(), one.params);
    }
    out.push_back(std::move(made));
  }
}

const container::ServletRow* servlet_row(const container::Catalogue& catalogue, std::string_view name) {
  return catalogue.servlet(name);
}
const container::FilterRow* filter_row(const container::Catalogue& catalogue, std::string_view name) {
  return catalogue.filter(name);
}

}  // namespace

bool Component::knows(std::string_view param) const {
  for (const config::ParamSpec& spec : specs)
    if (param == spec.name) return true;
  return false;
}

std::string Component::text(std::string_view param) const {
  if (const auto found = values.find(param); found != values.end())
    return std::string(config::trim(found->second.text));
  for (const config::ParamSpec& spec : specs)
    if (param == spec.name) return spec.default_value;
  return "";
}

std::vector<Component> components_of(const config::NavajoXml& navajo, const container::Catalogue& catalogue) {
  std::vector<Component> out;
  // What there is to say of them has been said when the configuration was checked.
  config::Diagnostics ignored;
  const container::ClassSettings settings(navajo, catalogue, ignored);
  for (const config::HostElement& host : navajo.service.engine.hosts) {
    for (const config::ContextElement& context : host.contexts) {
      Component place;
      place.host = *host.name;
      place.path = context.path->empty() ? "/" : *context.path;
      place.web_inf = *context.doc_base + "/WEB-INF";
      const config::WebXml web = config::load_web_xml(place.web_inf + "/web.xml", *navajo.compat, ignored);
      add_components(web.filters, "filter", filter_row, catalogue, settings, place, out);
      add_components(web.servlets, "servlet", servlet_row, catalogue, settings, place, out);
    }
  }
  return out;
}

}  // namespace navajo::cli::inventory
