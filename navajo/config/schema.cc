#include "navajo/config/schema.h"

namespace navajo::config {
namespace {

using enum ParamType;
using enum Occurs;
constexpr auto kFault = UnknownAttributes::fault;
constexpr auto kDirective = UnknownAttributes::directive;

// ---------------------------------------------------------------- navajo.xml
// In elements whose other attributes are httpd directives, ours start with a small letter and httpd's with a capital;
// a row of httpd's is here for its default and its meaning.

constexpr ParamSpec kNavajo[] = {
    {.name = "compat", .type = choice, .default_value = "strict", .choices = "strict,lenient",
     .doc = "lenient: elements, attributes, classes and init-params that Navajo does not know are reported as notices "
            "and skipped, for files written for another product. strict: they are faults."},
    {.name = "properties", .default_value = "bc.properties",
     .doc = "File of the properties, relative to the folder of navajo.xml; log.properties beside it is read as well. "
            "Only when it is named here it has to exist."},
};

constexpr ParamSpec kService[] = {
    {.name = "name", .default_value = "navajo", .doc = "Name of this instance on the status page."},
    {.name = "spoolDir",
     .doc = "Folder of the instance. With it, ErrorLog is logs/apache.log and CustomLog is logs/access.log below it "
            "unless Server says otherwise. Relative to the folder of navajo.xml."},
};

constexpr ParamSpec kCore[] = {
    {.name = "memorySize", .type = bytes, .default_value = "10M", .minimum = 0,
     .doc = "Accepted from older files. The configuration is kept in ordinary memory; the value has no effect and is "
            "answered with a notice."},
};

constexpr ParamSpec kReactor[] = {
    {.name = "enabled", .type = boolean, .default_value = "on",
     .doc = "off: connections stay on the threads of httpd's MPM, as they always do under prefork."},
    {.name = "threads", .type = integer, .default_value = "auto", .minimum = 1, .maximum = 64, .choices = "auto",
     .doc = "Event loops in each child process. auto: as many as there are processors."},
    {.name = "maxConnections", .type = integer, .default_value = "20000", .minimum = 1, .maximum = 1000000,
     .doc = "Client connections one child holds; beyond it the child accepts no more until one is closed."},
    {.name = "stack", .type = bytes, .default_value = "128K", .minimum = 65536, .maximum = 8388608,
     .doc = "Stack of a running request. Pages never touched cost nothing. Modules that run scripts need 256K."},
    {.name = "hibernateAfter", .type = milliseconds, .default_value = "5s", .minimum = 1, .maximum = 86400000,
     .choices = "off",
     .doc = "An idle plaintext connection gives all its memory but a few hundred bytes back after this time."},
    {.name = "drainTimeout", .type = milliseconds, .default_value = "300s", .minimum = 0, .maximum = 86400000,
     .doc = "After a graceful restart or stop, requests that still run are given this long."},
    {.name = "stallWarning", .type = milliseconds, .default_value = "100ms", .minimum = 1, .maximum = 3600000,
     .choices = "off", .doc = "A request that keeps its event loop busy for longer is named in the error log."},
    {.name = "stallLimit", .type = milliseconds, .default_value = "60s", .minimum = 1000, .maximum = 86400000,
     .choices = "off",
     .doc = "An event loop that does not move for longer is taken for dead, and the child process is ended."},
    {.name = "clientHalfClose", .type = choice, .default_value = "abort", .choices = "abort,serve",
     .doc = "A client that closes its sending side while its request runs. abort: it is gone, the backend call is "
            "cancelled. serve: it still wants the answer."},
    {.name = "scoreboard", .type = boolean, .default_value = "on",
     .doc = "Requests on event loops are shown by mod_status."},
};

constexpr ParamSpec kServer[] = {
    {.name = "ServerName", .doc = "Name of the main server; unset, the Engine's defaultHost or the first Connector's."},
    {.name = "User", .doc = "User of the child processes."},
    {.name = "Group", .doc = "Group of the child processes."},
    {.name = "MaxClients", .doc = "Older name of MaxRequestWorkers, and written as such."},
    {.name = "Timeout", .default_value = "60", .doc = "Seconds without progress between client and server."},
    {.name = "KeepAlive", .default_value = "On", .doc = "Several requests over one connection."},
    {.name = "KeepAliveTimeout", .default_value = "30", .doc = "Seconds an idle connection is kept."},
    {.name = "MaxKeepAliveRequests", .default_value = "10000", .doc = "Requests over one connection."},
    {.name = "RequestReadTimeout", .default_value = "header=20-40,MinRate=500 body=20,MinRate=500",
     .doc = "How slow a client may send: seconds, and bytes that earn one more."},
    {.name = "LimitRequestBody", .doc = "Largest request body in bytes; unset, httpd's own limit."},
    {.name = "LimitRequestLine", .doc = "Longest request line in bytes; unset, httpd's own limit."},
    {.name = "LimitRequestFields", .doc = "Most header fields of a request; unset, httpd's own limit."},
    {.name = "LimitRequestFieldSize", .doc = "Longest header field in bytes; unset, httpd's own limit."},
    {.name = "HttpProtocolOptions", .default_value = "Strict LenientMethods Require1.0",
     .doc = "What is taken for a request."},
    {.name = "ServerTokens", .default_value = "Prod", .doc = "What the Server field says."},
    {.name = "ServerSignature", .default_value = "Off", .doc = "A line about the server below pages httpd makes."},
    {.name = "TraceEnable", .default_value = "Off", .doc = "The method TRACE."},
    {.name = "UseCanonicalName", .default_value = "Off", .doc = "Whether redirects name the server or the Host field."},
    {.name = "LogLevel", .default_value = "notice", .doc = "Least important level that is logged."},
    {.name = "ErrorLog", .doc = "File or |program of the error log."},
    {.name = "ErrorLogFormat",
     .default_value = R"("[%{cu}t] [%-m:%l] [pid %P:tid %T] [id\ %L] [client\ %a] %E: %M")",
     .doc = "A line of the error log; %L is the request id."},
    {.name = "LogFormat", .doc = "One more format for CustomLog; the format 'navajo' is always there."},
    {.name = "CustomLog", .doc = "File or |program of the access log, and its format: \"logs/access.log navajo\"."},
    {.name = "Include", .doc = "A file of httpd directives, read at this place."},
};

constexpr ParamSpec kConnector[] = {
    {.name = "name", .required = true, .doc = "Name clients use. Without listen also the address to bind."},
    {.name = "port", .type = integer, .required = true, .minimum = 1, .maximum = 65535,
     .doc = "Port clients use. Without listen also the port to bind."},
    {.name = "listen", .doc = "address:port to bind when it differs from name:port, such as \"192.0.2.7:8443\"."},
    {.name = "nameVirtualHost",
     .doc = "Instead of listen: the address:port that another Connector listens on. The two are told apart by name."},
    {.name = "serverAlias", .doc = "More names, separated by blanks; \"*.example.org\" stands for all names below."},
};

constexpr ParamSpec kSsl[] = {
    {.name = "SSLCertificateFile", .required = true, .doc = "PEM file with the certificate and its chain."},
    {.name = "SSLCertificateKeyFile", .doc = "PEM file with the key, if it is not in SSLCertificateFile."},
    {.name = "SSLEngine", .default_value = "on", .doc = "TLS on this Connector."},
    {.name = "SSLProtocol", .default_value = "-all +TLSv1.2 +TLSv1.3", .doc = "Versions of TLS."},
};

constexpr ParamSpec kEngine[] = {
    {.name = "defaultHost",
     .doc = "Host that answers requests whose Host field is missing or unknown. Unset, they are refused with 421."},
};

constexpr ParamSpec kHost[] = {
    {.name = "name", .required = true, .doc = "The name in the Host field of requests."},
    {.name = "serverAlias", .doc = "More names, separated by blanks; \"*.example.org\" stands for all names below."},
};

constexpr ParamSpec kContext[] = {
    {.name = "path", .default_value = "/", .doc = "The part of the URL space below which the application lives."},
    {.name = "docBase", .required = true,
     .doc = "Folder of the application, with WEB-INF/web.xml. Relative to the folder of navajo.xml."},
};

constexpr ElementSpec kNavajoXml[] = {
    {"Navajo", "", one, kFault, kNavajo, "The whole configuration."},
    {"Service", "Navajo", one, kFault, kService, "One server instance."},
    {"Core", "Service", optional, kFault, kCore, "Memory of the configuration."},
    {"Reactor", "Service", optional, kFault, kReactor,
     "How connections are served: by a few event loops per process instead of a thread each."},
    {"Server", "Service", optional, kDirective, kServer,
     "Settings of the server as a whole. Every attribute is the httpd directive of that name, also those not listed."},
    {"Connector", "Service", at_least_one, kDirective, kConnector,
     "An address that is listened on: one httpd virtual host. Attributes not listed are httpd directives in it."},
    {"SSL", "Connector", optional, kDirective, kSsl,
     "Makes the Connector speak TLS. Attributes not listed are directives of mod_ssl."},
    {"Engine", "Service", one, kFault, kEngine, "The container of the hosts."},
    {"Host", "Engine", at_least_one, kFault, kHost, "The applications of one host name."},
    {"Context", "Host", at_least_one, kFault, kContext, "One web application."},
};

// ---------------------------------------------------------------- web.xml
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

std::span<const ElementSpec> navajo_xml_schema() { return kNavajoXml; }
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
