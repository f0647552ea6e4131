// The tables of nginx.cc, and what it hands from block to block.
#pragma once

#include "navajo/cli/migration/site.h"

namespace navajo::cli::migration {

struct NginxTimeRow {
  std::string_view name;
  const char* param;  // of connectors
};
inline constexpr NginxTimeRow kNginxTimes[] = {
    {"proxy_connect_timeout", "ConnectTimeout"},
    {"proxy_read_timeout", "RequestTimeout"},
};

// proxy_set_header FIELD VALUE is this parameter of connectors. value "": any; param "": done by itself.
struct NginxHeaderRow {
  const char *field, *value, *param, *becomes;
};
inline constexpr NginxHeaderRow kNginxHeaders[] = {
    {"host", "$host", "HostName", "ENV:HTTP_Host;"},
    {"host", "$http_host", "HostName", "ENV:HTTP_Host;"},
    {"host", "$host:$server_port", "HostName", "ENV:HTTP_Host;"},
    {"host", "$proxy_host", "", ""},
    {"x-real-ip", "$remote_addr", "XRealIP", "replace"},
    {"x-forwarded-for", "$proxy_add_x_forwarded_for", "XForwardedFor", "append"},
    {"x-forwarded-for", "$remote_addr", "", ""},
    {"x-forwarded-proto", "$scheme", "", ""},
    {"x-forwarded-host", "$host", "", ""},
    {"x-forwarded-host", "$http_host", "", ""},
    {"upgrade", "$http_upgrade", "Upgrade", "websocket"},
    {"connection", "", "", ""},
};

struct NginxTlsRow {
  std::string_view name;
  const char* attribute;  // of SSL
};
inline constexpr NginxTlsRow kNginxTls[] = {
    {"ssl_certificate", "SSLCertificateFile"},
    {"ssl_certificate_key", "SSLCertificateKeyFile"},
    {"ssl_client_certificate", "SSLCACertificateFile"},
    {"ssl_verify_client", "SSLVerifyClient"},
    {"ssl_verify_depth", "SSLVerifyDepth"},
    {"ssl_crl", "SSLCARevocationFile"},
    {"ssl_protocols", "SSLProtocol"},
    {"ssl_ciphers", "SSLCipherSuite"},
    {"ssl_prefer_server_ciphers", "SSLHonorCipherOrder"},
};

inline constexpr NoteRow kNginxRows[] = {
    {"allow", Outcome::not_taken, Guards::access, "<Location> with Require ip in a file for Include of the Connector"},
    {"deny", Outcome::not_taken, Guards::access, "<Location> with Require ip in a file for Include of the Connector"},
    {"satisfy", Outcome::not_taken, Guards::access,
     "<Location> with RequireAny in a file for Include of the Connector"},
    {"auth_basic*", Outcome::not_taken, Guards::access,
     "IdentityCreationFilter with a FileAuthenticationServlet (navajo init --user shows it)"},
    {"auth_*", Outcome::not_taken, Guards::access, "IdentityCreationFilter, with a servlet that asks who it is"},
    {"limit_except", Outcome::not_taken, Guards::access,
     "AllowMethods of the connector, allowedMethods of the Context"},
    {"limit_req*", Outcome::not_taken, Guards::rate, "a rule with <rate> (docs/reference/rules.md)"},
    {"limit_conn*", Outcome::not_taken, Guards::rate, "a rule with <concurrency>, or QosFilter"},
    {"limit_rate*", Outcome::not_taken, Guards::rate, "nothing slows answers down"},
    {"valid_referers", Outcome::not_taken, Guards::access, "a rule that blocks (docs/reference/rules.md)"},
    {"secure_link*", Outcome::not_taken, Guards::access, "nothing checks such links"},
    {"set_real_ip_from", Outcome::not_taken, Guards::access, "NavajoTrustedProxies of Server"},
    {"real_ip_*", Outcome::not_taken, Guards::access, "NavajoTrustedProxies of Server"},
    {"modsecurity*", Outcome::not_taken, Guards::access, "rules (docs/reference/rules.md), or mod_security2"},
    {"internal", Outcome::not_taken, Guards::access, "nothing is for internal redirects alone"},
    {"proxy_ssl_verify", Outcome::not_needed, Guards::no, "backends' certificates are verified unless told otherwise"},
    {"proxy_ssl_name", Outcome::not_taken, Guards::no, "SSLServerName of HttpsConnectorServlet"},
    {"proxy_ssl_server_name", Outcome::not_needed, Guards::no, "the name is sent"},
    {"proxy_ssl_certificate*", Outcome::not_taken, Guards::access, "SSLClientCertificateFile of HttpsConnectorServlet"},
    {"proxy_ssl_*", Outcome::not_taken, Guards::no, "SSL parameters of HttpsConnectorServlet"},
    {"proxy_send_timeout", Outcome::not_needed, Guards::no, "RequestTimeout is between any two writes as well"},
    {"proxy_http_version", Outcome::not_needed, Guards::no, "HTTP/1.1 is spoken to backends"},
    {"proxy_buffer*", Outcome::not_needed, Guards::no, "answers are streamed, with bounded buffers"},
    {"proxy_busy_buffers_size", Outcome::not_needed, Guards::no, "answers are streamed, with bounded buffers"},
    {"proxy_request_buffering", Outcome::not_needed, Guards::no, "bodies are streamed"},
    {"proxy_redirect", Outcome::not_needed, Guards::no, "RewriteLocation is on"},
    {"proxy_next_upstream*", Outcome::not_needed, Guards::no, "ConnectionRetries and RetryBudget bound second tries"},
    {"proxy_hide_header", Outcome::not_taken, Guards::no, "Header=\"unset NAME\" of Connector"},
    {"proxy_cache*", Outcome::not_taken, Guards::no, "nothing is cached; httpd's mod_cache can be"},
    {"proxy_cookie_*", Outcome::not_taken, Guards::no, "CookieManager, or RewriteFilter"},
    {"proxy_*", Outcome::not_taken, Guards::no, "see HttpConnectorServlet"},
    {"add_header", Outcome::not_taken, Guards::no, "Header=\"always set NAME VALUE\" of Connector"},
    {"return", Outcome::not_taken, Guards::no, "a rule that redirects or blocks (docs/reference/rules.md)"},
    {"rewrite", Outcome::not_taken, Guards::no, "RewriteFilter, or a rule that redirects"},
    {"root", Outcome::not_taken, Guards::no, "a DefaultServlet serves the files below docBase"},
    {"alias", Outcome::not_taken, Guards::no, "a DefaultServlet serves the files below docBase"},
    {"index", Outcome::not_taken, Guards::no, "welcome-file-list of web.xml, with a DefaultServlet"},
    {"try_files", Outcome::not_taken, Guards::no, "NoMatchFile of DefaultServlet"},
    {"error_page", Outcome::not_taken, Guards::no, "error-page of web.xml"},
    {"map", Outcome::not_taken, Guards::no, "a rule (docs/reference/rules.md)"},
    {"expires", Outcome::not_taken, Guards::no, "Header=\"always set Cache-Control ...\" of Connector"},
    {"split_clients", Outcome::not_taken, Guards::no, "a rule (docs/reference/rules.md)"},
    {"geo", Outcome::not_taken, Guards::access, "a rule with lists of networks (docs/reference/rules.md)"},
    {"set", Outcome::not_taken, Guards::no, "a rule, if what uses it is needed"},
    {"if", Outcome::not_taken, Guards::no, "a rule (docs/reference/rules.md)"},
    {"location", Outcome::not_taken, Guards::no, "a servlet-mapping by hand"},
    {"server", Outcome::not_taken, Guards::no, "it stands in a block that was not taken"},
    {"listen", Outcome::not_taken, Guards::no, "it stands in a block that was not taken"},
    {"ip_hash", Outcome::not_taken, Guards::no, "SessionResourceManager, or a Routing with binding=\"client\""},
    {"hash", Outcome::not_taken, Guards::no, "a Routing with policy=\"hash\""},
    {"least_conn", Outcome::not_taken, Guards::no,
     "requests are sent in turn; a Routing has policy=\"leastConnections\""},
    {"random", Outcome::not_taken, Guards::no, "requests are sent in turn; a Routing has policy=\"twoChoices\""},
    {"zone", Outcome::not_needed, Guards::no, "all processes share what they know of backends"},
    {"keepalive*", Outcome::not_needed, Guards::no, "KeepAlive of connectors and Server is on"},
    {"upstream", Outcome::not_taken, Guards::no, "nothing that was taken sends requests there"},
    {"stream", Outcome::not_taken, Guards::no, "TcpConnector and Routing"},
    {"mail", Outcome::not_taken, Guards::no, "not for mail"},
    {"ssl_session_*", Outcome::not_needed, Guards::no, "TLS sessions are shared and resumed"},
    {"ssl_trusted_certificate", Outcome::not_needed, Guards::no, "for OCSP stapling"},
    {"ssl_stapling*", Outcome::not_needed, Guards::no, "SSLUseStapling of SSL, if the CA still has OCSP"},
    {"ssl_dhparam", Outcome::not_needed, Guards::no, "ephemeral keys are on elliptic curves"},
    {"ssl_*", Outcome::not_taken, Guards::no, "directives of mod_ssl are attributes of SSL"},
    {"http2*", Outcome::not_needed, Guards::no, "Protocols of Connector says which are spoken"},
    {"gzip*", Outcome::not_taken, Guards::no, "httpd's mod_deflate, in a file for Include of the Connector"},
    {"fastcgi_*", Outcome::not_taken, Guards::no, "connectors speak HTTP to backends"},
    {"uwsgi_*", Outcome::not_taken, Guards::no, "connectors speak HTTP to backends"},
    {"client_header_*", Outcome::not_needed, Guards::no, "RequestReadTimeout and LimitRequestFieldSize of Server"},
    {"client_body_*", Outcome::not_needed, Guards::no, "RequestReadTimeout of Server; bodies are streamed"},
    {"large_client_header_buffers", Outcome::not_needed, Guards::no, "LimitRequestLine and LimitRequestFieldSize"},
    {"access_log", Outcome::not_needed, Guards::no, "CustomLog of Server; without it in the run directory"},
    {"error_log", Outcome::not_needed, Guards::no, "ErrorLog of Server; without it in the run directory"},
    {"log_format", Outcome::not_needed, Guards::no, "the format navajo has it all"},
    {"log_not_found", Outcome::not_needed, Guards::no, "of logs"},
    {"user", Outcome::not_taken, Guards::no, "User and Group of Server, if root starts it"},
    {"worker_*", Outcome::not_needed, Guards::no, "processes and threads are found by themselves"},
    {"events", Outcome::not_needed, Guards::no, "the reactor has one loop for each core"},
    {"multi_accept", Outcome::not_needed, Guards::no, "of nginx's own loop"},
    {"use", Outcome::not_needed, Guards::no, "of nginx's own loop"},
    {"accept_mutex", Outcome::not_needed, Guards::no, "of nginx's own loop"},
    {"pid", Outcome::not_needed, Guards::no, "in the run directory"},
    {"daemon", Outcome::not_needed, Guards::no, "navajo run --foreground"},
    {"load_module", Outcome::not_needed, Guards::no, "of nginx alone"},
    {"resolver*", Outcome::not_needed, Guards::no, "the system's, in /etc/resolv.conf"},
    {"sendfile*", Outcome::not_needed, Guards::no, "of nginx's own reading and writing"},
    {"tcp_no*", Outcome::not_needed, Guards::no, "of nginx's own reading and writing"},
    {"send_timeout", Outcome::not_needed, Guards::no, "Timeout of Server"},
    {"types*", Outcome::not_needed, Guards::no, "mime-mapping of web.xml"},
    {"default_type", Outcome::not_needed, Guards::no, "mime-mapping of web.xml"},
    {"server_tokens", Outcome::not_needed, Guards::no, "ServerTokens of Server is Prod"},
    {"server_names_hash_*", Outcome::not_needed, Guards::no, "of nginx alone"},
    {"variables_hash_*", Outcome::not_needed, Guards::no, "of nginx alone"},
    {"underscores_in_headers", Outcome::not_needed, Guards::no, "such fields are passed on"},
    {"charset", Outcome::not_taken, Guards::no, "CharsetFilter"},
};

// return and rewrite.
inline bool is_redirect_to_https(const Directive& d) {
  const std::string& where = d.word(1);
  const bool status = d.name != "return" || d.word(0).starts_with("3");
  return status && (where.starts_with("https://$host") || where.starts_with("https://$server_name") ||
                    where.starts_with("https://$http_host"));
}

// What blocks hand down to those within.
struct NginxScope {
  Params params;   // of connectors
  Params headers;  // params that proxy_set_header stands for: those of the innermost block that has any
  bool closed = false, lets_some_in = false;
  bool elsewhere = false;  // what is in it counts for requests that have no url-pattern
  HostSite* host = nullptr;
};

}  // namespace navajo::cli::migration
