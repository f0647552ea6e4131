// The table of haproxy.cc. Names of two words where the first one says too little.
#pragma once

#include "navajo/cli/migration/notes.h"

namespace navajo::cli::migration {

// What of a directive's words is looked at together with its name.
inline constexpr std::string_view kHaproxyFamilies[] = {
    "http-request", "http-response", "http-after-response", "tcp-request", "tcp-response", "option",
    "timeout",      "http-check",    "tcp-check",           "stats",       "stick"};

inline constexpr NoteRow kHaproxyRows[] = {
    {"timeout connect", Outcome::taken, Guards::no, "ConnectTimeout of connectors, connectTimeout of TcpConnector"},
    {"timeout server", Outcome::taken, Guards::no, "RequestTimeout of connectors, idleTimeout of TcpConnector"},
    {"timeout queue", Outcome::taken, Guards::no, "MaxConnections.WaitTimeout of connectors"},
    {"timeout tunnel", Outcome::taken, Guards::no, "Upgrade.IdleTimeout of connectors, idleTimeout of TcpConnector"},
    {"timeout client", Outcome::not_needed, Guards::no, "Timeout of Server is 60 s without progress"},
    {"timeout http-request", Outcome::not_needed, Guards::no, "RequestReadTimeout of Server bounds it"},
    {"timeout http-keep-alive", Outcome::not_needed, Guards::no, "KeepAliveTimeout of Server bounds it"},
    {"timeout *", Outcome::not_needed, Guards::no, "every wait has a limit of its own"},
    {"mode", Outcome::taken, Guards::no, "http: Connector and Host; tcp: TcpConnector and Routing"},
    {"acl", Outcome::taken, Guards::no, "where a use_backend that was taken names it"},
    {"balance", Outcome::taken, Guards::no, "where a Routing is, its policy; connectors take turns"},
    {"default-server", Outcome::not_taken, Guards::no, "write its settings into the connectors"},
    {"http-request deny", Outcome::not_taken, Guards::access, "a rule that blocks (docs/reference/rules.md)"},
    {"http-request reject", Outcome::not_taken, Guards::access, "a rule that blocks (docs/reference/rules.md)"},
    {"http-request tarpit", Outcome::not_taken, Guards::access, "a rule that blocks (docs/reference/rules.md)"},
    {"http-request silent-drop", Outcome::not_taken, Guards::access, "a rule that blocks (docs/reference/rules.md)"},
    {"http-request auth", Outcome::not_taken, Guards::access,
     "IdentityCreationFilter with a FileAuthenticationServlet (navajo init --user shows it)"},
    {"http-request allow", Outcome::not_taken, Guards::access, "a rule with <pass> (docs/reference/rules.md)"},
    {"http-request lua*", Outcome::not_taken, Guards::access, "see what the script does; a rule may do it"},
    {"http-request track-sc*", Outcome::not_taken, Guards::rate, "a rule with <rate> (docs/reference/rules.md)"},
    {"http-request sc-*", Outcome::not_taken, Guards::rate, "a rule with <rate> (docs/reference/rules.md)"},
    {"http-request set-src", Outcome::not_taken, Guards::access, "NavajoTrustedProxies of Server"},
    {"http-request redirect", Outcome::not_taken, Guards::no, "a rule that redirects (docs/reference/rules.md)"},
    {"http-request *", Outcome::not_taken, Guards::no, "a rule (docs/reference/rules.md), or HeaderDelegationFilter"},
    {"http-response deny", Outcome::not_taken, Guards::access, "a rule of phase response (docs/reference/rules.md)"},
    {"http-response *", Outcome::not_taken, Guards::no, "Header=\"always set NAME VALUE\" of Connector, or a rule"},
    {"http-after-response *", Outcome::not_taken, Guards::no, "Header=\"always set NAME VALUE\" of Connector"},
    {"tcp-request inspect-delay", Outcome::not_needed, Guards::no, "handshakeTimeout of TcpConnector"},
    {"tcp-request connection", Outcome::not_taken, Guards::access, "clients of TcpConnector, or a rule that blocks"},
    {"tcp-request *", Outcome::not_taken, Guards::access, "clients of TcpConnector, or a rule that blocks"},
    {"tcp-response *", Outcome::not_taken, Guards::access, "nothing looks at what backends send over TCP"},
    {"stick-table", Outcome::not_taken, Guards::rate, "a rule with <rate>; for bindings a Routing"},
    {"stick *", Outcome::not_taken, Guards::no, "SessionResourceManager, or binding of Routing"},
    {"rate-limit", Outcome::not_taken, Guards::rate, "a rule with <rate> (docs/reference/rules.md)"},
    {"block", Outcome::not_taken, Guards::access, "a rule that blocks (docs/reference/rules.md)"},
    {"reqdeny", Outcome::not_taken, Guards::access, "a rule that blocks (docs/reference/rules.md)"},
    {"filter", Outcome::not_taken, Guards::access, "see what the filter does; rules may do it"},
    {"cookie", Outcome::not_taken, Guards::no, "SessionResourceManager keeps a session with its backend"},
    {"redirect", Outcome::not_taken, Guards::no, "a rule that redirects (docs/reference/rules.md)"},
    {"use-server", Outcome::not_taken, Guards::no, "a connector of its own"},
    {"server-template", Outcome::not_taken, Guards::no, "a Routing whose rows have names with SRV records"},
    {"fullconn", Outcome::not_needed, Guards::no, "MaxConnections of connectors"},
    {"maxconn", Outcome::not_needed, Guards::no, "maxConnections and MaxRequestWorkers bound it"},
    {"option forwardfor", Outcome::not_needed, Guards::no, "XForwardedFor is set by itself"},
    {"option accept-proxy", Outcome::not_taken, Guards::access, "RemoteIPProxyProtocol=\"On\" of Connector"},
    {"option httpchk", Outcome::not_needed, Guards::no, "connectors learn from requests; a Routing has HealthCheck"},
    {"option http-server-close", Outcome::not_needed, Guards::no, "KeepAlive of connectors"},
    {"option httpclose", Outcome::not_needed, Guards::no, "KeepAlive of connectors"},
    {"option *", Outcome::not_needed, Guards::no, "of HAProxy's own working"},
    {"no", Outcome::not_needed, Guards::no, "of HAProxy's own working"},
    {"http-check *", Outcome::not_needed, Guards::no, "connectors learn from requests; a Routing has HealthCheck"},
    {"tcp-check *", Outcome::not_needed, Guards::no, "a Routing has HealthCheck"},
    {"stats *", Outcome::not_needed, Guards::no, "navajo status, navajo top and the admin console"},
    {"monitor-uri", Outcome::not_needed, Guards::no, "StatusServlet"},
    {"log*", Outcome::not_needed, Guards::no, "CustomLog and ErrorLog of Server; without them in the run directory"},
    {"capture", Outcome::not_needed, Guards::no, "CustomLog of Server has any field"},
    {"unique-id-*", Outcome::not_needed, Guards::no, "every request has an id"},
    {"errorfile", Outcome::not_taken, Guards::no, "error-page of web.xml"},
    {"errorfiles", Outcome::not_taken, Guards::no, "error-page of web.xml"},
    {"compression", Outcome::not_taken, Guards::no, "httpd's mod_deflate, in a file for Include of the Connector"},
    {"retries", Outcome::not_needed, Guards::no, "ConnectionRetries of connectors, connectAttempts of TcpConnector"},
    {"retry-on", Outcome::not_needed, Guards::no, "RetryBudget of connectors"},
    {"http-reuse", Outcome::not_needed, Guards::no, "KeepAlive of connectors"},
    {"hash-type", Outcome::not_taken, Guards::no, "a Routing with policy=\"hash\""},
    {"description", Outcome::not_needed, Guards::no, "for people"},
    {"peers", Outcome::not_taken, Guards::no, "tables are shared by the processes of one machine (docs/scaling.md)"},
    {"userlist", Outcome::not_taken, Guards::no, "UsersFile of FileAuthenticationServlet"},
    {"cache", Outcome::not_taken, Guards::no, "nothing is cached; httpd's mod_cache can be"},
    {"resolvers", Outcome::not_needed, Guards::no, "the system's, in /etc/resolv.conf"},
};

inline constexpr NoteRow kHaproxyGlobalRows[] = {
    {"crt-base", Outcome::taken, Guards::no, "put before the names of certificates"},
    {"ca-base", Outcome::not_taken, Guards::no, "write SSLCACertificateFile with its whole path"},
    {"user", Outcome::not_taken, Guards::no, "User of Server, if root starts it"},
    {"group", Outcome::not_taken, Guards::no, "Group of Server, if root starts it"},
    {"ssl-default-bind-*", Outcome::not_taken, Guards::no,
     "SSLProtocol and SSLCipherSuite of SSL; TLS 1.2 is the oldest"},
    {"ssl-default-server-*", Outcome::not_taken, Guards::no,
     "SSLProtocol and SSLCipherSuites of HttpsConnectorServlet"},
    {"lua-load*", Outcome::not_taken, Guards::access, "see what the script does; rules may do it"},
    {"setenv", Outcome::not_taken, Guards::no, "variables are not put in their place"},
    {"presetenv", Outcome::not_taken, Guards::no, "variables are not put in their place"},
};

// Options of `server` lines that need nothing.
inline constexpr std::string_view kHaproxyServerWords[] = {"check",    "ssl",       "enabled",
                                                           "no-check", "check-ssl", "no-ssl"};
inline constexpr std::string_view kHaproxyServerPairs[] = {
    "inter",     "fastinter",      "downinter",       "rise", "fall",    "port",     "id",
    "resolvers", "resolve-prefer", "init-addr",       "alpn", "observe", "on-error", "error-limit",
    "slowstart", "pool-max-conn",  "pool-purge-delay"};

// `timeout WORD`, as a parameter of connectors and an attribute of TcpConnector; null: neither.
struct HaproxyTime {
  const char *word, *connector, *tcp;
};
inline constexpr HaproxyTime kHaproxyTimes[] = {
    {"connect", "ConnectTimeout", "connectTimeout"},
    {"server", "RequestTimeout", "idleTimeout"},
    {"queue", "MaxConnections.WaitTimeout", nullptr},
    {"tunnel", nullptr, "idleTimeout"},
};

// `balance WORD` as policy of Routing.
struct HaproxyPolicy {
  std::string_view word;
  const char* policy;
};
inline constexpr HaproxyPolicy kHaproxyPolicies[] = {
    {"roundrobin", "roundRobin"}, {"static-rr", "roundRobin"}, {"leastconn", "leastConnections"}, {"source", "hash"}};

}  // namespace navajo::cli::migration
