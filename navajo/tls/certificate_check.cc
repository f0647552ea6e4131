#include "navajo/tls/certificate_check.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "navajo/tls/peer_certificate.h"

namespace navajo::tls {
namespace {

using OcspResponse = std::unique_ptr<OCSP_RESPONSE, FreedBy<OCSP_RESPONSE_free>>;
using OcspBasic = std::unique_ptr<OCSP_BASICRESP, FreedBy<OCSP_BASICRESP_free>>;
using OcspId = std::unique_ptr<OCSP_CERTID, FreedBy<OCSP_CERTID_free>>;

// How much clocks may differ.
constexpr long kClockSkew = 300;

int place_in_ssl() {
  static const int place = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return place;
}

std::string what_is(const X509* certificate) {
  return "certificate " + subject_text(certificate) + ", issued by " + issuer_text(certificate);
}

}  // namespace

bool is_address(const std::string& name) {
  in6_addr ignored;
  return inet_pton(AF_INET, name.c_str(), &ignored) == 1 || inet_pton(AF_INET6, name.c_str(), &ignored) == 1;
}

CertificateCheck::CertificateCheck(std::string name, const ClientOptions& options)
    : name_(std::move(name)), verify_(options.verify_peer), check_name_(options.verify_peer && options.check_name),
      stapling_(options.verify_peer ? options.stapling : Stapling::off) {}

CertificateCheck* CertificateCheck::of(const SSL* ssl) {
  return static_cast<CertificateCheck*>(SSL_get_ex_data(ssl, place_in_ssl()));
}

void CertificateCheck::attach(SSL* ssl, CertificateCheck* check) { SSL_set_ex_data(ssl, place_in_ssl(), check); }

void CertificateCheck::prepare(SSL_CTX* context) { SSL_CTX_set_tlsext_status_cb(context, &on_stapled); }

bool CertificateCheck::attach(SSL* ssl) {
  attach(ssl, this);
  SSL_set_verify(ssl, verify_ ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, verify_ ? &on_verified : nullptr);
  if (stapling_ != Stapling::off) SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
  if (!check_name_) return true;
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (is_address(name_)) return X509_VERIFY_PARAM_set1_ip_asc(wanted, name_.c_str()) == 1;
  return !name_.empty() && X509_VERIFY_PARAM_set1_host(wanted, name_.c_str(), name_.size()) == 1;
}

int CertificateCheck::on_verified(int good, X509_STORE_CTX* chain) {
  if (good == 1) return 1;
  const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (CertificateCheck* self = of(ssl)) self->refuse_chain(chain);
  return 0;
}

void CertificateCheck::refuse_chain(X509_STORE_CTX* chain) {
  const int error = X509_STORE_CTX_get_error(chain);
  const X509* at = X509_STORE_CTX_get_current_cert(chain);
  if (!at) at = X509_STORE_CTX_get0_cert(chain);
  refusal_ = at ? what_is(at) : "certificate";
  switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      refusal_ += ": is for " + (at ? names_text(at) : "nobody") + ", not for " + name_;
      break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      refusal_ += ": expired at " + date_text(at ? X509_get0_notAfter(at) : nullptr);
      break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      refusal_ += ": not valid before " + date_text(at ? X509_get0_notBefore(at) : nullptr);
      break;
    default: refusal_ += std::string(": ") + X509_verify_cert_error_string(error); break;
  }
  if (check_name_ && error != X509_V_ERR_HOSTNAME_MISMATCH && error != X509_V_ERR_IP_ADDRESS_MISMATCH)
    refusal_ += ", expected " + name_;
}

// ---------------------------------------------------------------- OCSP stapling (RFC 6066 section 8, RFC 6960)

int CertificateCheck::on_stapled(SSL* ssl, void*) {
  CertificateCheck* self = of(ssl);
  if (!self || self->stapling_ == Stapling::off) return 1;
  const bool good = self->staple_is_good(ssl);
  ERR_clear_error();
  return good ? 1 : 0;
}

bool CertificateCheck::refuse_staple(SSL* ssl, const char* why) {
  const CertificateHandle certificate = peer_certificate(ssl);
  refusal_ = certificate ? what_is(certificate.get()) : "certificate";
  refusal_ += std::string(": ") + why + ", expected " + name_;
  return false;
}

bool CertificateCheck::staple_is_good(SSL* ssl) {
  const unsigned char* bytes = nullptr;
  const long length = SSL_get_tlsext_status_ocsp_resp(ssl, &bytes);
  if (!bytes || length <= 0)
    return stapling_ == Stapling::require ? refuse_staple(ssl, "came without an OCSP response") : true;
  const OcspResponse response(d2i_OCSP_RESPONSE(nullptr, &bytes, length));
  const OcspBasic basic(response ? OCSP_response_get1_basic(response.get()) : nullptr);
  if (!basic || OCSP_response_status(response.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return refuse_staple(ssl, "its OCSP response says nothing");
  STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl);
  X509_STORE* roots = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
  if (!chain || OCSP_basic_verify(basic.get(), chain, roots, 0) != 1)
    return refuse_staple(ssl, "its OCSP response is not signed by whom it should be");
  if (sk_X509_num(chain) < 2) return refuse_staple(ssl, "its OCSP response is about nobody we can check");
  const OcspId id(OCSP_cert_to_id(nullptr, sk_X509_value(chain, 0), sk_X509_value(chain, 1)));
  int status = V_OCSP_CERTSTATUS_UNKNOWN;
  ASN1_GENERALIZEDTIME *made = nullptr, *next = nullptr;
  if (!id || OCSP_resp_find_status(basic.get(), id.get(), &status, nullptr, nullptr, &made, &next) != 1)
    return refuse_staple(ssl, "its OCSP response is about another one");
  if (OCSP_check_validity(made, next, kClockSkew, -1) != 1)
    return refuse_staple(ssl, "its OCSP response is too old");
  if (status == V_OCSP_CERTSTATUS_REVOKED) return refuse_staple(ssl, "is revoked");
  if (status != V_OCSP_CERTSTATUS_GOOD) return refuse_staple(ssl, "is unknown to its issuer");
  return true;
}

}  // namespace navajo::tls
