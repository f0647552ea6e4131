#include "navajo/cli/init/texts.h"

#include "navajo/config/text.h"

namespace navajo::cli::init {
namespace {

bool is_ipv6(const std::string& host) { return host.find(':') != host.npos; }

// Colons do not belong into names of files.
std::string file_stem(const Wish& wish) {
  std::string stem = wish.host;
  for (char& c : stem)
    if (c == ':') c = '_';
  return stem;
}

std::string addresses(const Wish& wish) {
  std::string out;
  for (const Backend& backend : wish.backends) out += (out.empty() ? "" : " ") + backend.address;
  return out;
}

std::string param(const char* name, const std::string& value, const char* indent = "    ") {
  return std::string(indent) + "<init-param>\n" + indent + "  <param-name>" + name + "</param-name>\n" + indent +
         "  <param-value>" + config::xml_escaped(value) + "</param-value>\n" + indent + "</init-param>\n";
}

std::string component(const char* kind, const char* name, const char* class_name, const std::string& params) {
  const std::string k = kind;
  return "  <" + k + ">\n    <" + k + "-name>" + name + "</" + k + "-name>\n    <" + k + "-class>" + class_name + "</" +
         k + "-class>\n" + params + "  </" + k + ">\n";
}

std::string mapping(const char* kind, const char* name, const char* pattern) {
  const std::string k = kind;
  return "  <" + k + "-mapping>\n    <" + k + "-name>" + name + "</" + k + "-name>\n    <url-pattern>" + pattern +
         "</url-pattern>\n  </" + k + "-mapping>\n";
}

std::string login_filters() {
  return "\n  <!-- Only users who have logged in get further. Who they are is told to the backend in X-User and "
         "X-Roles; "
         "what clients\n       send under these names is removed. To leave pages open to everybody, give the two "
         "mappings below a narrower url-pattern. -->\n" +
         component("filter", "Session", "SessionManagementFilter", param("Servlet", "Sessions")) +
         component("filter", "Login", "IdentityCreationFilter",
                   param("AuthenticationServlet", "Users") + param("LoginRendererServlet", "Pages") +
                       param("LogoutPath", "^/logout$")) +
         component("filter", "Identity", "DelegationFilter",
                   param("DelegateHeader",
                         "\n        AUTH:user.auth.UserId:X-User\n        "
                         "AUTH:user.auth.SecurityRoles:X-Roles\n      "));
}

std::string login_servlets() {
  return "\n  <!-- Sessions live in memory that all processes share; they survive reloads and crashes of a process. "
         "Who "
         "may log in is in\n       users.txt: `htpasswd -nBC 12 NAME` makes a line. -->\n" +
         component("servlet", "Sessions", "LocalSessionStoreServlet",
                   param("MemorySize", "32M") + param("MaxLifetime", "12h") + param("MaxInactiveInterval", "30m")) +
         component("servlet", "Users", "FileAuthenticationServlet", param("UsersFile", "users.txt")) +
         component("servlet", "Pages", "LoginRendererServlet", "");
}

}  // namespace

std::string certificate_file(const Wish& wish) { return "tls/" + file_stem(wish) + ".pem"; }
std::string key_file(const Wish& wish) { return "tls/" + file_stem(wish) + ".key"; }

std::string url_of(const Wish& wish) {
  const std::string host = is_ipv6(wish.host) ? "[" + wish.host + "]" : wish.host;
  return "https://" + host + (wish.port == 443 ? "" : ":" + std::to_string(wish.port)) + "/";
}

std::string console_url_of(const Wish& wish) {
  return "http://" + std::string(kConsoleHost) + ":" + std::to_string(wish.console_port) + "/";
}

std::string navajo_xml(const Wish& wish) {
  const std::string port = std::to_string(wish.port);
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<!-- " +
      url_of(wish) + " with " + addresses(wish) +
      " behind it, made by `navajo init`. Change what you like:\n"
      "     `navajo check` tells every mistake with its line, `navajo reload` puts the change to work.\n"
      "     All elements and attributes: docs/reference/configuration.md, or `navajo config reference`. -->\n"
      "<Navajo>\n"
      "  <Service name=\"" +
      wish.host +
      "\">\n"
      "    <!-- An attribute of Server or Connector that begins with a capital is an httpd directive, for example\n"
      "         KeepAliveTimeout=\"30\" or ErrorLog=\"logs/error.log\"; without these, logs are in the run directory. "
      "-->\n"
      "    <Server ServerTokens=\"Prod\"/>\n\n"
      "    <!-- Where clients connect. listen: the address and port of this machine; name and port: what clients ask "
      "for. Ports\n         below 1024 need root. -->\n"
      "    <Connector name=\"" +
      wish.host + "\" port=\"" + port + "\" listen=\"" + wish.listen + ":" + port +
      "\">\n"
      "      <!-- Signed by itself: browsers warn. Put a certificate of your CA, with its chain, in its place. -->\n"
      "      <SSL SSLCertificateFile=\"" +
      certificate_file(wish) + "\" SSLCertificateKeyFile=\"" + key_file(wish) + "\"/>\n    </Connector>\n";
  if (wish.http_port)
    out +=
        "    <!-- Sends browsers that come without TLS to the Connector above: unsecureConnection below. -->\n"
        "    <Connector name=\"" +
        wish.host + "\" port=\"" + std::to_string(wish.http_port) + "\" listen=\"" + wish.listen + ":" +
        std::to_string(wish.http_port) + "\"/>\n";
  if (wish.console_port) {
    const std::string console = std::to_string(wish.console_port);
    out += "    <!-- The admin console, for this machine alone: " + console_url_of(wish) +
           "; who may use it: admin/WEB-INF/tokens.txt. -->\n    <Connector name=\"" + kConsoleHost + "\" port=\"" +
           console + "\" listen=\"127.0.0.1:" + console + "\"/>\n";
  }
  out +=
      "\n    <!-- Which application answers which host name. defaultHost answers for names that no Host has; without "
      "it "
      "they get 421. -->\n"
      "    <Engine defaultHost=\"" +
      wish.host + "\">\n      <Host name=\"" + wish.host +
      "\">\n"
      "        <!-- The application: site/WEB-INF/web.xml. limitRequestBody: the largest upload. -->\n"
      "        <Context docBase=\"site\" limitRequestBody=\"10M\"" +
      (wish.http_port ? " unsecureConnection=\"redirect\"" : "") +
      "/>\n"
      "      </Host>\n";
  if (wish.console_port)
    out += "      <Host name=\"" + std::string(kConsoleHost) +
           "\">\n        <Context docBase=\"admin\"/>\n      </Host>\n";
  return out + "    </Engine>\n  </Service>\n</Navajo>\n";
}

std::string web_xml(const Wish& wish) {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<!-- What is done with a request: filters in the order of their mappings, then the servlet of the longest "
      "pattern. "
      "What each\n     can be told: `navajo config reference CLASS`. -->\n<web-app>\n";
  if (!wish.user.empty())
    out += login_filters() + "\n" + mapping("filter", "Session", "/*") + mapping("filter", "Login", "/*") +
           mapping("filter", "Identity", "/*");
  std::string params = param("InetAddress", addresses(wish));
  if (wish.tls_to_backend && !wish.backend_ca.empty()) params += param("SSLCACertificateFile", wish.backend_ca);
  if (wish.websockets) params += param("Upgrade", "websocket");
  out += std::string("\n  <!-- Everything goes to the backend.") +
         (wish.backends.size() > 1 ? " The first address gets all requests, the others stand by; LoadBalancing true "
                                     "has them\n       take turns."
                                   : " More addresses, separated by blanks, stand by for the first.") +
         (wish.tls_to_backend
              ? " Its certificate is verified against " +
                    std::string(wish.backend_ca.empty() ? "the system's CAs" : "SSLCACertificateFile") + "."
              : "") +
         "\n       It sees Host: its own address. If it makes links from the Host field, add HostName with the value\n"
         "       ENV:HTTP_Host; and it sees the client's." +
         (wish.websockets ? "" : " WebSockets: add Upgrade with the value websocket.") + " -->\n" +
         component("servlet", "Application", wish.tls_to_backend ? "HttpsConnectorServlet" : "HttpConnectorServlet",
                   params);
  if (!wish.user.empty()) out += login_servlets();
  return out + "\n" + mapping("servlet", "Application", "/*") + "</web-app>\n";
}

std::string console_web_xml(const Wish& wish) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<!-- The web console at / and the admin API under /api/v1. AllowFrom is loopback, if nothing is said; from "
         "another\n     machine: ssh -L " +
         std::to_string(wish.console_port) + ":127.0.0.1:" + std::to_string(wish.console_port) +
         " SERVER. docs/admin-console.md -->\n<web-app>\n" +
         component("servlet", "Admin", "AdminServlet",
                   param("TokenFile", "tokens.txt") + param("Hosts", kConsoleHost) +
                       param("Port", std::to_string(wish.console_port))) +
         mapping("servlet", "Admin", "/*") + "</web-app>\n";
}

std::string tokens_file(const std::string& line) {
  return "# ROLE NAME SHA256, a line for each token: `navajo admin-token --role operator --file THIS NAME` adds one\n" +
         line;
}

std::string users_file(const Wish& wish, const std::string& hash) {
  return "# name:hash[:role,role[:attribute=value;attribute=value]]\n" + wish.user + ":" + hash + ":user\n";
}

}  // namespace navajo::cli::init
