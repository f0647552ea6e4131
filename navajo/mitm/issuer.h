// The CA that signs: its certificate, its key, the certificates behind it. Read from files while the configuration is
// read (parent, one thread), unchanged afterwards, used by all threads of all children.
//
// The certificate file has the issuing CA first, then those that issued it, if any; the key file is for us alone.
#pragma once

#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/mitm/certificate_parts.h"

namespace navajo::mitm {

struct IssuerFiles {
  std::string certificate;
  std::string key;
  // Of an encrypted key: "pipe://PROGRAM", whose first line of output it is. No pass phrase stands in a configuration.
  std::string pass_phrase;
};

class Issuer {
 public:
  // The error names the file and what is wrong with it: not readable, readable by others, no certificate, not a CA, not
  // this certificate's key, expired, extensions that cannot be read (name constraints).
  static base::Result<std::shared_ptr<const Issuer>> load(const IssuerFiles& files, time_t now);
  // One nobody trusts, for certificates of hosts whose own did not verify. Its key is on no disk.
  static base::Result<std::shared_ptr<const Issuer>> throw_away(time_t now);

  X509* certificate() const { return certificate_.get(); }
  EVP_PKEY* key() const { return key_.get(); }
  // What a server sends behind its own certificate: the issuing CA, then the rest.
  STACK_OF(X509) * chain() const { return chain_.get(); }
  const std::string& key_id() const { return key_id_; }
  // Within which all of the chain are valid.
  time_t not_before() const { return not_before_; }
  time_t not_after() const { return not_after_; }
  const NAME_CONSTRAINTS* constraints() const { return constraints_.get(); }
  // A signature takes milliseconds (RSA, large curves): not on a reactor.
  bool is_slow() const { return slow_; }
  // Of the largest signature, octets.
  size_t signature_bytes() const { return static_cast<size_t>(EVP_PKEY_get_size(key_.get())); }

 private:
  Issuer() = default;
  static base::Result<std::shared_ptr<const Issuer>> of(std::vector<tls::CertificateHandle> certificates,
                                                        tls::KeyHandle key, const IssuerFiles& files, time_t now);

  using ConstraintsHandle = std::unique_ptr<NAME_CONSTRAINTS, tls::FreedBy<NAME_CONSTRAINTS_free>>;
  struct FreeChain {
    void operator()(STACK_OF(X509) * chain) const { sk_X509_pop_free(chain, X509_free); }
  };

  tls::CertificateHandle certificate_;
  tls::KeyHandle key_;
  std::unique_ptr<STACK_OF(X509), FreeChain> chain_;
  ConstraintsHandle constraints_;
  std::string key_id_;
  time_t not_before_ = 0, not_after_ = 0;
  bool slow_ = false;
};

// The certificates of a PEM file, in its order; at most kMostCertificates.
inline constexpr size_t kMostCertificates = 16;
base::Result<std::vector<tls::CertificateHandle>> read_certificates(const std::string& path);
// A key that nobody but root and we can read.
base::Result<tls::KeyHandle> read_private_key(const std::string& path, const std::string& pass_phrase);

}  // namespace navajo::mitm
