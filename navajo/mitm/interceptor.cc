#include "navajo/mitm/interceptor.h"

#include <openssl/sha.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "navajo/base/random.h"
#include "navajo/observe/log.h"
#include "navajo/tls/error_text.h"

namespace navajo::mitm {
namespace {

constexpr size_t kPage = 4096;
constexpr std::chrono::hours kSoon{24 * 30};
// Everything but names and the issuer's signature: with P-256 leaves 330 octets, with RSA 2048 560.
constexpr size_t kCertificateBytes = 600, kNameBytes = 320;
constexpr size_t kMostCached = 1'000'000;
constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::string_view kHttp = "http/1.1";

base::Failed<base::Error> fault(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

std::string why_not(const MintOptions& options) {
  using std::chrono::seconds;
  if (options.cache_size == 0 || options.cache_size > kMostCached) return "certCacheSize is 1 to 1000000";
  if (options.cache_time < seconds(60)) return "certificates are kept for at least 60 s";
  if (options.validity < options.cache_time * 2)
    return "certificates are valid for at least twice as long as they are kept";
  if (options.validity > std::chrono::hours(24 * 397))
    return "clients refuse certificates that are valid for more than 397 days";
  if (options.key_rotation < options.cache_time)
    return "keys of certificates last at least as long as certificates are kept";
  if (options.ticket_rotation < seconds(60)) return "keys of session tickets last at least 60 s";
  for (const unsigned rate :
       {options.mints_per_second_per_client, options.burst_per_client, options.mints_per_second, options.burst})
    if (rate == 0 || rate > 10000) return "rates of minted certificates are 1 to 10000";
  return {};
}

// Whether this client can check a signature of this kind. Called when its ClientHello was read.
bool takes(SSL* ssl, KeyType type) {
  const bool modern = SSL_version(ssl) >= TLS1_3_VERSION;
  const bool ecdsa = type == KeyType::ecdsa;
  bool signature = false, any_signature = false;
  for (int i = 0;; i++) {
    int sign = NID_undef, hash = NID_undef;
    unsigned char low = 0, high = 0;
    const int count = SSL_get_sigalgs(ssl, i, &sign, &hash, nullptr, &low, &high);
    if (i >= count) break;
    any_signature = true;
    if (ecdsa)
      // TLS 1.3 ties the curve to the algorithm: ecdsa_secp256r1_sha256.
      signature |= modern ? (high == 4 && low == 3) : sign == EVP_PKEY_EC && hash != NID_sha1;
    else
      // rsa_pss_rsae_*: of a certificate with an ordinary RSA key.
      signature |= (high == 8 && low >= 4 && low <= 6) || (!modern && sign == EVP_PKEY_RSA && hash != NID_sha1);
  }
  if (modern) return signature;
  // A client of TLS 1.2 without the extension means SHA-1, which nobody should use; its ciphers say what it knows.
  if (any_signature && !signature) return false;
  if (ecdsa) {
    int groups[64];
    const int count = std::min(static_cast<int>(SSL_get1_groups(ssl, nullptr)), 64);
    if (count > 0) {
      // Fewer than 64 are written: that many are there.
      if (SSL_get1_groups(ssl, groups) > 64) return false;
      if (std::find(groups, groups + count, NID_X9_62_prime256v1) == groups + count) return false;
    }
  }
  const STACK_OF(SSL_CIPHER)* offered = SSL_get_client_ciphers(ssl);
  const int wanted = ecdsa ? NID_auth_ecdsa : NID_auth_rsa;
  for (int i = 0; i < sk_SSL_CIPHER_num(offered); i++)
    if (SSL_CIPHER_get_auth_nid(sk_SSL_CIPHER_value(offered, i)) == wanted) return true;
  return false;
}

}  // namespace

// All that children share but the certificates; these follow it, from a page of their own.
struct Interceptor::Shared {
  LeafKeyRingShm ecdsa, rsa;
  TicketKeysShm tickets;
  MintLimiter::TableShm limits;
};

// Goes with its SSL, which may ask for the other kind of certificate in the middle of its handshake.
struct Interceptor::Attached {
  std::shared_ptr<Interceptor> interceptor;
  Order order;
  KeyType type;

  static int index() {
    static const int made = SSL_get_ex_new_index(
        0, nullptr, nullptr, nullptr,
        [](void*, void* attached, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Attached*>(attached); });
    return made;
  }
};

Interceptor::Attached* Interceptor::attached_to(const SSL* ssl) {
  return static_cast<Attached*>(SSL_get_ex_data(ssl, Attached::index()));
}

// ---------------------------------------------------------------- in the parent

base::Result<std::shared_ptr<Interceptor>> Interceptor::make(const MintOptions& options) {
  if (std::string why = why_not(options); !why.empty()) return fault(std::move(why));
  const time_t now = options.wall_clock(nullptr);
  auto issuer = Issuer::load({options.ca_certificate, options.ca_key, options.ca_pass_phrase}, now);
  if (!issuer.ok()) return base::Failed{issuer.error()};
  auto untrusted = Issuer::throw_away(now);
  if (!untrusted.ok()) return base::Failed{untrusted.error()};

  const size_t slot = kCertificateBytes + kNameBytes + (*issuer)->signature_bytes() + CertificateStore::kSlotHead;
  const size_t store_bytes = CertificateStore::bytes_needed(options.cache_size, slot);
  auto arena = shm::Arena::create(sizeof(Shared) + store_bytes + 3 * kPage);
  if (!arena.ok()) return base::Failed{arena.error()};
  std::shared_ptr<Interceptor> made(new Interceptor(options, std::move(*arena)));
  made->issuer_ = std::move(*issuer);
  made->untrusted_ = std::move(*untrusted);
  void* const shared = made->arena_.allocate(sizeof(Shared), kPage, "mitm");
  void* const store = made->arena_.allocate(store_bytes, kPage, "mitm");
  if (!shared || !store) return fault("no shared memory for certificates");
  // Keys are in it.
  madvise(shared, (sizeof(Shared) + kPage - 1) / kPage * kPage, MADV_DONTDUMP);
  made->shared_ = ::new (shared) Shared{};
  made->store_ = std::make_unique<CertificateStore>(store, options.cache_size, slot);
  if (const auto prepared = made->prepare(); !prepared.ok()) return base::Failed{prepared.error()};
  if (const time_t left = made->issuer_->not_after() - now; left < std::chrono::seconds(kSoon).count())
    observe::log(observe::id::issuer_expires,
                 "the issuing CA %s expires at %s: renew it, and install it on clients first",
                 options.ca_certificate.c_str(), time_text(made->issuer_->not_after()).c_str());
  return made;
}

base::Status<> Interceptor::prepare() {
  const base::TimePoint now = options_.clock->now();
  uint64_t seed = 0;
  if (!base::random_bytes(&seed, sizeof seed) || !base::random_bytes(salt_.data(), salt_.size()))
    return fault("the system has no random bytes");
  ecdsa_keys_ = std::make_unique<LeafKeys>(KeyType::ecdsa, shared_->ecdsa, options_.key_rotation);
  rsa_keys_ = std::make_unique<LeafKeys>(KeyType::rsa, shared_->rsa, options_.key_rotation);
  tickets_ = std::make_unique<TicketKeys>(shared_->tickets, options_.ticket_rotation);
  const MintLimits limits{options_.mints_per_second_per_client, options_.burst_per_client, options_.mints_per_second,
                          options_.burst};
  limiter_ = std::make_unique<MintLimiter>(shared_->limits, limits, seed, now);
  if (!ecdsa_keys_->initialise() || !rsa_keys_->initialise() || !tickets_->initialise(now) || !store_->initialise())
    return fault("no locks for shared memory");
  return prepare_context();
}

base::Status<> Interceptor::prepare_context() {
  context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = context_.get();
  if (!context) return fault("no TLS: " + tls::take_error_text());
  if (SSL_CTX_set_cipher_list(context, options_.ciphers.empty() ? kCiphers : options_.ciphers.c_str()) != 1)
    return fault("no cipher of '" + options_.ciphers + "': " + tls::take_error_text());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // clients keep sessions, as tickets
  SSL_CTX_set_timeout(context, std::chrono::duration_cast<std::chrono::seconds>(tickets_->lifetime()).count());
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &Interceptor::use_ticket_key);
  SSL_CTX_set_alpn_select_cb(context, &Interceptor::choose_protocol, nullptr);
  SSL_CTX_set_cert_cb(context, &Interceptor::choose_certificate, nullptr);
  return base::Done{};
}

// ---------------------------------------------------------------- in the children

base::Result<tls::SslHandle, Interceptor::Refusal> Interceptor::ssl_for(const Wish& wish, base::TimePoint now) {
  auto name = parse_host_name(wish.name);
  if (!name) return base::Failed{Refusal::bad_name};
  auto attached = std::make_unique<Attached>();
  Order& order = attached->order;
  order.name = std::move(*name);
  order.client = wish.client.substr(0, 64);
  order.untrusted = wish.untrusted;
  if (options_.mirror && wish.mirror && X509_up_ref(const_cast<X509*>(wish.mirror)) == 1) {
    order.mirror.reset(const_cast<X509*>(wish.mirror));
    order.mirror_digest = fingerprint_of(wish.mirror);
  } else if (options_.wildcard) {
    order.wildcard = wildcard_for(order.name);
  }
  attached->type = wish.ecdsa ? KeyType::ecdsa : KeyType::rsa;
  const LeafResult leaf = leaf_for(order, attached->type, now);
  if (!leaf.ok()) return base::Failed{leaf.error()};

  tls::SslHandle ssl(SSL_new(context_.get()));
  // A session is good for this host alone, in whatever words a client asks to resume it.
  const std::string scope = std::string(reinterpret_cast<const char*>(salt_.data()), salt_.size()) +
                            (order.untrusted ? "u" : "t") + order.name.text;
  Digest256 digest;
  SHA256(reinterpret_cast<const unsigned char*>(scope.data()), scope.size(), digest.data());
  attached->interceptor = shared_from_this();
  if (!ssl || !put(ssl.get(), **leaf, order) ||
      SSL_set_session_id_context(ssl.get(), digest.data(), digest.size()) != 1 ||
      SSL_set_ex_data(ssl.get(), Attached::index(), attached.get()) != 1)
    return base::Failed{failed(order, tls::take_error_text(), now)};
  (void)attached.release();  // SSL_free does it from here on
  return ssl;
}

bool Interceptor::put(SSL* ssl, const Leaf& leaf, const Order& order) const {
  return SSL_use_cert_and_key(ssl, leaf.certificate.get(), leaf.key->key.get(), issuer_for(order).chain(), 1) == 1;
}

// When the ClientHello is known: the certificate may have been chosen by a guess.
int Interceptor::choose_certificate(SSL* ssl, void*) {
  Attached* const attached = attached_to(ssl);
  if (!attached) return 0;
  const KeyType other = attached->type == KeyType::ecdsa ? KeyType::rsa : KeyType::ecdsa;
  if (takes(ssl, attached->type) || !takes(ssl, other)) return 1;
  Interceptor& self = *attached->interceptor;
  const LeafResult leaf = self.leaf_for(attached->order, other, self.options_.clock->now());
  if (!leaf.ok()) return 0;
  SSL_certs_clear(ssl);
  attached->type = other;
  return self.put(ssl, **leaf, attached->order);
}

int Interceptor::choose_protocol(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* offered,
                                 unsigned int offered_length, void*) {
  for (unsigned int at = 0; at < offered_length; at += 1u + offered[at]) {
    const std::string_view one(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
    if (one != kHttp) continue;
    *out = offered + at + 1;
    *length = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;  // it speaks nothing we speak
}

int Interceptor::use_ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                                EVP_MAC_CTX* mac, int encrypt) {
  Attached* const attached = attached_to(ssl);
  if (!attached) return encrypt ? -1 : 0;
  Interceptor& self = *attached->interceptor;
  return self.tickets_->use(name, iv, cipher, mac, encrypt != 0, self.options_.clock->now());
}

// ---------------------------------------------------------------- numbers

Interceptor::Numbers Interceptor::numbers() const {
  return {cache_.size(), options_.cache_size, store_->used(), arena_.used(), issuer_->not_after()};
}

void Interceptor::report(api::StatusWriter& writer) const {
  const Numbers now = numbers();
  writer.number("certificates_cached", static_cast<double>(now.cached));
  writer.number("certificates_limit", static_cast<double>(now.cache_size));
  writer.number("certificates_shared", static_cast<double>(now.shared));
  writer.number("certificates_shared_bytes", static_cast<double>(now.shared_bytes));
  writer.text("issuer", name_text(X509_get_subject_name(issuer_->certificate())));
  writer.text("issuer_expires", time_text(now.issuer_expires));
}

}  // namespace navajo::mitm
