// Interceptor: who mints, and when. The TLS side is in interceptor.cc.
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

#include "navajo/mitm/interceptor.h"
#include "navajo/mitm/leaf.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/reactor/offload.h"
#include "navajo/tls/error_text.h"

namespace navajo::mitm {
namespace {

using observe::Counter;
using reactor::Deadline;

constexpr std::chrono::minutes kBetweenLines{1};
// How long another process is waited for without giving up the thread: longer than an ECDSA certificate takes.
constexpr std::chrono::microseconds kSpin{400};
constexpr std::chrono::milliseconds kBetweenLooks{1};
// Of a mirrored certificate that has expired: looked at again soon.
constexpr std::chrono::minutes kExpiredKept{10};

bool may_log(std::atomic<base::TimePoint::rep>& last, base::TimePoint now) {
  base::TimePoint::rep before = last.load(std::memory_order_relaxed);
  const base::TimePoint::rep current = now.time_since_epoch().count();
  if (before != INT64_MIN && base::Duration(current - before) < kBetweenLines) return false;
  return last.compare_exchange_strong(before, current, std::memory_order_relaxed);
}

}  // namespace

// Somebody of this process who looks or mints; the others wait for it.
struct Interceptor::Flight {
  reactor::Event done;
  // Written before done is set.
  std::optional<LeafPointer> leaf;
  std::optional<Refusal> refusal;  // of a kind that holds for everybody who asks
};

// Whatever happens to the one that leads: nobody waits for it any longer.
struct Interceptor::Landing {
  ~Landing() {
    {
      std::lock_guard guard(interceptor.guard_);
      interceptor.flights_.erase(id);
    }
    flight.done.set();
  }
  Interceptor& interceptor;
  const CertificateId& id;
  Flight& flight;
};

CertificateId Interceptor::id_of(const Order& order, KeyType type) const {
  std::string text(reinterpret_cast<const char*>(salt_.data()), salt_.size());
  text += type == KeyType::ecdsa ? 'e' : 'r';
  text += order.untrusted ? 'u' : 't';
  text.append(reinterpret_cast<const char*>(order.mirror_digest.data()), order.mirror_digest.size());
  text += order.wildcard.empty() ? order.name.text : order.wildcard;
  Digest256 digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  CertificateId id;
  memcpy(id.words, digest.data(), sizeof id.words);
  return id;
}

Interceptor::LeafResult Interceptor::leaf_for(const Order& order, KeyType type, base::TimePoint now) {
  const CertificateId id = id_of(order, type);
  const Deadline deadline = Deadline::after(options_.patience);
  for (;;) {
    if (LeafPointer leaf = cache_.find(id, now)) {
      observe::count(Counter::certificate_hits);
      return leaf;
    }
    std::shared_ptr<Flight> flight;
    bool leading = false;
    {
      std::lock_guard guard(guard_);
      std::shared_ptr<Flight>& entry = flights_[id];
      leading = !entry;
      if (leading) entry = std::make_shared<Flight>();
      flight = entry;
    }
    if (leading) {
      const Landing landing{*this, id, *flight};
      LeafResult result = lead(order, type, id, now);
      if (result.ok())
        flight->leaf = result.value();
      else if (result.error() != Refusal::limited)  // which is this client's own affair
        flight->refusal = result.error();
      return result;
    }
    const reactor::Wake wake = flight->done.wait(deadline);
    if (wake == reactor::Wake::timed_out)
      return base::Failed{failed(order, "whoever mints it takes too long", now)};
    if (wake != reactor::Wake::ready) return base::Failed{Refusal::failed};  // cancelled: nobody looks at the answer
    if (flight->leaf) {
      observe::count(Counter::certificate_hits);
      return *flight->leaf;
    }
    if (flight->refusal) return base::Failed{*flight->refusal};
  }
}

// What the store knows; none: it is to be minted, and `claimed` says whether others wait for that.
std::optional<LeafPointer> Interceptor::look_in_store(const CertificateId& id, KeyType type, base::TimePoint now,
                                                      bool& claimed) {
  CertificateStore::Found found;
  const base::TimePoint begun = base::system_clock().now();
  for (;;) {
    switch (store_->find_or_claim(id, now, found)) {
      case CertificateStore::Answer::claimed: claimed = true; return std::nullopt;
      case CertificateStore::Answer::full: return std::nullopt;
      case CertificateStore::Answer::found: {
        auto leaf = std::make_shared<Leaf>();
        leaf->key = keys(type).of_generation(found.key_generation);
        leaf->certificate = from_der(found.der);
        leaf->expires = found.expires;
        // Shares the key's memory with all others that have it; a key that is not its own is refused.
        if (leaf->key && leaf->certificate && share_key(leaf->certificate.get(), leaf->key->half.get())) {
          observe::count(Counter::certificate_hits);
          return leaf;
        }
        (void)tls::take_error_text();
        store_->forget(id);
        break;
      }
      case CertificateStore::Answer::busy: {
        const base::Duration waited = base::system_clock().now() - begun;
        if (waited > options_.patience) return std::nullopt;
        if (waited < kSpin)
          reactor::yield();
        else if (const auto wake = reactor::sleep_until(Deadline::after(kBetweenLooks));
                 wake != reactor::Wake::ready && wake != reactor::Wake::timed_out)
          return LeafPointer();
        break;
      }
    }
  }
}

Interceptor::LeafResult Interceptor::lead(const Order& order, KeyType type, const CertificateId& id,
                                          base::TimePoint now) {
  // The one before may have come to its end between our look and our turn.
  if (LeafPointer leaf = cache_.find(id, now)) {
    observe::count(Counter::certificate_hits);
    return leaf;
  }
  bool claimed = false;
  if (const auto known = look_in_store(id, type, now, claimed)) {
    if (!*known) return base::Failed{Refusal::limited};  // cancelled: the next one that waits leads
    cache_.insert(id, *known);
    return *known;
  }
  const auto give_up = [&](Refusal why) -> LeafResult {
    if (claimed) store_->abandon(id);
    return base::Failed{why};
  };
  if (const auto refusal = refused_by_limits(order, now)) return give_up(*refusal);
  const LeafKeyPointer key = keys(type).current(now, Deadline::after(options_.patience));
  if (!key) return give_up(failed(order, "no key for it: " + tls::take_error_text(), now));
  LeafResult minted = mint(order, key, id, claimed, now);
  if (!minted.ok()) return give_up(minted.error());
  return minted;
}

std::optional<Interceptor::Refusal> Interceptor::refused_by_limits(const Order& order, base::TimePoint now) {
  const auto answer = limiter_->take(order.client, now);
  if (answer == MintLimiter::Answer::granted) return std::nullopt;
  observe::count(Counter::minting_refused);
  if (may_log(limit_logged_, now)) {
    const bool own = answer == MintLimiter::Answer::client_limited;
    observe::log(observe::id::minting_limited,
                 "no certificate for %s, asked for by %s: %s; hosts that are known are served", order.name.text.c_str(),
                 order.client.c_str(),
                 own ? "this client asks for too many new names" : "all clients together ask for too many new names");
  }
  return Refusal::limited;
}

Interceptor::Refusal Interceptor::failed(const Order& order, const std::string& why, base::TimePoint now) {
  if (may_log(failure_logged_, now))
    observe::log(observe::id::minting_failed, "no certificate for %s, asked for by %s: %s", order.name.text.c_str(),
                 order.client.c_str(), why.c_str());
  return Refusal::failed;
}

Interceptor::LeafResult Interceptor::mint(const Order& order, const LeafKeyPointer& key, const CertificateId& id,
                                          bool claimed, base::TimePoint now) {
  const Issuer& issuer = issuer_for(order);
  const time_t wall = options_.wall_clock(nullptr);
  const LeafWish wish{order.name, order.wildcard, key->half.get(), wall, options_.validity, order.mirror.get()};
  base::Result<tls::CertificateHandle, LeafFault> made = base::Failed{LeafFault::failed};
  std::string why;
  const auto work = [&] {
    made = mint_leaf(issuer, wish);
    if (!made.ok()) why = tls::take_error_text();  // of the thread that did it
  };
  if (!issuer.is_slow()) {
    work();
  } else if (!reactor::offload(work)) {
    observe::count(Counter::minting_refused);
    return base::Failed{Refusal::limited};
  }
  if (!made.ok()) {
    if (made.error() == LeafFault::issuer_expired)
      why = "the issuing CA has expired at " + time_text(issuer.not_after());
    if (made.error() == LeafFault::not_permitted) {
      (void)failed(order, "the name constraints of the CA do not permit it", now);
      return base::Failed{Refusal::bad_name};
    }
    return base::Failed{failed(order, why, now)};
  }
  auto leaf = std::make_shared<Leaf>();
  leaf->certificate = std::move(*made);
  leaf->key = key;
  // A tenth of its life is left when it goes, for connections that last and clocks that are fast.
  const auto left = std::chrono::seconds(seconds_of(X509_get0_notAfter(leaf->certificate.get())) - wall);
  leaf->expires =
      now + (left.count() <= 0 ? std::chrono::seconds(kExpiredKept) : std::min(options_.cache_time, left * 9 / 10));
  observe::count(Counter::certificates_minted);
  if (claimed) store_->publish(id, to_der(leaf->certificate.get()), key->generation, leaf->expires, now);
  cache_.insert(id, leaf);
  return LeafPointer(leaf);
}

}  // namespace navajo::mitm
