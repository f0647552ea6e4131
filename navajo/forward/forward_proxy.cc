#include "navajo/forward/forward_proxy.h"

#include <openssl/evp.h>

#include <algorithm>

#include "navajo/config/text.h"

namespace navajo::forward {
namespace {

std::string basic(const std::string& credentials) {
  std::string out(4 * ((credentials.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(credentials.data()),
                                     static_cast<int>(credentials.size()));
  out.resize(static_cast<size_t>(length));
  return "Basic " + out;
}

std::shared_ptr<const AddressGuard> make_guard(const config::ForwardProxyElement& element, const Policy& policy,
                                               const config::ServiceElement& service,
                                               config::Diagnostics& diagnostics) {
  auto guard = std::make_shared<AddressGuard>();
  for (const std::string& word : *element.allowed_addresses)
    if (const auto status = guard->allow(word); !status.ok())
      diagnostics.fault(element.allowed_addresses.where, observe::id::config_bad_value,
                        "ForwardProxy allowedAddresses: " + status.error().text);
  for (const config::Network& network : policy.refused_networks()) guard->refuse(network);
  for (const config::ConnectorElement& connector : service.connectors) guard->protect(connector.address());
  for (const config::ForwardProxyElement& proxy : service.forward_proxies) guard->protect(proxy.address());
  return guard;
}

mitm::MintOptions mint_options(const config::ForwardProxyElement& element) {
  const auto seconds = [](std::chrono::milliseconds time) { return std::chrono::ceil<std::chrono::seconds>(time); };
  mitm::MintOptions options;
  options.ca_certificate = *element.ca_certificate;
  options.ca_key = *element.ca_key;
  options.cache_size = *element.cert_cache_size;
  options.cache_time = seconds(*element.cert_cache_time);
  options.validity = seconds(*element.cert_validity);
  options.mirror = *element.cert_mirror;
  options.wildcard = *element.cert_wildcard;
  options.mints_per_second_per_client = static_cast<unsigned>(*element.mint_rate);
  options.burst_per_client = 4 * options.mints_per_second_per_client;
  // All clients together may have what one may.
  options.mints_per_second = std::max(options.mints_per_second, options.mints_per_second_per_client);
  options.burst = std::max(options.burst, options.burst_per_client);
  return options;
}

}  // namespace

ForwardProxy::ForwardProxy(const config::ForwardProxyElement& element) : settings_(element), policy_(element) {}

std::unique_ptr<ForwardProxy> ForwardProxy::make(const config::ForwardProxyElement& element,
                                                 const config::ServiceElement& service, const api::Servlet* servlet,
                                                 config::Diagnostics& diagnostics) {
  std::unique_ptr<ForwardProxy> proxy(new ForwardProxy(element));
  proxy->guard_ = make_guard(element, proxy->policy_, service, diagnostics);
  if (element.upstream_proxy.given) {
    auto parsed = connector::parse_addresses(*element.upstream_proxy, 3128);
    connector::ProxyHop hop{parsed.ok() ? parsed->front() : connector::BackendAddress{}, ""};
    if (element.upstream_credentials.given) hop.authorization = basic(*element.upstream_credentials);
    proxy->hop_ = std::make_shared<const connector::ProxyHop>(std::move(hop));
  }
  if (!element.ca_certificate->empty()) {
    auto interceptor = mitm::Interceptor::make(mint_options(element));
    if (!interceptor.ok()) {
      diagnostics.fault(element.ca_certificate.where, observe::id::config_bad_value,
                        "ForwardProxy caCertificate: " + interceptor.error().text);
      return nullptr;
    }
    proxy->interceptor_ = std::move(*interceptor);
  }
  proxy->mirror_ = std::make_unique<Mirror>(*element.cert_cache_size, *element.cert_cache_time);
  if (*element.cert_mirror) {
    proxy->trust_ = dynamic_cast<const UpstreamTrust*>(servlet);
    if (!proxy->trust_)
      diagnostics.fault(element.cert_mirror.where, observe::id::config_dangling_name,
                        "ForwardProxy certMirror: no ForwardProxyServlet answers for \"/\" of the Host '" +
                            config::printable(*element.host) + "', which would say who vouches for destinations");
  }
  proxy->slots_ = std::make_unique<tunnel::TunnelSlots>(*element.max_tunnels, *element.max_tunnels_per_client);
  return diagnostics.ok() ? std::move(proxy) : nullptr;
}

void ForwardProxy::report(api::StatusWriter& writer) const {
  writer.begin("forward proxy " + *settings_.name + " " + settings_.address());
  const tunnel::TunnelSlots::Numbers tunnels = slots_->numbers();
  const auto number = [&](const char* name, uint64_t value) { writer.number(name, static_cast<double>(value)); };
  number("tunnels_open", tunnels.open);
  number("tunnels_highest", tunnels.highest);
  number("tunnels_limit", slots_->total_limit());
  number("tunnel_clients", tunnels.clients);
  number("tunnels_refused_by_total", tunnels.refused_total);
  number("tunnels_refused_by_client", tunnels.refused_client);
  if (trust_) number("certificates_mirrored", mirror_->size());
  if (interceptor_) interceptor_->report(writer);
  writer.end();
}

tunnel::TunnelLimits ForwardProxy::tunnel_limits() const {
  tunnel::TunnelLimits limits;
  limits.idle = *settings_.tunnel_idle;
  limits.half_closed = *settings_.tunnel_half_closed;
  limits.write = *settings_.tunnel_write;
  limits.half_close = *settings_.tunnel_half_close;
  return limits;
}

Judgement judge(const ForwardProxy& proxy, const Target& target, std::string_view client,
                std::optional<std::string_view> server_name, reactor::Deadline deadline) {
  Question question{target, client, nullptr, server_name};
  Judgement out{proxy.policy().decide(question)};
  if (out.verdict.missing != Verdict::Missing::addresses) return out;
  const auto resolved = reactor::Resolver::process_wide().resolve(target.host, target.port, deadline);
  if (!resolved.ok()) {
    out.resolved = false;
    return out;
  }
  question.addresses = resolved->get();
  out.verdict = proxy.policy().decide(question);
  return out;
}

}  // namespace navajo::forward
