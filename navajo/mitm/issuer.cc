#include "navajo/mitm/issuer.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "navajo/config/command_output.h"
#include "navajo/config/file_text.h"
#include "navajo/mitm/make_ca.h"
#include "navajo/tls/error_text.h"

namespace navajo::mitm {
namespace {

constexpr size_t kLargestFile = 256 * 1024;
constexpr std::string_view kPipe = "pipe://";

template <class... Parts>
base::Failed<base::Error> fault(Parts&&... parts) {
  std::string text;
  ((text += parts), ...);
  return base::Failed{base::Error{std::move(text)}};
}

struct File {
  explicit File(const std::string& path) : descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {}
  ~File() {
    if (descriptor >= 0) close(descriptor);
  }
  int descriptor;
};

struct Cleansed {
  std::string text;
  ~Cleansed() { OPENSSL_cleanse(text.data(), text.size()); }
};

// The descriptor that was looked at is the one that is read.
base::Status<> read_secret(const std::string& path, std::string& into) {
  const std::string kept_as = "key of a CA: " + path;
  if (const std::string* kept = config::kept_text(kept_as)) {
    into = *kept;
    return base::Done{};
  }
  const File file(path);
  struct stat about {};
  if (file.descriptor < 0 || fstat(file.descriptor, &about) != 0) return fault(path, ": ", strerror(errno));
  if (!S_ISREG(about.st_mode)) return fault(path, ": is no regular file");
  if (about.st_uid != 0 && about.st_uid != geteuid())
    return fault(path, ": belongs to neither root nor the user who starts the server");
  if (about.st_mode & 077)
    return fault(path,
                 ": can be read or written by others: chmod 600 it, and make a new CA if anybody may have seen it");
  into.resize(kLargestFile + 1);
  size_t length = 0;
  while (length < into.size()) {
    const ssize_t got = read(file.descriptor, into.data() + length, into.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fault(path, ": ", strerror(errno));
    if (got == 0) break;
    length += static_cast<size_t>(got);
  }
  if (length > kLargestFile) return fault(path, ": is too large for a key");
  into.resize(length);
  config::keep_text(kept_as, into);
  return base::Done{};
}

struct PassPhrase {
  const std::string* text;
  bool asked = false;
};

int give_pass_phrase(char* into, int room, int, void* argument) {
  auto* phrase = static_cast<PassPhrase*>(argument);
  phrase->asked = true;
  if (!phrase->text || phrase->text->size() > static_cast<size_t>(room)) return -1;
  memcpy(into, phrase->text->data(), phrase->text->size());
  return static_cast<int>(phrase->text->size());
}

std::string duration_end(const X509* certificate) { return time_text(seconds_of(X509_get0_notAfter(certificate))); }

// Why a certificate cannot be in a chain that issues; empty: it can.
std::string why_not_ca(X509* certificate, time_t now) {
  const std::string who = "the certificate '" + name_text(X509_get_subject_name(certificate)) + "' ";
  const uint32_t flags = X509_get_extension_flags(certificate);
  if (flags & EXFLAG_INVALID) return who + "has extensions that cannot be read (name constraints, key usage)";
  if (flags & EXFLAG_CRITICAL) return who + "has a critical extension that is not known";
  if (!(flags & EXFLAG_CA)) return who + "is not a CA (basicConstraints CA:TRUE is missing)";
  if ((flags & EXFLAG_KUSAGE) && !(X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN))
    return who + "may not sign certificates (keyUsage without keyCertSign)";
  if ((flags & EXFLAG_XKUSAGE) && !(X509_get_extended_key_usage(certificate) & (XKU_SSL_SERVER | XKU_ANYEKU)))
    return who + "may not sign certificates of servers (extendedKeyUsage without serverAuth)";
  if (seconds_of(X509_get0_notAfter(certificate)) <= now) return who + "has expired at " + duration_end(certificate);
  if (seconds_of(X509_get0_notBefore(certificate)) > now)
    return who + "is not valid before " + time_text(seconds_of(X509_get0_notBefore(certificate)));
  return {};
}

// A key clients refuse makes a CA of no use.
std::string why_not_key(EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (EVP_PKEY_is_a(key, "RSA")) return bits >= 2048 ? "" : "an RSA key of fewer than 2048 bits";
  if (EVP_PKEY_is_a(key, "EC")) return bits >= 256 ? "" : "an elliptic curve of fewer than 256 bits";
  return "neither an RSA nor an ECDSA key";
}

}  // namespace

base::Result<std::vector<tls::CertificateHandle>> read_certificates(const std::string& path) {
  const auto text = config::read_file_text(path, kLargestFile);
  if (!text.ok()) return fault(path, ": ", text.error().text);
  if (text->size() > kLargestFile) return fault(path, ": is too large for certificates");
  ERR_clear_error();
  const tls::BioHandle in(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  std::vector<tls::CertificateHandle> certificates;
  while (in) {
    tls::CertificateHandle next(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
    if (!next) break;
    if (certificates.size() == kMostCertificates) return fault(path, ": has too many certificates");
    certificates.push_back(std::move(next));
  }
  const unsigned long end = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(end) == ERR_LIB_PEM && ERR_GET_REASON(end) == PEM_R_NO_START_LINE;
  if (!at_end) return fault(path, ": ", tls::take_error_text());
  ERR_clear_error();
  if (certificates.empty()) return fault(path, ": has no certificate in PEM form");
  return certificates;
}

base::Result<tls::KeyHandle> read_private_key(const std::string& path, const std::string& pass_phrase) {
  Cleansed phrase;
  if (!pass_phrase.empty()) {
    if (!pass_phrase.starts_with(kPipe)) return fault("the pass phrase of ", path, " is to be 'pipe://PROGRAM'");
    auto line = config::command_output(pass_phrase.substr(kPipe.size()));
    if (!line.ok()) return fault("the pass phrase of ", path, ": ", pass_phrase, ": ", line.error().text);
    phrase.text = std::move(*line);
  }
  Cleansed pem;
  if (const auto read = read_secret(path, pem.text); !read.ok()) return base::Failed{read.error()};
  if (pem.text.find("PRIVATE KEY-----") == std::string::npos) return fault(path, ": has no private key in PEM form");
  ERR_clear_error();
  const tls::BioHandle in(BIO_new_mem_buf(pem.text.data(), static_cast<int>(pem.text.size())));
  PassPhrase given{pass_phrase.empty() ? nullptr : &phrase.text};
  tls::KeyHandle key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, give_pass_phrase, &given) : nullptr);
  if (key) return key;
  if (given.asked && !given.text) {
    ERR_clear_error();
    return fault(path, ": is encrypted: its pass phrase is needed (pipe://PROGRAM)");
  }
  const std::string why = tls::take_error_text();
  if (given.asked) return fault(path, ": its pass phrase is wrong, or the key is damaged: ", why);
  return fault(path, ": ", why);
}

base::Result<std::shared_ptr<const Issuer>> Issuer::of(std::vector<tls::CertificateHandle> certificates,
                                                       tls::KeyHandle key, const IssuerFiles& files, time_t now) {
  std::shared_ptr<Issuer> made(new Issuer);
  X509* const first = certificates.front().get();
  if (const std::string why = why_not_key(key.get()); !why.empty()) return fault(files.key, ": is ", why);
  if (X509_check_private_key(first, key.get()) != 1) {
    ERR_clear_error();
    return fault(files.key, ": is not the key of the certificate '", name_text(X509_get_subject_name(first)), "' in ",
                 files.certificate);
  }
  made->chain_.reset(sk_X509_new_null());
  made->not_after_ = seconds_of(X509_get0_notAfter(first));
  const X509* below = nullptr;
  long depth = 0;
  for (tls::CertificateHandle& one : certificates) {
    if (const std::string why = why_not_ca(one.get(), now); !why.empty()) return fault(files.certificate, ": ", why);
    if (below && X509_check_issued(one.get(), const_cast<X509*>(below)) != X509_V_OK)
      return fault(files.certificate, ": '", name_text(X509_get_subject_name(one.get())),
                   "' has not issued the certificate before it");
    if (const long allowed = X509_get_pathlen(one.get()); allowed >= 0 && allowed < depth)
      return fault(files.certificate, ": '", name_text(X509_get_subject_name(one.get())),
                   "' allows no such CAs below it (pathlen)");
    depth++;
    below = one.get();
    made->not_before_ = std::max(made->not_before_, seconds_of(X509_get0_notBefore(one.get())));
    made->not_after_ = std::min(made->not_after_, seconds_of(X509_get0_notAfter(one.get())));
    // A root behind others is of no use to a client that trusts it, nor to one that does not.
    const bool root = X509_get_extension_flags(one.get()) & EXFLAG_SS;
    if (root && one.get() != first) continue;
    if (!made->chain_ || X509_up_ref(one.get()) != 1) return fault("no memory");
    if (sk_X509_push(made->chain_.get(), one.get()) == 0) {
      X509_free(one.get());
      return fault("no memory");
    }
  }
  made->constraints_.reset(
      static_cast<NAME_CONSTRAINTS*>(X509_get_ext_d2i(first, NID_name_constraints, nullptr, nullptr)));
  made->key_id_ = own_key_id(first);
  // Of the curves only P-256 is fast.
  made->slow_ = EVP_PKEY_is_a(key.get(), "RSA") == 1 || EVP_PKEY_get_bits(key.get()) > 256;
  made->certificate_ = std::move(certificates.front());
  made->key_ = std::move(key);
  ERR_clear_error();
  return std::shared_ptr<const Issuer>(std::move(made));
}

base::Result<std::shared_ptr<const Issuer>> Issuer::load(const IssuerFiles& files, time_t now) {
  auto certificates = read_certificates(files.certificate);
  if (!certificates.ok()) return base::Failed{certificates.error()};
  auto key = read_private_key(files.key, files.pass_phrase);
  if (!key.ok()) return base::Failed{key.error()};
  return of(std::move(*certificates), std::move(*key), files, now);
}

base::Result<std::shared_ptr<const Issuer>> Issuer::throw_away(time_t now) {
  CaWish wish;
  wish.common_name = "This server could not be verified";
  wish.organization = "Navajo";
  wish.days = 3650;
  auto made = make_ca(wish, now);
  if (!made.ok()) return base::Failed{made.error()};
  std::vector<tls::CertificateHandle> certificates;
  certificates.push_back(std::move(made->certificate));
  return of(std::move(certificates), std::move(made->key), {"", "", ""}, now);
}

}  // namespace navajo::mitm
