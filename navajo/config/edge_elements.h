// Rows of navajo.xml's table (navajo_xml_schema.cc): Routing, HealthCheck, TcpConnector and Route.
#pragma once

#include "navajo/config/schema.h"

namespace navajo::config {

inline constexpr ParamSpec kRouting[] = {
    {.name = "name", .default_value = "edge",
     .doc = "What an EdgeConnectorServlet, a TcpConnector and 'navajo backends' call it; letters, digits, '.', '-' and "
            "'_'."},
    {.name = "database",
     .doc = "SQLite file with the table backends (docs/reference/routing.md), relative to the folder of navajo.xml. "
            "The child processes read it again when it changes. Either this or backends."},
    {.name = "backends", .doc = "host:port, separated by blanks: the backends of the app \"default\"."},
    {.name = "poll", .type = ParamType::milliseconds, .default_value = "500ms", .minimum = 50, .maximum = 3600000,
     .doc = "How often each child looks whether database or geoDatabase have changed."},
    {.name = "geoDatabase",
     .doc = "MaxMind file (mmdb) with countries, in which the places of clients are looked up; read again when it "
            "changes. Unset, no client has a place."},
    {.name = "caCertificate",
     .doc = "PEM file with those who vouch for backends that speak TLS (the table's column tls); unset, the system's."},
    {.name = "region", .doc = "The region this server stands in, as in the table: \"eu\"."},
    {.name = "zone", .doc = "The zone within it."},
    {.name = "country", .doc = "The country, two letters: where clients without a public address are taken to be."},
    {.name = "policy", .type = ParamType::choice, .default_value = "edge",
     .choices = "edge,tiers,leastConnections,twoChoices,roundRobin,hash",
     .doc = "edge: the lowest of 100 x place + (load / soft limit) / weight; place is 0 in the client's "
            "country, 1 in its region, 2 in this server's, 3 elsewhere. tiers: those below their soft limit "
            "first, whatever the place, then those at it; of the least loaded the nearest by place and time to "
            "connect. leastConnections: the lowest load / weight. twoChoices: the less loaded of two taken at "
            "random. roundRobin: in turn, by weight. hash: a client's key always has the same backend as long "
            "as that is not far above the average load."},
    {.name = "binding", .type = ParamType::choice, .default_value = "client", .choices = "none,client,key",
     .doc = "Who comes back gets the same backend. client: by address. key: by the key of an EdgeConnectorServlet (a "
            "cookie, header or the session), else by address."},
    {.name = "bindingTimeout", .type = ParamType::seconds, .default_value = "600", .minimum = 1, .maximum = 2592000,
     .doc = "How long after its last use a binding holds."},
    {.name = "maxBindings", .type = ParamType::integer, .default_value = "100000", .minimum = 64, .maximum = 100000000,
     .doc = "Bindings that are kept, for all child processes together; the oldest give way. Another value counts when "
            "the server is stopped and started."},
    {.name = "ipv6Prefix", .type = ParamType::integer, .default_value = "64", .minimum = 16, .maximum = 128,
     .doc = "Clients of one IPv6 network of this size are one client."},
    {.name = "queue", .type = ParamType::integer, .default_value = "1000", .minimum = 0, .maximum = 1000000,
     .doc = "Requests and connections of one child process that wait when all backends are at their hard limits; more "
            "are refused at once."},
    {.name = "queueTimeout", .type = ParamType::milliseconds, .default_value = "5s", .minimum = 0, .maximum = 3600000,
     .doc = "How long they wait before they are refused."},
    {.name = "retryBudget", .type = ParamType::integer, .default_value = "20", .minimum = 0, .maximum = 100,
     .doc = "Second tries at another backend may be so many percent of all choices."},
    {.name = "slowStart", .type = ParamType::milliseconds, .default_value = "0", .minimum = 0, .maximum = 3600000,
     .doc = "A backend that has come back gets its full share only after this time, a growing part of it until then."},
    {.name = "maxFailures", .type = ParamType::integer, .default_value = "5", .minimum = 1, .maximum = 1000000,
     .choices = "off", .doc = "Failures in a row after which a backend is left alone for ejectTime."},
    {.name = "failurePercent", .type = ParamType::integer, .default_value = "off", .minimum = 1, .maximum = 100,
     .choices = "off", .doc = "The same for this share of at least 20 within ten seconds."},
    {.name = "ejectTime", .type = ParamType::milliseconds, .default_value = "10s", .minimum = 100, .maximum = 3600000,
     .doc = "How long; each time in a row as much longer again, ten times as long at most."},
    {.name = "maxEjectedPercent", .type = ParamType::integer, .default_value = "50", .minimum = 0, .maximum = 100,
     .doc = "No more than this share of an app's backends is left alone: then it is the load, or the requests."},
};

inline constexpr ParamSpec kHealthCheck[] = {
    {.name = "type", .type = ParamType::choice, .required = true, .choices = "off,tcp,tls,http",
     .doc = "tcp: it takes a connection. tls: and shakes hands. http: and answers GET of path; over TLS where the "
            "backend's row says tls. The column check of a row goes before this."},
    {.name = "path", .default_value = "/", .doc = "What http asks for."},
    {.name = "host", .doc = "Host field of http; unset, the backend's address."},
    {.name = "status", .default_value = "200-299", .doc = "Statuses that are good, also ranges, separated by blanks."},
    {.name = "body", .doc = "Text that has to be in the first 16 KB of the answer."},
    {.name = "interval", .type = ParamType::milliseconds, .default_value = "10s", .minimum = 100, .maximum = 3600000,
     .doc = "From one check to the next, a tenth more or less at random."},
    {.name = "timeout", .type = ParamType::milliseconds, .default_value = "5s", .minimum = 10, .maximum = 3600000,
     .doc = "For the whole check."},
    {.name = "rise", .type = ParamType::integer, .default_value = "2", .minimum = 1, .maximum = 1000,
     .doc = "Good checks in a row that make a backend usable again."},
    {.name = "fall", .type = ParamType::integer, .default_value = "3", .minimum = 1, .maximum = 1000,
     .doc = "Bad checks in a row that make it unusable."},
};

inline constexpr ParamSpec kTcpConnector[] = {
    {.name = "name", .required = true, .doc = "Name of the listener. Without listen the address to bind."},
    {.name = "port", .type = ParamType::integer, .required = true, .minimum = 1, .maximum = 65535,
     .doc = "Port clients use. Without listen also the port to bind."},
    {.name = "listen", .doc = "address:port to bind when it differs from name:port."},
    {.name = "routing", .doc = "Name of the Routing whose backends get the connections that no Route speaks of."},
    {.name = "app", .default_value = "default", .doc = "The app of it."},
    {.name = "tls", .type = ParamType::choice, .default_value = "off", .choices = "off,route,terminate",
     .doc = "off: bytes. route: the client's first bytes are looked at for the server name and protocols of a TLS "
            "handshake, by which Routes choose, and passed on as they are. terminate: TLS ends here."},
    {.name = "certificate", .doc = "PEM file with certificate and chain, for terminate; read again when it changes."},
    {.name = "key", .doc = "PEM file of its key; unset, in the file of certificate."},
    {.name = "alpn", .doc = "Protocols offered with terminate, in order of preference, such as \"h2 http/1.1\"."},
    {.name = "proxyProtocol", .type = ParamType::choice, .default_value = "off", .choices = "off,optional,required",
     .doc = "Whether connections of trustedProxies begin with a PROXY protocol header (version 1 or 2), which then "
            "says who the client is. required: one without is refused, and so is every other peer."},
    {.name = "trustedProxies", .doc = "Networks whose PROXY protocol headers are believed."},
    {.name = "clients", .default_value = "0.0.0.0/0 ::/0", .doc = "Networks whose clients are let in."},
    {.name = "handshakeTimeout", .type = ParamType::milliseconds, .default_value = "10s", .minimum = 10,
     .maximum = 3600000, .doc = "For the PROXY header, the first bytes and the TLS handshake together."},
    {.name = "connectTimeout", .type = ParamType::milliseconds, .default_value = "5s", .minimum = 1, .maximum = 3600000,
     .doc = "For the connection to one backend, its TLS included."},
    {.name = "connectAttempts", .type = ParamType::integer, .default_value = "3", .minimum = 1, .maximum = 8,
     .doc = "How many backends are tried."},
    {.name = "idleTimeout", .type = ParamType::milliseconds, .default_value = "10m", .minimum = 1,
     .maximum = 2592000000, .choices = "off", .doc = "A connection without a byte in either direction ends."},
    {.name = "halfClosedTimeout", .type = ParamType::milliseconds, .default_value = "60s", .minimum = 1,
     .maximum = 604800000, .doc = "The same once one of its ends has finished sending."},
    {.name = "writeTimeout", .type = ParamType::milliseconds, .default_value = "60s", .minimum = 1,
     .maximum = 604800000, .doc = "An end that takes nothing for so long, although there is something for it."},
    {.name = "maxAge", .type = ParamType::milliseconds, .default_value = "off", .minimum = 1000,
     .maximum = 31536000000, .choices = "off", .doc = "A connection ends at this age, whatever it does."},
    {.name = "halfClose", .type = ParamType::boolean, .default_value = "on",
     .doc = "off: when one end has finished sending, the connection ends."},
    {.name = "maxConnections", .type = ParamType::integer, .default_value = "10000", .minimum = 1, .maximum = 1000000,
     .doc = "Connections of one child process."},
    {.name = "maxConnectionsPerClient", .type = ParamType::integer, .default_value = "256", .minimum = 1,
     .maximum = 1000000, .doc = "Connections of one client's address in one child process."},
};

inline constexpr ParamSpec kRoute[] = {
    {.name = "serverName",
     .doc = "GLOBs of the name in the TLS handshake (SNI): \"*.example.org\". Unset: any, or none."},
    {.name = "alpn", .doc = "Protocols one of which the client offers. Unset: any."},
    {.name = "routing", .doc = "Name of the Routing; unset, the TcpConnector's."},
    {.name = "app", .doc = "App of it; unset, the TcpConnector's. \"-\": the connection is refused."},
};

}  // namespace navajo::config
