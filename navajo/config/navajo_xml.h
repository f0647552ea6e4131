// navajo.xml as typed values. Read once per configuration, in the parent, by one thread; immutable afterwards.
// Every element and attribute keeps its position for messages of later checks (httpd's, the container's).
// Names, types, defaults and ranges come from navajo/config/schema.h and nowhere else.
#pragma once

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

struct CoreElement {
  Position where;
  Attribute<uint64_t> memory_size;  // bytes
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
  Attribute<bool> scoreboard;
};

struct ServerElement {
  Position where;  // of Service when navajo.xml has no Server
  std::vector<Directive> directives;  // in the order of navajo.xml, then the schema's defaults
};

struct SslElement {
  Position where;
  std::vector<Directive> directives;
};

struct ConnectorElement {
  Position where;
  Attribute<std::string> name;
  Attribute<uint16_t> port;
  Attribute<std::string> listen;             // address:port to bind; name:port when empty
  Attribute<std::string> name_virtual_host;  // address:port that another Connector listens on
  Attribute<std::vector<std::string>> server_alias;
  std::vector<Directive> directives;
  std::optional<SslElement> ssl;

  bool listens() const { return !name_virtual_host.given; }
  std::string address() const;  // of its <VirtualHost>: "192.0.2.7:8443"
};

struct ContextElement {
  Position where;
  Attribute<std::string> path;      // normalised: empty for the root, else "/shop"
  Attribute<std::string> doc_base;  // absolute
};

struct HostElement {
  Position where;
  Attribute<std::string> name;                       // lower case
  Attribute<std::vector<std::string>> server_alias;  // lower case; "*.example.org" stands for all names below
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
  std::optional<CoreElement> core;
  ReactorElement reactor;
  ServerElement server;
  std::vector<ConnectorElement> connectors;
  EngineElement engine;
};

enum class Compat : uint8_t { strict, lenient };

struct NavajoXml {
  std::string file;
  Position where;
  Attribute<Compat> compat;  // lenient: unknown elements, attributes, classes and params are notices
  // bc.properties (navajo/config/property_table.h); never null after load_navajo_xml(), the defaults without a file.
  std::shared_ptr<const Params> properties;
  // Its lines for classes and profiles, judged when the container is built.
  std::vector<Property> class_properties;
  ServiceElement service;
};

// Reads and checks the file; every fault goes to diagnostics. The result is meaningful only while
// diagnostics.ok(). Relative docBase and spoolDir are taken from the folder of the file.
NavajoXml load_navajo_xml(const std::string& path, Diagnostics& diagnostics);

}  // namespace navajo::config
