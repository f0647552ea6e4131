#include "navajo/cli/inventory/inventory.h"

#include <strings.h>

#include <charconv>
#include <filesystem>

#include "navajo/config/text.h"
#include "navajo/connector/address.h"

namespace navajo::cli::inventory {
namespace {

using Kind = OtherFile::Kind;

// "0.0.0.0:8443", "[::]:443", "8443"
Listener listener_of(const std::string& address, const std::string& what) {
  Listener out;
  out.what = what;
  const size_t colon = address.rfind(':');
  const std::string port = colon == address.npos ? address : address.substr(colon + 1);
  out.address = colon == address.npos ? "0.0.0.0" : address.substr(0, colon);
  if (out.address.size() > 2 && out.address.front() == '[') out.address = out.address.substr(1, out.address.size() - 2);
  if (out.address == "*" || out.address.empty()) out.address = "0.0.0.0";
  std::from_chars(port.data(), port.data() + port.size(), out.port);
  return out;
}

std::string unquoted(const std::string& value) {
  const bool quoted =
      value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
  return quoted ? value.substr(1, value.size() - 2) : value;
}

std::string below(const std::string& folder, const std::string& path) {
  if (path.empty() || path.starts_with("/") || path.starts_with("pkcs11:")) return path;
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

std::string directive(const std::vector<config::Directive>& directives, const char* name) {
  for (const config::Directive& one : directives)
    if (strcasecmp(one.name.c_str(), name) == 0) return unquoted(one.value);
  return "";
}

class Taker {
 public:
  Taker(const config::NavajoXml& navajo, const container::Catalogue& catalogue) : navajo_(navajo) {
    folder_ = std::filesystem::path(navajo.file).parent_path().string();
    out_.components = components_of(navajo, catalogue);
  }

  Inventory take() {
    const config::ServiceElement& service = navajo_.service;
    for (const config::ConnectorElement& one : service.connectors) connector(one);
    for (const config::ForwardProxyElement& one : service.forward_proxies) forward_proxy(one);
    for (const config::TcpConnectorElement& one : service.tcp_connectors) tcp_connector(one);
    for (const config::RoutingElement& one : service.routings) routing(one);
    file(Kind::state, *service.limits.credits_file, "Limits creditsFile");
    for (size_t i = 0; i < out_.components.size(); i++) component(i);
    out_.shared_memory += *service.core.memory_size + *service.limits.memory + *service.limits.memory / 4;
    for (const config::RulesElement& one : service.rules) out_.shared_memory += *one.memory;
    return std::move(out_);
  }

 private:
  void file(Kind kind, const std::string& path, const std::string& what) {
    if (!path.empty()) out_.files.push_back({kind, path, what});
  }
  void certificate(CertificateFile::Kind kind, const std::string& certificate, const std::string& key,
                   const std::string& what) {
    if (certificate.empty() || certificate.starts_with("pkcs11:")) return;
    out_.certificates.push_back({kind, certificate, key, what});
    file(Kind::secret, key.empty() ? certificate : key, what + (key.empty() ? ": certificate and key" : ": key"));
  }

  void connector(const config::ConnectorElement& one) {
    const std::string what = "Connector " + *one.name + ":" + std::to_string(*one.port);
    if (one.listens()) out_.listeners.push_back(listener_of(one.address(), what));
    if (!one.ssl) return;
    certificate(CertificateFile::Kind::server, below(folder_, directive(one.ssl->directives, "SSLCertificateFile")),
                below(folder_, directive(one.ssl->directives, "SSLCertificateKeyFile")), what);
  }
  void forward_proxy(const config::ForwardProxyElement& one) {
    const std::string what = "ForwardProxy " + *one.name;
    out_.listeners.push_back(listener_of(one.address(), what));
    certificate(CertificateFile::Kind::ca, *one.ca_certificate, *one.ca_key, what);
  }
  void tcp_connector(const config::TcpConnectorElement& one) {
    const std::string what = "TcpConnector " + *one.name;
    out_.listeners.push_back(listener_of(one.address(), what));
    certificate(CertificateFile::Kind::server, *one.certificate, *one.key, what);
  }
  void routing(const config::RoutingElement& one) {
    const std::string what = "Routing " + *one.name;
    file(Kind::database, *one.database, what + " database");
    file(Kind::geo, *one.geo_database, what + " geoDatabase");
    for (const std::string& address : *one.backends) backend(address, 80, false, "", SIZE_MAX, what);
  }

  void backend(const std::string& text, uint16_t port, bool tls, const std::string& prefix, size_t component,
               const std::string& what) {
    const auto parsed = connector::parse_addresses(text, port);
    if (!parsed.ok()) return;  // made for each request out of parts of it
    for (const connector::BackendAddress& address : *parsed)
      // A Routing's may be those of a TcpConnector.
      out_.backends.push_back(
          {address.host, address.port, tls, prefix, component, what, address.text, component != SIZE_MAX});
  }

  void component(size_t index) {
    const Component& one = out_.components[index];
    const std::string what = one.owner();
    std::string prefix;
    for (const config::ParamSpec& spec : one.specs)
      if (const std::string_view name(spec.name); name.ends_with("CACertificateFile"))
        prefix = name.substr(0, name.size() - std::string_view("CACertificateFile").size());
    bool tls = !prefix.empty() && one.knows(prefix + "VerifyPeer");
    if (one.knows("Secure")) tls = config::same_word(one.text("Secure"), "true");
    if (one.knows("SSL")) {
      tls = one.text("SSL") == "on";
      if (one.text("SSL") == "auto")
        for (const auto& [name, value] : one.given) tls = tls || (name.starts_with(prefix) && name != "SSL");
    }
    if (one.knows("InetAddress")) backend(one.text("InetAddress"), tls ? 443 : 80, tls, prefix, index, what);
    if (tls)
      certificate(CertificateFile::Kind::client, below(one.web_inf, one.text(prefix + "ClientCertificateFile")),
                  below(one.web_inf, one.text(prefix + "ClientKeyFile")), what);
    for (const char* name : {"UsersFile", "TokenFile"})
      if (one.knows(name)) file(Kind::secret, below(one.web_inf, one.text(name)), what + " " + name);
    if (one.class_name == "LocalSessionStoreServlet")
      for (const config::ParamSpec& spec : one.specs)
        if (std::string_view(spec.name) == "MemorySize")
          out_.shared_memory += static_cast<uint64_t>(config::parse_value(spec, one.text("MemorySize")).number);
  }

  const config::NavajoXml& navajo_;
  std::string folder_;
  Inventory out_;
};

}  // namespace

std::string Listener::text() const {
  return (address.find(':') == address.npos ? address : "[" + address + "]") + ":" + std::to_string(port);
}

Inventory take_inventory(const config::NavajoXml& navajo, const container::Catalogue& catalogue) {
  return Taker(navajo, catalogue).take();
}

}  // namespace navajo::cli::inventory
