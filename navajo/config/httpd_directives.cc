#include "navajo/config/httpd_directives.h"

#include "navajo/config/error_text.h"
#include "navajo/config/text.h"

namespace navajo::config {
namespace {

// What the access log says of a request: its id, its whole time in microseconds, the backend, the times spent there in
// milliseconds (total, connect, first byte) and, if it was refused, why. The variables are set by the connector and
// the container; modules/mod_navajo/request_log.cc makes others for a format that names them.
constexpr std::string_view kNavajoLogFormat =
    R"("%a %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\" id=%L us=%D backend=%{inetAB}e dTB=%{dTB}e )"
    R"(dTcB=%{dTcB}e dTr1B=%{dTr1B}e cause=%{NAVAJO_CAUSE}e" navajo)";

class Writer {
 public:
  explicit Writer(const NavajoXml& navajo) : service_(navajo.service) {}

  std::vector<DirectiveLine> write() {
    main_server();
    listeners();
    for (const ConnectorElement& connector : service_.connectors) virtual_host(connector);
    for (const ForwardProxyElement& proxy : service_.forward_proxies) forward_proxy(proxy);
    for (const TcpConnectorElement& connector : service_.tcp_connectors) tcp_connector(connector);
    return std::move(lines_);
  }

 private:
  void line(std::string text, const Position& where) {
    lines_.push_back({std::string(indent_, ' ') + std::move(text), where});
  }
  void open(const std::string& section, const Position& where) {
    line("<" + section + ">", where);
    indent_ += 2;
  }
  void close(const std::string& section, const Position& where) {
    indent_ -= 2;
    line("</" + section + ">", where);
  }

  void directive(const Directive& given) {
    const std::string name = same_word(given.name, "MaxClients") ? "MaxRequestWorkers" : given.name;
    line(given.value.empty() ? name : name + " " + given.value, given.where);
  }

  const Directive* server_directive(std::string_view name) const {
    for (const Directive& candidate : service_.server.directives)
      if (same_word(candidate.name, name)) return &candidate;
    return nullptr;
  }

  std::string server_name() const {
    if (service_.engine.default_host.given) return *service_.engine.default_host;
    if (!service_.connectors.empty()) return *service_.connectors.front().name;
    return service_.forward_proxies.empty() ? "localhost" : *service_.forward_proxies.front().name;
  }

  // Defaults first: an attribute that repeats one of them (ErrorDocument, LogFormat) comes later and wins.
  void main_server() {
    const Position& where = service_.server.where;
    if (!server_directive("ServerName")) line("ServerName " + quoted_argument(server_name()), where);
    line("LogFormat " + std::string(kNavajoLogFormat), where);
    logs_below_spool_dir();
    for (const StatusText& text : status_texts())
      line("ErrorDocument " + std::to_string(text.status) + " \"" + error_page_html(text, "%{REQUEST_LOG_ID}") + "\"",
           where);
    // Files of the server are nobody's business: what Navajo serves does not pass the directory walk.
    open("Directory \"/\"", where);
    line("Options None", where);
    line("AllowOverride None", where);
    line("Require all denied", where);
    close("Directory", where);
    for (const DirectiveLine& given : service_.server_template) line(given.text, given.where);
    for (const Directive& given : service_.server.directives) directive(given);
  }

  void logs_below_spool_dir() {
    if (!service_.spool_dir.given) return;
    const std::string logs = *service_.spool_dir + "/logs/";
    if (!server_directive("ErrorLog"))
      line("ErrorLog " + quoted_argument(logs + "apache.log"), service_.spool_dir.where);
    if (!server_directive("CustomLog"))
      line("CustomLog " + quoted_argument(logs + "access.log") + " navajo", service_.spool_dir.where);
  }

  static std::string host_line(std::string text, const ConnectorElement& connector) {
    const std::string port = *connector.port == 0 ? "" : std::to_string(*connector.port);
    for (const auto& [name, value] : {std::pair<std::string_view, std::string>{"${CONNECTOR_NAME}", *connector.name},
                                      {"${CONNECTOR_PORT}", port},
                                      {"${CONNECTOR_ADDRESS}", connector.address()}})
      for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size()))
        text.replace(at, name.size(), value);
    return text;
  }

  void listeners() {
    for (const ConnectorElement& connector : service_.connectors)
      if (connector.listens())
        line("Listen " + connector.address(), connector.listen.given ? connector.listen.where : connector.where);
    for (const ForwardProxyElement& proxy : service_.forward_proxies)
      line("Listen " + proxy.address(), proxy.listen.given ? proxy.listen.where : proxy.where);
    // A protocol httpd has no accept filter for: the kernel would hold back a client that waits for the server to
    // speak.
    for (const TcpConnectorElement& connector : service_.tcp_connectors)
      line("Listen " + connector.address() + " tcp", connector.listen.given ? connector.listen.where : connector.where);
  }

  void virtual_host(const ConnectorElement& connector) {
    const Position& where = connector.where;
    open("VirtualHost " + connector.address(), where);
    std::string public_name = (connector.ssl ? "https://" : "http://") + *connector.name;
    if (*connector.port != 0) public_name += ":" + std::to_string(*connector.port);
    line("ServerName " + quoted_argument(public_name), connector.name.where);
    for (const std::string& alias : *connector.server_alias)
      line("ServerAlias " + quoted_argument(alias), connector.server_alias.where);
    for (const DirectiveLine& given : service_.host_template) line(host_line(given.text, connector), given.where);
    if (connector.ssl)
      for (const Directive& given : connector.ssl->directives) directive(given);
    for (const Directive& given : connector.directives) directive(given);
    close("VirtualHost", where);
  }

  // What the proxy makes of a request follows the section's rules: a CONNECT has the path "/" to httpd, too.
  void forward_proxy(const ForwardProxyElement& proxy) {
    const Position& where = proxy.where;
    open("VirtualHost " + proxy.address(), where);
    line("ServerName " + quoted_argument("http://" + *proxy.name + ":" + std::to_string(*proxy.port)),
         proxy.name.where);
    for (const Directive& given : proxy.directives) directive(given);
    if (!proxy.access.empty()) {
      open("Location \"/\"", where);
      for (const Directive& given : proxy.access) directive(given);
      close("Location", where);
    }
    close("VirtualHost", where);
  }

  // There for its listener; no request ever comes to it.
  void tcp_connector(const TcpConnectorElement& connector) {
    open("VirtualHost " + connector.address(), connector.where);
    line("ServerName " + quoted_argument("tcp://" + *connector.name + ":" + std::to_string(*connector.port)),
         connector.name.where);
    line("Protocols http/1.1", connector.where);
    close("VirtualHost", connector.where);
  }

  const ServiceElement& service_;
  std::vector<DirectiveLine> lines_;
  size_t indent_ = 0;
};

}  // namespace

std::string quoted_argument(std::string_view argument) {
  std::string out = "\"";
  for (const char c : argument) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::vector<DirectiveLine> httpd_directives(const NavajoXml& navajo) { return Writer(navajo).write(); }

}  // namespace navajo::config
