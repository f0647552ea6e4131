#include "navajo/config/schema.h"

namespace navajo::config {
namespace {

using enum Occurs;
constexpr auto kFault = UnknownAttributes::fault;

// The Servlet 2.3 descriptor; values are the text of elements. An id is allowed everywhere, as the DTD has it.

constexpr ParamSpec kId[] = {{.name = "id", .doc = "For tools; has no effect."}};
constexpr ParamSpec kWebApp[] = {{.name = "id", .doc = "For tools; has no effect."},
                                 {.name = "version", .doc = "For tools; has no effect."}};

constexpr ElementSpec kWebXml[] = {
    {"web-app", "", one, kFault, kWebApp, "One web application."},
    {"icon", "web-app", optional, kFault, kId, "Has no effect."},
    {"small-icon", "icon", optional, kFault, kId, "Has no effect."},
    {"large-icon", "icon", optional, kFault, kId, "Has no effect."},
    {"display-name", "web-app", optional, kFault, kId, "For readers; has no effect."},
    {"description", "web-app", optional, kFault, kId, "For readers; has no effect."},
    {"context-param", "web-app", many, kFault, kId, "A value shared by the servlets and filters."},
    {"param-name", "context-param", one, kFault, kId, "Its name."},
    {"param-value", "context-param", one, kFault, kId, "Its value."},
    {"description", "context-param", optional, kFault, kId, "For readers; has no effect."},
    {"filter", "web-app", many, kFault, kId, "One filter."},
    {"filter-name", "filter", one, kFault, kId, "The name mappings use."},
    {"display-name", "filter", optional, kFault, kId, "For readers; has no effect."},
    {"description", "filter", optional, kFault, kId, "For readers; has no effect."},
    {"filter-class", "filter", one, kFault, kId, "Which filter it is."},
    {"filter-lib", "filter", optional, kFault, kId, "Accepted for filters that are built in, which need none."},
    {"init-param", "filter", many, kFault, kId, "One parameter of the filter."},
    {"param-name", "init-param", one, kFault, kId, "Its name."},
    {"param-value", "init-param", one, kFault, kId, "Its value; white space around it does not count."},
    {"description", "init-param", optional, kFault, kId, "For readers; has no effect."},
    {"filter-mapping", "web-app", many, kFault, kId, "Where a filter runs; the chain is in the order of these."},
    {"filter-name", "filter-mapping", one, kFault, kId, "The filter."},
    {"url-pattern", "filter-mapping", optional, kFault, kId, "\"/a/b\", \"/a/*\" or \"/*\"."},
    {"servlet-name", "filter-mapping", optional, kFault, kId, "Instead of url-pattern: whenever this servlet answers."},
    {"exclude-url-regex", "filter-mapping", optional, kFault, kId,
     "Paths it does not run for (PCRE2, anywhere in the path)."},
    {"listener", "web-app", many, kFault, kId, "One listener."},
    {"listener-class", "listener", one, kFault, kId, "Which listener it is."},
    {"servlet", "web-app", many, kFault, kId, "One servlet."},
    {"servlet-name", "servlet", one, kFault, kId, "The name mappings use."},
    {"display-name", "servlet", optional, kFault, kId, "For readers; has no effect."},
    {"description", "servlet", optional, kFault, kId, "For readers; has no effect."},
    {"servlet-class", "servlet", one, kFault, kId, "Which servlet it is."},
    {"servlet-lib", "servlet", optional, kFault, kId, "Accepted for servlets that are built in, which need none."},
    {"init-param", "servlet", many, kFault, kId, "One parameter of the servlet."},
    {"load-on-startup", "servlet", optional, kFault, kId, "Has no effect: every servlet is made at start."},
    {"servlet-mapping", "web-app", many, kFault, kId, "Which servlet answers where; the longest pattern wins."},
    {"servlet-name", "servlet-mapping", one, kFault, kId, "The servlet."},
    {"url-pattern", "servlet-mapping", one, kFault, kId, "\"/a/b\", \"/a/*\", or \"/\" for all the rest."},
    {"mime-mapping", "web-app", many, kFault, kId, "Content type of one file extension."},
    {"extension", "mime-mapping", one, kFault, kId, "Without a dot."},
    {"mime-type", "mime-mapping", one, kFault, kId, "The content type."},
    {"welcome-file-list", "web-app", optional, kFault, kId, "Files that stand for their folder."},
    {"welcome-file", "welcome-file-list", at_least_one, kFault, kId, "A file name."},
    {"error-page", "web-app", many, kFault, kId, "A page of your own for one status code."},
    {"error-code", "error-page", one, kFault, kId, "The status code, 400 to 599."},
    {"location", "error-page", one, kFault, kId, "File below docBase, starting with a slash; read at start."},
};

}  // namespace

std::span<const ElementSpec> web_xml_schema() { return kWebXml; }

const ElementSpec* find_element(std::span<const ElementSpec> schema, std::string_view name, std::string_view parent) {
  // filter and servlet have the same init-params: the rows below init-param serve both.
  for (const ElementSpec& row : schema)
    if (name == row.name && parent == row.parent) return &row;
  return nullptr;
}

std::vector<std::string_view> children_of(std::span<const ElementSpec> schema, std::string_view parent) {
  std::vector<std::string_view> out;
  for (const ElementSpec& row : schema)
    if (parent == row.parent) out.push_back(row.name);
  return out;
}

}  // namespace navajo::config
