#include "navajo/config/web_xml.h"

#include "navajo/config/element_reader.h"
#include "navajo/config/schema.h"
#include "navajo/config/text.h"
#include "navajo/config/variables.h"
#include "navajo/config/xml_document.h"

namespace navajo::config {
namespace {

class Loader {
 public:
  Loader(const std::string& path, Compat compat, Diagnostics& diagnostics, const XmlLimits& limits)
      : path_(path), compat_(compat), diagnostics_(diagnostics), limits_(limits) {}

  WebXml load() {
    WebXml out;
    out.file = path_;
    const std::optional<XmlElement> root = read_xml(path_, DoctypePolicy::tolerate, diagnostics_, limits_);
    if (!root) return out;
    out.where = root->where;
    if (!check_structure(*root, web_xml_schema(), compat_, diagnostics_)) return out;
    for (const XmlElement& element : root->children) take(element, out);
    if (out.welcome_files.empty()) out.welcome_files.push_back("index.html");
    check_names(out);
    return out;
  }

 private:
  void take(const XmlElement& element, WebXml& out) {
    if (element.name == "context-param") {
      WebText name = text(element, "param-name");
      if (!out.context_params.emplace(name.text, text(element, "param-value")).second)
        duplicate(name, "context-param");
    } else if (element.name == "filter") {
      out.filters.push_back(component(element, "filter-name", "filter-class", "filter-lib", out.filters));
    } else if (element.name == "servlet") {
      out.servlets.push_back(component(element, "servlet-name", "servlet-class", "servlet-lib", out.servlets));
    } else if (element.name == "filter-mapping") {
      out.filter_mappings.push_back(filter_mapping(element));
    } else if (element.name == "servlet-mapping") {
      out.servlet_mappings.push_back({element.where, text(element, "servlet-name"), text(element, "url-pattern")});
    } else if (element.name == "listener") {
      out.listeners.push_back(text(element, "listener-class"));
    } else if (element.name == "mime-mapping") {
      mime_mapping(element, out);
    } else if (element.name == "error-page") {
      error_page(element, out);
    } else if (element.name == "welcome-file-list") {
      for (const XmlElement& file : element.children)
        if (file.name == "welcome-file") out.welcome_files.push_back(text(file).text);
    }
  }

  WebText text(const XmlElement& element) {
    const Position where = first_visible(element.text, element.text_where);
    WebText out{std::string(trim(replace_variables(element.text, where, diagnostics_))), where};
    if (has_control_character(out.text))
      diagnostics_.fault(where, observe::id::config_bad_value, element.name + " has to be one line");
    return out;
  }

  // Of a child; empty when there is none, which check_structure has judged.
  WebText text(const XmlElement& parent, std::string_view child_name) {
    const XmlElement* child = parent.child(child_name);
    if (!child) return {"", parent.where};
    WebText out = text(*child);
    if (out.text.empty())
      diagnostics_.fault(child->where, observe::id::config_missing, std::string(child_name) + " is empty");
    return out;
  }

  void duplicate(const WebText& name, const std::string& what) {
    diagnostics_.fault(name.where, observe::id::config_duplicate,
                       "a second " + what + " '" + printable(name.text) + "'");
  }

  WebComponent component(const XmlElement& element, const char* name, const char* class_name, const char* library,
                         const std::vector<WebComponent>& others) {
    WebComponent out;
    out.where = element.where;
    out.name = text(element, name);
    out.class_name = text(element, class_name);
    if (element.child(library)) out.library = text(element, library);
    for (const WebComponent& other : others)
      if (other.name.text == out.name.text) duplicate(out.name, element.name);
    for (const XmlElement& child : element.children)
      if (child.name == "init-param") init_param(child, out);
    return out;
  }

  void init_param(const XmlElement& element, WebComponent& out) {
    const WebText name = text(element, "param-name");
    const XmlElement* value = element.child("param-value");
    if (!value) return;
    ParamValue param{replace_variables(value->text, first_visible(value->text, value->text_where), diagnostics_),
                     value->text_where, name.where};
    if (!out.params.emplace(name.text, std::move(param)).second)
      duplicate(name, "init-param of " + printable(out.name.text));
  }

  FilterMapping filter_mapping(const XmlElement& element) {
    FilterMapping out;
    out.where = element.where;
    out.filter = text(element, "filter-name");
    if (element.child("url-pattern")) out.url_pattern = text(element, "url-pattern");
    if (element.child("servlet-name")) out.servlet = text(element, "servlet-name");
    if (element.child("exclude-url-regex")) out.exclude_url_regex = text(element, "exclude-url-regex");
    if (!element.child("url-pattern") && !element.child("servlet-name"))
      diagnostics_.fault(element.where, observe::id::config_missing,
                         "filter-mapping needs the element url-pattern or servlet-name");
    if (element.child("url-pattern") && element.child("servlet-name"))
      diagnostics_.fault(out.servlet.where, observe::id::config_duplicate,
                         "url-pattern and servlet-name in one filter-mapping exclude each other");
    return out;
  }

  void mime_mapping(const XmlElement& element, WebXml& out) {
    const WebText extension = text(element, "extension");
    std::string key = lower_case(extension.text);
    if (!key.empty() && key[0] == '.') key.erase(0, 1);
    if (!out.mime_types.emplace(key, text(element, "mime-type").text).second) duplicate(extension, "mime-mapping of");
  }

  void error_page(const XmlElement& element, WebXml& out) {
    static constexpr ParamSpec kCode{.name = "error-code", .type = ParamType::integer, .minimum = 400, .maximum = 599};
    const WebText code = text(element, "error-code");
    const ParsedValue parsed = parse_value(kCode, code.text);
    if (!parsed.ok) diagnostics_.fault(code.where, observe::id::config_bad_value, "error-code " + parsed.why);
    ErrorPage page{static_cast<int>(parsed.number), text(element, "location")};
    if (!page.location.text.empty() && page.location.text[0] != '/')
      diagnostics_.fault(page.location.where, observe::id::config_bad_value, "location has to start with a slash");
    for (const ErrorPage& other : out.error_pages)
      if (other.status == page.status) duplicate(code, "error-page for");
    out.error_pages.push_back(std::move(page));
  }

  void check_name(const WebText& name, const std::vector<WebComponent>& components, const char* what) {
    if (name.text.empty() || find_component(components, name.text)) return;
    diagnostics_.fault(name.where, observe::id::config_dangling_name, no_component(what, name.text, components));
  }

  void check_names(const WebXml& web) {
    for (const FilterMapping& mapping : web.filter_mappings) {
      check_name(mapping.filter, web.filters, "filter");
      check_name(mapping.servlet, web.servlets, "servlet");
    }
    for (const ServletMapping& mapping : web.servlet_mappings) check_name(mapping.servlet, web.servlets, "servlet");
  }

  const std::string& path_;
  Compat compat_;
  Diagnostics& diagnostics_;
  const XmlLimits& limits_;
};

}  // namespace

const WebComponent* find_component(const std::vector<WebComponent>& components, std::string_view name) {
  for (const WebComponent& component : components)
    if (component.name.text == name) return &component;
  return nullptr;
}

std::vector<std::string_view> names_of(const std::vector<WebComponent>& components) {
  std::vector<std::string_view> names;
  for (const WebComponent& component : components) names.push_back(component.name.text);
  return names;
}

std::string no_component(const char* what, std::string_view name, const std::vector<WebComponent>& components) {
  return std::string("there is no ") + what + " '" + printable(name) + "'" + did_you_mean(name, names_of(components));
}

WebXml load_web_xml(const std::string& path, Compat compat, Diagnostics& diagnostics, const XmlLimits& limits) {
  return Loader(path, compat, diagnostics, limits).load();
}

}  // namespace navajo::config
