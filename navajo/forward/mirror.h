// What the certificates of destinations look like, for minting ones like them (certMirror): looked at over a connection
// of its own the first time, remembered for certCacheTime. At most certCacheSize of them; the one unused for longest
// gives way. Any thread; on a fiber it waits.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "navajo/forward/target.h"
#include "navajo/forward/upstream_trust.h"
#include "navajo/tls/handles.h"

namespace navajo::forward {

class ForwardProxy;

class Mirror {
 public:
  enum class Verdict : uint8_t {
    trusted,
    untrusted,  // it does not verify: asked again the next time
    unknown,    // no certificate was seen: whoever sends the request finds out why
  };
  struct Seen {
    Verdict verdict = Verdict::unknown;
    std::shared_ptr<X509> certificate;  // of a trusted one
  };

  Mirror(size_t limit, base::Duration keep) : limit_(limit), keep_(keep) {}
  // name: what the certificate has to be good for.
  Seen look(const ForwardProxy& proxy, const UpstreamTrust& trust, const Target& target, const std::string& name,
            reactor::Deadline deadline);
  size_t size() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<X509> certificate;
    base::TimePoint until;
  };
  std::shared_ptr<X509> remembered(const std::string& key, base::TimePoint now);
  void remember(const std::string& key, std::shared_ptr<X509> certificate, base::TimePoint now);

  const size_t limit_;
  const base::Duration keep_;
  mutable std::mutex guard_;
  std::list<Entry> by_use_;  // the last used in front
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
};

}  // namespace navajo::forward
