#include "navajo/forward/mirror.h"

#include "navajo/forward/origin.h"
#include "navajo/tls/peer_certificate.h"

namespace navajo::forward {

using Outcome = tls::Handshake::Outcome;

std::shared_ptr<X509> Mirror::remembered(const std::string& key, base::TimePoint now) {
  std::lock_guard lock(guard_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  if (found->second->until <= now) {
    const auto entry = found->second;
    by_key_.erase(found);
    by_use_.erase(entry);
    return nullptr;
  }
  by_use_.splice(by_use_.begin(), by_use_, found->second);
  return found->second->certificate;
}

void Mirror::remember(const std::string& key, std::shared_ptr<X509> certificate, base::TimePoint now) {
  std::lock_guard lock(guard_);
  if (by_key_.contains(key)) return;  // somebody else was faster
  by_use_.push_front({key, std::move(certificate), now + keep_});
  by_key_.emplace(by_use_.front().key, by_use_.begin());
  if (by_use_.size() <= limit_) return;
  by_key_.erase(by_use_.back().key);
  by_use_.pop_back();
}

size_t Mirror::size() const {
  std::lock_guard lock(guard_);
  return by_use_.size();
}

Mirror::Seen Mirror::look(const ForwardProxy& proxy, const UpstreamTrust& trust, const Target& target,
                          const std::string& name, reactor::Deadline deadline) {
  const base::TimePoint now = base::system_clock().now();
  const std::string key = name + " " + target.text();
  if (auto certificate = remembered(key, now)) return {Verdict::trusted, std::move(certificate)};
  auto origin = open_origin(proxy, target, deadline);
  if (!origin.ok()) return {};
  const tls::Handshake done = trust.tls_for(name)->handshake(**origin, {name, target.text()}, deadline);
  if (done.outcome == Outcome::certificate_refused) return {Verdict::untrusted, nullptr};
  if (!done.ok()) return {};
  std::shared_ptr<X509> certificate(tls::peer_certificate((*origin)->ssl()).release(), X509_free);
  if (!certificate) return {};
  (void)(*origin)->finish_write_available();
  remember(key, certificate, now);
  return {Verdict::trusted, std::move(certificate)};
}

}  // namespace navajo::forward
