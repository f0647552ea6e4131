#include "navajo/cli/configuration.h"

#include <strings.h>

#include <cstdio>
#include <filesystem>

#include "navajo/config/file_text.h"
#include "navajo/container/container.h"
#include "navajo/filters/table.h"
#include "navajo/forward/forward_proxy.h"
#include "navajo/servlets/table.h"

namespace navajo::cli {
namespace {

void append(std::vector<NeededBy>& to, const std::vector<config::Directive>& from) {
  for (const config::Directive& directive : from) to.push_back({directive.name, directive.value});
}

// "Header set X y" of a template.
void append(std::vector<NeededBy>& to, const std::vector<config::DirectiveLine>& from) {
  for (const config::DirectiveLine& line : from) {
    const std::string_view text = line.text;
    const size_t end = std::min(text.find_first_of(" \t"), text.size());
    to.push_back({text.substr(0, end), text.substr(end)});
  }
}

}  // namespace

std::vector<NeededBy> Configuration::server_directives() const {
  std::vector<NeededBy> out;
  append(out, navajo.service.server.directives);
  return out;
}

std::vector<NeededBy> Configuration::all_directives() const {
  std::vector<NeededBy> out = server_directives();
  append(out, navajo.service.server_template);
  append(out, navajo.service.host_template);
  for (const config::ConnectorElement& connector : navajo.service.connectors) {
    append(out, connector.directives);
    if (connector.ssl) append(out, connector.ssl->directives);
  }
  for (const config::ForwardProxyElement& proxy : navajo.service.forward_proxies) {
    append(out, proxy.directives);
    append(out, proxy.access);
  }
  return out;
}

std::string absolute_path(const std::string& path) {
  std::error_code error;
  return std::filesystem::absolute(path, error).lexically_normal().string();
}

config::NavajoXml judge_configuration(const std::string& absolute, Depth depth, config::Diagnostics& diagnostics) {
  config::FileTexts files;  // what is asked for twice is read, and run, once
  const config::ReadingScope reading(&files, nullptr);
  config::NavajoXml navajo = config::load_navajo_xml(absolute, diagnostics);
  if (depth == Depth::everything && diagnostics.ok()) {
    container::Catalogue catalogue;
    servlets::add_to(catalogue);
    filters::add_to(catalogue);
    const auto container = container::Container::build(navajo, catalogue, diagnostics);
    for (const config::ForwardProxyElement& element : navajo.service.forward_proxies)
      if (container)
        (void)forward::ForwardProxy::make(element, navajo.service, container->servlet_at(*element.host, "/"),
                                          diagnostics);
    if (container) container->record_files(navajo, files, diagnostics);
  }
  return navajo;
}

Configuration load_configuration(const std::string& path, Depth depth) {
  Configuration loaded;
  loaded.path = absolute_path(path);
  config::Diagnostics diagnostics;
  loaded.navajo = judge_configuration(loaded.path, depth, diagnostics);
  for (const config::Fault& notice : diagnostics.notices()) fprintf(stderr, "%s (notice)\n", notice.line().c_str());
  for (const config::Fault& fault : diagnostics.faults()) fprintf(stderr, "%s\n", fault.line().c_str());
  loaded.faults = diagnostics.faults().size();
  if (!loaded.ok()) return loaded;
  for (const config::Directive& directive : loaded.navajo.service.server.directives) {
    if (strcasecmp(directive.name.c_str(), "PidFile") != 0) continue;
    // Unquoted, and relative to ServerRoot, which is the folder of navajo.xml.
    std::string value = directive.value;
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    loaded.pid_file = (std::filesystem::path(loaded.path).parent_path() / value).string();
  }
  return loaded;
}

}  // namespace navajo::cli
