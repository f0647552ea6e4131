// navajo.xml as typed values. Read once per configuration, in the parent, by one thread; immutable afterwards.
// Every element and attribute keeps its position for messages of later checks (httpd's, the container's).
// Names, types, defaults and ranges come from navajo/config/schema.h and nowhere else.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "navajo/config/diagnostics.h"
#include "navajo/config/params.h"
#include "navajo/config/property_file.h"

namespace navajo::config {

template <class T>
struct Attribute {
  T value{};
  Position where;      // of the attribute, or of its element when it was not given
  bool given = false;  // false: the schema's default
  const T& operator*() const { return value; }
  const T* operator->() const { return &value; }
};

// An attribute that httpd understands: becomes the line "name value".
struct Directive {
  std::string name;
  std::string value;
  Position where;
  bool given = true;  // false: the schema's default
};

// One line for httpd, and where it stems from.
struct DirectiveLine {
  std::string text;  // without newline; sections ("<VirtualHost ...>") open and close on lines of their own
  Position where;
};

struct CoreElement {
  Position where;  // of Service when navajo.xml has no Core
  Attribute<uint64_t> memory_size;  // bytes
};

struct TimerElement {
  Position where;  // of Service when navajo.xml has no Timer
  Attribute<std::chrono::seconds> periodicity;
};

enum class ClientHalfClose : uint8_t { abort, serve };

struct ReactorElement {
  Position where;  // of Service when navajo.xml has no Reactor
  Attribute<bool> enabled;
  Attribute<unsigned> threads;          // 0: one per core
  Attribute<unsigned> max_connections;  // of one child
  Attribute<uint64_t> stack;            // bytes
  Attribute<std::chrono::milliseconds> hibernate_after;  // 0: never
  Attribute<std::chrono::milliseconds> drain_timeout;
  Attribute<std::chrono::milliseconds> stall_warning;  // 0: never
  Attribute<std::chrono::milliseconds> stall_limit;    // past it the child is ended; 0: never
  Attribute<ClientHalfClose> client_half_close;
  Attribute<uint64_t> min_read_rate;  // bytes per second; 0: any progress
  Attribute<bool> scoreboard;
};

struct ServerElement {
  Position where;  // of Service when navajo.xml has no Server
  // In the order of navajo.xml, then the schema's defaults, then what CustomLogs, Qos and SSLCache mean.
  std::vector<Directive> directives;
};

struct SslElement {
  Position where;
  std::vector<Directive> directives;
};

struct ConnectorElement {
  Position where;
  Attribute<std::string> name;
  Attribute<uint16_t> port;                  // 0: "*"
  Attribute<std::string> listen;             // address:port to bind; name:port when empty
  Attribute<std::string> name_virtual_host;  // address:port that another Connector listens on
  Attribute<std::vector<std::string>> server_alias;
  std::vector<Directive> directives;  // of the element, then of CustomLogs and Qos
  std::optional<SslElement> ssl;

  bool listens() const { return !name_virtual_host.given; }
  std::string address() const;  // of its <VirtualHost>: "192.0.2.7:8443"
};

// What the forward proxy does with a destination.
enum class ForwardAction : uint8_t { intercept, tunnel, refuse };
enum class UnknownProtocol : uint8_t { refuse, tunnel };
enum class UntrustedUpstream : uint8_t { refuse, mirror };

// Words are alternatives, attributes have to hold together; an empty one always does.
struct DestinationElement {
  Position where;
  Attribute<ForwardAction> action;
  Attribute<std::vector<std::string>> hosts;         // GLOBs
  Attribute<std::string> host_regex;
  Attribute<std::vector<std::string>> addresses;     // networks
  Attribute<std::vector<std::string>> server_names;  // GLOBs
  Attribute<std::vector<std::string>> ports;
  Attribute<std::vector<std::string>> clients;       // networks
};

struct ForwardProxyElement {
  Position where;
  Attribute<std::string> name, listen, host;
  Attribute<uint16_t> port;
  Attribute<std::vector<std::string>> clients, ports, allowed_addresses;
  Attribute<ForwardAction> default_action;
  Attribute<UnknownProtocol> unknown_protocol;
  Attribute<std::chrono::milliseconds> handshake_timeout, connect_timeout, max_connection_age;
  Attribute<std::string> upstream_proxy, upstream_credentials;
  Attribute<std::string> ca_certificate, ca_key;  // absolute, or empty
  Attribute<uint64_t> cert_cache_size, mint_rate;
  Attribute<std::chrono::milliseconds> cert_cache_time, cert_validity;
  Attribute<bool> cert_mirror, cert_wildcard;
  Attribute<UntrustedUpstream> untrusted_upstream;
  Attribute<std::chrono::milliseconds> tunnel_idle, tunnel_half_closed, tunnel_write;
  Attribute<bool> tunnel_half_close;
  Attribute<uint64_t> max_tunnels, max_tunnels_per_client;
  std::vector<DestinationElement> destinations;
  std::vector<Directive> directives, access;  // of the virtual host; of all requests in it (Auth*, Require)

  std::string address() const;
};

// Whether a Rules element's request and response sets are applied to all that goes through the container, or only where
// a RuleFilter stands.
enum class RulesApply : uint8_t { all, filters };

struct RulesElement {
  Position where;
  Attribute<std::string> name, file;  // file: absolute
  Attribute<RulesApply> apply;
  Attribute<uint64_t> memory;
  Attribute<std::chrono::milliseconds> poll;
};

struct EventLogElement {
  Position where;
  Attribute<std::string> name, file, program;  // file: absolute, or empty
  Attribute<uint64_t> queue, per_second, rotate_at;
  Attribute<std::vector<std::string>> redact_headers, show_headers, redact_patterns;
};

struct OpenTelemetryElement {
  Position where;
  Attribute<std::string> exporter;  // as written, or empty
  Attribute<bool> traces, metrics, extract, inject;
  Attribute<std::string> sampling_ratio, service_name, environment;
  Attribute<std::string> headers_file, ca_certificate;  // absolute, or empty
  Attribute<std::chrono::milliseconds> metrics_interval, timeout, batch_delay;
  Attribute<uint64_t> queue, batch;
};

enum class LimitFields : uint8_t { off, draft, both };  // both: X-RateLimit-* and X-Credit-* as well

struct LimitsElement {
  Position where;  // of Service when navajo.xml has no Limits
  Attribute<uint64_t> memory, max_sleepers;
  Attribute<std::chrono::milliseconds> cleanup_interval, save_interval;
  Attribute<std::string> credits_file;  // absolute, or empty
  Attribute<LimitFields> fields;
};

struct MemoryObserverElement {
  Position where;  // of Service when navajo.xml has no MemoryObserver
  Attribute<uint64_t> process_high, process_critical, process_replace;  // bytes; 0: not watched
  Attribute<unsigned> group_high, group_critical;                       // percent; 0: not watched
  Attribute<std::chrono::milliseconds> interval, large_body_wait;
  Attribute<uint64_t> large_body, max_large_bodies;
};

struct RequestHistoryElement {
  Position where;  // of Service when navajo.xml has no RequestHistory
  Attribute<std::chrono::milliseconds> slow, sample_interval;  // sample_interval 0: off
};

enum class RoutingPolicy : uint8_t { edge, tiers, least_connections, two_choices, round_robin, hash };
enum class RoutingBinding : uint8_t { none, client, key };
enum class HealthCheckKind : uint8_t { off, tcp, tls, http };

struct HealthCheckElement {
  Position where;  // of Routing when it has no HealthCheck: then kind is off
  Attribute<HealthCheckKind> kind;
  Attribute<std::string> path, host, body;  // of http; body: text the answer has to contain
  Attribute<std::vector<std::string>> status;  // "200", "200-299"
  Attribute<std::chrono::milliseconds> interval, timeout;
  Attribute<unsigned> rise, fall;
};

// Backends, and how one of them is chosen: for EdgeConnectorServlet and TcpConnector.
struct RoutingElement {
  Position where;
  Attribute<std::string> name;
  Attribute<std::string> database;                // absolute, or empty
  Attribute<std::vector<std::string>> backends;   // host:port, of the app "default"
  Attribute<std::chrono::milliseconds> poll;
  Attribute<std::string> geo_database;            // absolute, or empty
  Attribute<std::string> ca_certificate;          // absolute, or empty
  Attribute<std::string> region, zone, country;
  Attribute<RoutingPolicy> policy;
  Attribute<RoutingBinding> binding;
  Attribute<std::chrono::seconds> binding_ttl;
  Attribute<uint64_t> max_bindings, queue;
  Attribute<unsigned> ipv6_prefix, retry_percent, max_failures, failure_percent, max_ejected_percent;
  Attribute<std::chrono::milliseconds> queue_timeout, slow_start, eject_time;
  HealthCheckElement check;
};

// Which app of which Routing gets a connection that asks for this name and protocol. The first that fits counts.
struct RouteElement {
  Position where;
  Attribute<std::vector<std::string>> server_names;  // GLOBs, lower case; empty: any
  Attribute<std::vector<std::string>> alpn;          // one of them is offered; empty: any
  Attribute<std::string> routing, app;
};

enum class TcpTls : uint8_t { off, route, terminate };
enum class ProxyProtocolIn : uint8_t { off, optional, required };

struct TcpConnectorElement {
  Position where;
  Attribute<std::string> name, listen;
  Attribute<uint16_t> port;
  Attribute<std::string> routing, app;  // where no Route fits; empty: then it is refused
  Attribute<TcpTls> tls;
  Attribute<std::string> certificate, key;  // absolute, or empty
  Attribute<std::vector<std::string>> alpn;
  Attribute<ProxyProtocolIn> proxy_protocol;
  Attribute<std::vector<std::string>> trusted_proxies, clients;  // networks
  Attribute<std::chrono::milliseconds> handshake_timeout, connect_timeout, idle, half_closed, write, max_age;
  Attribute<bool> half_close;
  Attribute<uint64_t> max_connections, max_connections_per_client, connect_attempts;
  std::vector<RouteElement> routes;

  std::string address() const;
};

enum class CrashRecovery : uint8_t { recover, block, kill };

enum class UnsecureConnection : uint8_t { deny, redirect, allow };  // the strictest first

struct ContextElement {
  Position where;
  Attribute<std::string> path;      // normalised: empty for the root, else "/shop"
  Attribute<std::string> doc_base;  // absolute
  Attribute<std::string> id;
  Attribute<UnsecureConnection> unsecure_connection;
  Attribute<std::string> redirect_origin;  // "https://name:port"; empty: the Host's own
  Attribute<std::vector<std::string>> allowed_methods;  // without groups and without TRACE; empty and not given: any
  Attribute<std::vector<int>> additional_status_codes;
  std::optional<uint64_t> limit_request_body;  // bytes, 0: any; none: the Host's, or else the Server's
};

struct HostElement {
  Position where;
  Attribute<std::string> name;                       // lower case
  Attribute<std::vector<std::string>> server_alias;  // lower case; "*.example.org" stands for all names below
  // Where clients reach it over TLS: the port of a Connector with SSL. None: there is no such Connector.
  std::optional<uint16_t> secure_port;
  std::optional<uint64_t> limit_request_body;  // bytes, 0: any; none: the Server's
  std::vector<ContextElement> contexts;
};

struct EngineElement {
  Position where;
  Attribute<std::string> default_host;  // name of a Host; empty: an unknown Host field is refused with 421
  std::vector<HostElement> hosts;
};

struct ServiceElement {
  Position where;
  Attribute<std::string> name;
  Attribute<std::string> spool_dir;  // absolute, or empty
  std::vector<std::string> httpd_arguments;  // of commandLine
  std::string process_group;                 // of commandLine's NAVAJOgroup=, or empty
  Attribute<bool> admin_socket;
  std::optional<gid_t> admin_group_id;  // of adminGroup; none: not given
  std::vector<DirectiveLine> server_template;
  std::vector<DirectiveLine> host_template;  // with ${CONNECTOR_...} still in it
  CoreElement core;
  TimerElement timer;
  ReactorElement reactor;
  ServerElement server;
  std::vector<ConnectorElement> connectors;
  std::vector<ForwardProxyElement> forward_proxies;
  std::vector<RoutingElement> routings;
  std::vector<TcpConnectorElement> tcp_connectors;
  std::vector<RulesElement> rules;
  std::vector<EventLogElement> event_logs;
  LimitsElement limits;
  std::optional<OpenTelemetryElement> open_telemetry;
  MemoryObserverElement memory_observer;
  RequestHistoryElement request_history;
  EngineElement engine;
  Attribute<CrashRecovery> crash_recovery;
};

enum class Compat : uint8_t { strict, lenient };

struct NavajoXml {
  std::string file;
  Position where;
  Attribute<Compat> compat;  // lenient: unknown elements, attributes, classes and params are notices
  // bc.properties (navajo/config/property_table.h); never null after load_navajo_xml(), the defaults without a file.
  std::shared_ptr<const Params> properties;
  // Lines for classes and profiles, of bc.properties and of custom profile files: judged when the container is built.
  std::vector<Property> class_properties;
  ServiceElement service;
};

// Reads and checks the file; every fault goes to diagnostics. The result is meaningful only while
// diagnostics.ok(). Relative docBase and spoolDir are taken from the folder of the file.
NavajoXml load_navajo_xml(const std::string& path, Diagnostics& diagnostics);

}  // namespace navajo::config
