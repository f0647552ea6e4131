#include "modules/mod_navajo/certificates.h"

#include <vector>

#include "modules/mod_navajo/configuration.h"
#include "navajo/observe/log.h"
#include "navajo/tls/certificate_end.h"

namespace navajo::glue {
namespace {

void add(std::vector<observe::CertificateEnd>& out, const std::string& name, const std::string& path) {
  const auto end = tls::certificate_end(path);
  if (end.ok())
    out.push_back({name, "server", *end});
  else
    observe::log(observe::id::certificate_unreadable, "the end of a certificate of %s is not known: %s", name.c_str(),
                 end.error().text.c_str());
}

}  // namespace

void tell_certificates(apr_pool_t* pool, observe::StatusSegment& segment) {
  std::vector<observe::CertificateEnd> out;
  const config::ServiceElement& service = configuration()->xml.service;
  for (const config::ConnectorElement& connector : service.connectors) {
    if (!connector.ssl) continue;
    for (const config::Directive& directive : connector.ssl->directives)
      if (strcasecmp(directive.name.c_str(), "SSLCertificateFile") == 0)
        if (const char* path = ap_server_root_relative(pool, directive.value.c_str()))
          add(out, *connector.name + ":" + std::to_string(*connector.port), path);
  }
  for (const config::TcpConnectorElement& connector : service.tcp_connectors)
    if (!connector.certificate->empty()) add(out, *connector.name, *connector.certificate);
  for (const auto& proxy : configuration()->forward_proxies)
    if (const mitm::Interceptor* interceptor = proxy->interceptor())
      out.push_back({*proxy->settings().name, "issuer", interceptor->numbers().issuer_expires});
  segment.set_certificates(out);
}

}  // namespace navajo::glue
