// TLS servers for hosts that are not ours: an SSL with a certificate that was minted for the host, or minted before and
// kept. One per ForwardProxy; made in the parent while the configuration is read, used by all threads and fibers of its
// children. What they share (certificates, leaf keys, ticket keys, rates) lies in anonymous shared memory and goes with
// the last process of the configuration. See docs/decisions/0010.
//
//   auto ssl = interceptor->ssl_for({.name = "www.example.com", .client = "192.0.2.7"}, now);
//   if (ssl.ok()) stream.handshake(std::move(*ssl), tls::Role::server, deadline);
//
// A fiber yields while another one mints the same, or while a helper thread signs with an RSA key; a thread waits.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "navajo/api/servlet.h"
#include "navajo/base/result.h"
#include "navajo/mitm/certificate_cache.h"
#include "navajo/mitm/host_name.h"
#include "navajo/mitm/issuer.h"
#include "navajo/mitm/leaf_keys.h"
#include "navajo/mitm/mint_limiter.h"
#include "navajo/mitm/mint_options.h"
#include "navajo/mitm/ticket_keys.h"
#include "navajo/shm/arena.h"

namespace navajo::mitm {

class Interceptor : public std::enable_shared_from_this<Interceptor> {
 public:
  // The error says which file or number is wrong, and why. A CA with less than 30 days left is logged (NVJ1807).
  static base::Result<std::shared_ptr<Interceptor>> make(const MintOptions& options);

  struct Wish {
    std::string_view name;    // DNS name or address, as in CONNECT or SNI
    std::string_view client;  // its address: whose rate it is
    // What the client takes if it is known. A guess does: the handshake itself looks, and takes the other kind where
    // this one does not fit.
    bool ecdsa = true;
    const X509* mirror = nullptr;  // the real host's; during the call only
    bool untrusted = false;        // signed by nobody a client trusts, since the real one did not verify
  };
  enum class Refusal : uint8_t {
    limited,   // too many new names, from this client or altogether; a helper pool that is full (NVJ1805)
    failed,    // NVJ1806 says why
    bad_name,  // neither name nor address, or one the CA's name constraints exclude
  };

  // An SSL for tls::Stream::handshake as server: certificate, chain, ALPN http/1.1, TLS 1.2 and 1.3, session tickets
  // that are good for this host alone. It may outlive the interceptor's owner.
  base::Result<tls::SslHandle, Refusal> ssl_for(const Wish& wish, base::TimePoint now);

  // Shared memory, this process's certificates; of all children: counters certificates_minted, certificate_hits,
  // certificate_evictions, minting_refused.
  struct Numbers {
    size_t cached = 0, cache_size = 0;  // of this process
    size_t shared = 0, shared_bytes = 0;
    time_t issuer_expires = 0;
  };
  Numbers numbers() const;
  void report(api::StatusWriter& writer) const;
  const Issuer& issuer() const { return *issuer_; }

 private:
  struct Shared;
  struct Attached;
  struct Flight;
  struct Landing;
  // What is asked for, in the interceptor's own words.
  struct Order {
    HostName name;
    std::string wildcard;  // empty: the name itself
    std::string client;
    bool untrusted = false;
    tls::CertificateHandle mirror;
    Digest256 mirror_digest{};
  };
  using LeafResult = base::Result<LeafPointer, Refusal>;

  Interceptor(const MintOptions& options, shm::Arena arena)
      : options_(options), arena_(std::move(arena)), cache_(options.cache_size) {}
  base::Status<> prepare();
  base::Status<> prepare_context();

  CertificateId id_of(const Order& order, KeyType type) const;
  const Issuer& issuer_for(const Order& order) const { return order.untrusted ? *untrusted_ : *issuer_; }
  LeafResult leaf_for(const Order& order, KeyType type, base::TimePoint now);
  LeafResult lead(const Order& order, KeyType type, const CertificateId& id, base::TimePoint now);
  std::optional<LeafPointer> look_in_store(const CertificateId& id, KeyType type, base::TimePoint now, bool& claimed);
  LeafResult mint(const Order& order, const LeafKeyPointer& key, const CertificateId& id, bool claimed,
                  base::TimePoint now);
  std::optional<Refusal> refused_by_limits(const Order& order, base::TimePoint now);
  Refusal failed(const Order& order, const std::string& why, base::TimePoint now);
  LeafKeys& keys(KeyType type) { return type == KeyType::ecdsa ? *ecdsa_keys_ : *rsa_keys_; }

  bool put(SSL* ssl, const Leaf& leaf, const Order& order) const;
  static Attached* attached_to(const SSL* ssl);
  static int choose_certificate(SSL* ssl, void* unused);
  static int choose_protocol(SSL* ssl, const unsigned char** out, unsigned char* length, const unsigned char* offered,
                             unsigned int offered_length, void* unused);
  static int use_ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                            int encrypt);

  const MintOptions options_;
  shm::Arena arena_;
  Shared* shared_ = nullptr;
  std::shared_ptr<const Issuer> issuer_, untrusted_;
  std::unique_ptr<CertificateStore> store_;
  std::unique_ptr<LeafKeys> ecdsa_keys_, rsa_keys_;
  std::unique_ptr<TicketKeys> tickets_;
  std::unique_ptr<MintLimiter> limiter_;
  tls::SslContextHandle context_;
  CertificateCache cache_;
  Digest256 salt_{};

  struct IdHash {
    size_t operator()(const CertificateId& id) const { return id.words[0]; }
  };
  std::mutex guard_;
  std::unordered_map<CertificateId, std::shared_ptr<Flight>, IdHash> flights_;  // guarded
  std::atomic<base::TimePoint::rep> limit_logged_{INT64_MIN}, failure_logged_{INT64_MIN};
};

}  // namespace navajo::mitm
