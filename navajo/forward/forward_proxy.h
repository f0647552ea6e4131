// One ForwardProxy element at work: who may use it and for what, where it may connect to, and what intercepted
// connections are shown. Made in the parent while the configuration is read; the children inherit it. Everything but
// make() may be called by all threads and fibers of a child at once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/config/navajo_xml.h"
#include "navajo/connector/proxy_hop.h"
#include "navajo/forward/address_guard.h"
#include "navajo/forward/mirror.h"
#include "navajo/forward/policy.h"
#include "navajo/mitm/interceptor.h"
#include "navajo/tunnel/tunnel.h"
#include "navajo/tunnel/tunnel_slots.h"

namespace navajo::forward {

class ForwardProxy {
 public:
  // Null: faults were reported.
  // servlet: what answers for its Host; it outlives the proxy.
  static std::unique_ptr<ForwardProxy> make(const config::ForwardProxyElement& element,
                                            const config::ServiceElement& service, const api::Servlet* servlet,
                                            config::Diagnostics& diagnostics);

  const config::ForwardProxyElement& settings() const { return settings_; }
  const Policy& policy() const { return policy_; }
  // Shared with the connectors that go this proxy's way.
  const std::shared_ptr<const AddressGuard>& guard() const { return guard_; }
  // Null: connections are opened to destinations themselves.
  const std::shared_ptr<const connector::ProxyHop>& hop() const { return hop_; }
  // Null: nothing is intercepted.
  mitm::Interceptor* interceptor() const { return interceptor_.get(); }
  // Null without certMirror.
  const UpstreamTrust* trust() const { return trust_; }
  Mirror& mirror() const { return *mirror_; }
  tunnel::TunnelLimits tunnel_limits() const;
  tunnel::TunnelSlots& slots() const { return *slots_; }
  // Its own numbers, of this process where they are not said to be of all.
  void report(api::StatusWriter& writer) const;

 private:
  explicit ForwardProxy(const config::ForwardProxyElement& element);

  config::ForwardProxyElement settings_;
  Policy policy_;
  std::shared_ptr<const AddressGuard> guard_;
  std::shared_ptr<const connector::ProxyHop> hop_;
  std::shared_ptr<mitm::Interceptor> interceptor_;
  const UpstreamTrust* trust_ = nullptr;
  std::unique_ptr<Mirror> mirror_;
  std::unique_ptr<tunnel::TunnelSlots> slots_;
};

// The policy's answer with everything it asks for but the server name looked up; waits for the resolver.
struct Judgement {
  Verdict verdict;
  bool resolved = true;  // false: the name has no address, and a rule wanted to know
};
Judgement judge(const ForwardProxy& proxy, const Target& target, std::string_view client,
                std::optional<std::string_view> server_name, reactor::Deadline deadline);

}  // namespace navajo::forward
