#include "navajo/config/navajo_xml.h"

#include <algorithm>

#include "navajo/config/environment_file.h"
#include "navajo/config/navajo_xml_reading.h"
#include "navajo/config/old_settings.h"
#include "navajo/config/profiles.h"
#include "navajo/config/property_table.h"
#include "navajo/config/text.h"
#include "navajo/config/trace_settings.h"

namespace navajo::config {
namespace {

CoreElement read_core(const XmlElement* element, const Position& where, const NavajoXmlReading& reading) {
  ElementReader reader = reading.reader("Core", "Service", element, where);
  return {reader.where(), reader.number<uint64_t>("memorySize")};
}

TimerElement read_timer(const XmlElement* element, const Position& where, const NavajoXmlReading& reading) {
  ElementReader reader = reading.reader("Timer", "Service", element, where);
  const Attribute<int64_t> seconds = reader.number<int64_t>("periodicity");
  return {reader.where(), {std::chrono::seconds(*seconds), seconds.where, seconds.given}};
}

ReactorElement read_reactor(const XmlElement* element, const Position& where, const NavajoXmlReading& reading) {
  ElementReader reader = reading.reader("Reactor", "Service", element, where);
  ReactorElement out;
  out.where = reader.where();
  out.enabled = reader.boolean("enabled");
  out.threads = reader.number<unsigned>("threads");
  out.max_connections = reader.number<unsigned>("maxConnections");
  out.stack = reader.number<uint64_t>("stack");
  out.hibernate_after = reader.milliseconds("hibernateAfter");
  out.drain_timeout = reader.milliseconds("drainTimeout");
  out.stall_warning = reader.milliseconds("stallWarning");
  out.stall_limit = reader.milliseconds("stallLimit");
  out.client_half_close = reader.choice<ClientHalfClose>("clientHalfClose");
  out.min_read_rate = reader.number<uint64_t>("minReadRate");
  out.scoreboard = reader.boolean("scoreboard");
  if (out.stall_limit->count() > 0 && out.stall_warning->count() > out.stall_limit->count())
    reader.fault(out.stall_warning.where, "stallWarning", "is longer than stallLimit");
  return out;
}

ServerElement read_server(const XmlElement& service, const NavajoXmlReading& reading) {
  const XmlElement* element = service.child("Server");
  ServerElement out;
  out.where = element ? element->where : service.where;
  out.directives = reading.reader("Server", "Service", element, service.where).directives();
  const auto add = [&](std::vector<Directive> more) {
    for (Directive& directive : more) out.directives.push_back(std::move(directive));
  };
  if (element) add(read_directive_children(*element, reading));
  add(read_directive_children(service, reading));  // Qos
  if (std::optional<Directive> cache = read_ssl_caches(service, out.directives, reading))
    out.directives.push_back(std::move(*cache));
  return out;
}

// Connectors may share an address; what is no virtual host of HTTP has one of its own.
void check_listeners(const ServiceElement& service, const NavajoXmlReading& reading) {
  std::vector<std::string> taken;
  for (const ConnectorElement& connector : service.connectors) taken.push_back(connector.address());
  const auto take = [&](const std::string& address, const Position& where, const char* what) {
    const auto same = [&](const std::string& other) { return same_word(other, address); };
    if (std::any_of(taken.begin(), taken.end(), same))
      reading.diagnostics.fault(where, observe::id::config_duplicate,
                                "another Connector, ForwardProxy or TcpConnector listens on " + printable(address) +
                                    " already: a " + what + " has an address of its own");
    taken.push_back(address);
  };
  for (const ForwardProxyElement& one : service.forward_proxies) take(one.address(), one.where, "ForwardProxy");
  for (const TcpConnectorElement& one : service.tcp_connectors) take(one.address(), one.where, "TcpConnector");
  if (taken.empty())
    reading.diagnostics.fault(service.where, observe::id::config_bad_value,
                              "Service has no Connector, ForwardProxy or TcpConnector: nobody could reach it");
  if (!service.tcp_connectors.empty() && !*service.reactor.enabled)
    reading.diagnostics.fault(service.tcp_connectors.front().where, observe::id::config_bad_value,
                              "TcpConnector needs the Reactor, which is switched off");
}

ServiceElement read_service(const XmlElement& element, const NavajoXmlReading& reading) {
  ServiceElement out;
  out.where = element.where;
  ElementReader reader = reading.reader("Service", "Navajo", &element, element.where);
  out.name = reader.text("name");
  out.spool_dir = reading.absolute(reader.text("spoolDir"));
  out.crash_recovery = reader.choice<CrashRecovery>("crashRecoveryStrategy");
  read_command_line(reader.text("commandLine"), reading, out);
  out.admin_socket = reader.boolean("adminSocket");
  read_admin_group(reader.text("adminGroup"), reading, out);
  const Attribute<std::string> server_template = reading.absolute(reader.text("serverTemplate"));
  out.server_template = read_template(server_template, "server2.template", out, reading);
  out.host_template = read_template(reading.absolute(reader.text("hostTemplate")), "host2.template", out, reading);
  out.core = read_core(element.child("Core"), element.where, reading);
  out.timer = read_timer(element.child("Timer"), element.where, reading);
  out.limits = read_limits(element.child("Limits"), element.where, reading);
  if (const XmlElement* telemetry = element.child("OpenTelemetry"))
    out.open_telemetry = read_open_telemetry(*telemetry, reading);
  out.reactor = read_reactor(element.child("Reactor"), element.where, reading);
  out.memory_observer = read_memory_observer(element.child("MemoryObserver"), element.where, reading);
  out.request_history = read_request_history(element.child("RequestHistory"), element.where, reading);
  out.server = read_server(element, reading);
  out.connectors = read_connectors(element, reading);
  out.rules = read_rules(element, reading);
  const XmlElement* engine = element.child("Engine");
  if (engine) out.engine = read_engine(*engine, out.connectors, reading);
  out.routings = read_routings(element, reading);
  out.tcp_connectors = read_tcp_connectors(element, out.routings, reading);
  out.forward_proxies = read_forward_proxies(element, out.engine, reading);
  check_listeners(out, reading);
  if (!engine && !(out.connectors.empty() && out.forward_proxies.empty()))
    reading.diagnostics.fault(element.where, observe::id::config_missing,
                              "Service needs an Engine: its Connectors have no application otherwise");
  out.event_logs = read_event_logs(element, reading);
  return out;
}

void take_properties(const Attribute<std::string>& name, const NavajoXmlReading& reading, NavajoXml& out) {
  LoadedProperties loaded = load_properties((reading.folder / *name).lexically_normal().string(),
                                            name.given ? Missing::fault : Missing::tolerated, reading.compat,
                                            reading.diagnostics);
  out.properties = std::move(loaded.known);
  check_trace_settings(*out.properties, reading.diagnostics);
  out.class_properties = custom_profiles(reading.folder.string(), reading.diagnostics);
  out.class_properties.insert(out.class_properties.end(), loaded.others.begin(), loaded.others.end());
}

}  // namespace

std::string ConnectorElement::address() const {
  if (name_virtual_host.given) return *name_virtual_host;
  if (listen.given) return *listen;
  return address_and_port(*name, *port);
}

std::string address_and_port(const std::string& name, uint16_t port) {
  const bool bare_v6 = name.find(':') != std::string::npos && name.front() != '[';
  return (bare_v6 ? "[" + name + "]" : name) + ":" + std::to_string(port);
}

NavajoXml load_navajo_xml(const std::string& path, Diagnostics& diagnostics) {
  NavajoXml out;
  out.file = path;
  out.properties = default_properties();
  std::error_code ignored;  // an unreadable folder shows itself when the file is opened
  NavajoXmlReading reading{std::filesystem::absolute(path, ignored).parent_path(), Compat::strict, diagnostics};
  load_environment((reading.folder / "env.conf").string(), diagnostics);
  const std::optional<XmlElement> root = read_xml(path, DoctypePolicy::refuse, diagnostics);
  if (!root) return out;
  out.where = root->where;
  ElementReader reader = reading.reader("Navajo", "", &*root, root->where);
  out.compat = reader.choice<Compat>("compat");
  reading.compat = *out.compat;
  take_properties(reader.text("properties"), reading, out);
  if (!check_structure(*root, navajo_xml_schema(), reading.compat, diagnostics)) return out;
  judge_old_settings(*root, reading.compat, diagnostics);
  if (const XmlElement* service = root->child("Service")) out.service = read_service(*service, reading);
  return out;
}

}  // namespace navajo::config
