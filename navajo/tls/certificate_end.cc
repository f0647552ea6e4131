#include "navajo/tls/certificate_end.h"

#include <openssl/pem.h>

#include <ctime>

#include "navajo/tls/error_text.h"
#include "navajo/tls/handles.h"

namespace navajo::tls {

base::Result<int64_t> certificate_end(const std::string& path) {
  const BioHandle file(BIO_new_file(path.c_str(), "r"));
  const CertificateHandle certificate(file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!certificate) return base::Failed{base::Error{path + ": " + take_error_text()}};
  tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &parts) != 1)
    return base::Failed{base::Error{path + ": " + take_error_text()}};
  return static_cast<int64_t>(timegm(&parts));
}

}  // namespace navajo::tls
