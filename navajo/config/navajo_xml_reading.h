// What the readers of navajo.xml's parts share. Parent, one thread, while the configuration is read.
#pragma once

#include <filesystem>

#include "navajo/config/element_reader.h"
#include "navajo/config/navajo_xml.h"

namespace navajo::config {

struct NavajoXmlReading {
  std::filesystem::path folder;  // of navajo.xml, absolute
  Compat compat;
  Diagnostics& diagnostics;

  ElementReader reader(std::string_view name, std::string_view parent, const XmlElement* element,
                       const Position& where) const {
    return {*find_element(navajo_xml_schema(), name, parent), element, where, diagnostics};
  }
  // Paths are relative to the folder of navajo.xml.
  Attribute<std::string> absolute(Attribute<std::string> path) const {
    if (!path->empty()) path.value = (folder / *path).lexically_normal().string();
    while (path->size() > 1 && path->back() == '/') path.value.pop_back();
    return path;
  }
};

// Of Rules, Routing and other elements whose names are parts of names elsewhere: letters, digits, '.', '-', '_', 64 at
// most.
bool is_element_name(std::string_view name);
// A host name or address literal in lower case, as it may stand in a Host field; a pattern may begin with "*.".
bool is_host_name(std::string_view name);
bool is_host_pattern(std::string_view name);
// "192.0.2.7:8443", "[2001:db8::7]:443", "*:8080"
bool is_address_and_port(std::string_view text);
// The same of its parts; an IPv6 address gets brackets.
std::string address_and_port(const std::string& name, uint16_t port);

// connector_reader.cc
std::vector<ConnectorElement> read_connectors(const XmlElement& service, const NavajoXmlReading& reading);
// The directives of CustomLogs and Qos below Server or Connector.
std::vector<Directive> read_directive_children(const XmlElement& element, const NavajoXmlReading& reading);
// What SSLCache below Service and Connectors comes to; none when nothing is said, or Server itself says it.
std::optional<Directive> read_ssl_caches(const XmlElement& service, const std::vector<Directive>& server,
                                         const NavajoXmlReading& reading);

// forward_proxy_reader.cc
std::vector<ForwardProxyElement> read_forward_proxies(const XmlElement& service, const EngineElement& engine,
                                                      const NavajoXmlReading& reading);

// request_history_reader.cc
RequestHistoryElement read_request_history(const XmlElement* element, const Position& where,
                                           const NavajoXmlReading& reading);
// memory_observer_reader.cc
MemoryObserverElement read_memory_observer(const XmlElement* element, const Position& where,
                                           const NavajoXmlReading& reading);
std::optional<uint64_t> read_body_limit(ElementReader& reader);

// engine_reader.cc
EngineElement read_engine(const XmlElement& element, const std::vector<ConnectorElement>& connectors,
                          const NavajoXmlReading& reading);

// event_log_reader.cc
std::vector<EventLogElement> read_event_logs(const XmlElement& service, const NavajoXmlReading& reading);
// limits_reader.cc
LimitsElement read_limits(const XmlElement* element, const Position& where, const NavajoXmlReading& reading);
// open_telemetry_reader.cc
OpenTelemetryElement read_open_telemetry(const XmlElement& element, const NavajoXmlReading& reading);
// rules_reader.cc
std::vector<RulesElement> read_rules(const XmlElement& service, const NavajoXmlReading& reading);

// routing_reader.cc
std::vector<RoutingElement> read_routings(const XmlElement& service, const NavajoXmlReading& reading);
// tcp_connector_reader.cc
std::vector<TcpConnectorElement> read_tcp_connectors(const XmlElement& service,
                                                     const std::vector<RoutingElement>& routings,
                                                     const NavajoXmlReading& reading);

// service_settings_reader.cc: the attributes of Service that take more than a look into the table.
void read_command_line(const Attribute<std::string>& command_line, const NavajoXmlReading& reading,
                       ServiceElement& service);
void read_admin_group(const Attribute<std::string>& group, const NavajoXmlReading& reading, ServiceElement& service);
// The lines of a template file, its variables replaced.
std::vector<DirectiveLine> read_template(const Attribute<std::string>& path, std::string_view usual_name,
                                         const ServiceElement& service, const NavajoXmlReading& reading);

}  // namespace navajo::config
