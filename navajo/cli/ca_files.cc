#include "navajo/cli/ca_files.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "navajo/config/text.h"
#include "navajo/tls/error_text.h"

namespace navajo::cli {
namespace {

constexpr time_t kDay = 86400;

base::Failed<base::Error> fault(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

bool exists(const std::string& path) {
  struct stat about {};
  return lstat(path.c_str(), &about) == 0 || errno != ENOENT;
}

base::Status<> prepare_folder(const std::string& folder) {
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return fault(folder + ": " + strerror(errno));
  struct stat about {};
  if (stat(folder.c_str(), &about) != 0) return fault(folder + ": " + strerror(errno));
  if (!S_ISDIR(about.st_mode)) return fault(folder + " is no folder");
  const bool sticky = about.st_mode & S_ISVTX;
  if ((about.st_uid != 0 && about.st_uid != geteuid()) || ((about.st_mode & 022) && !sticky))
    return fault(folder + " belongs to others, or others can write to it: they could replace the key");
  return base::Done{};
}

std::string text_of(const tls::BioHandle& bio) {
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return length > 0 ? std::string(text, static_cast<size_t>(length)) : "";
}

std::string certificate_pem(X509* certificate) {
  const tls::BioHandle out(BIO_new(BIO_s_mem()));
  return out && PEM_write_bio_X509(out.get(), certificate) == 1 ? text_of(out) : "";
}

std::string key_pem(EVP_PKEY* key) {
  const tls::BioHandle out(BIO_new(BIO_s_secmem()));
  const bool done = out && PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1;
  return done ? text_of(out) : "";
}

std::string hexadecimal(const unsigned char* bytes, size_t length) {
  std::string text;
  char octet[4];
  for (size_t i = 0; i < length; i++) {
    snprintf(octet, sizeof octet, i ? ":%02X" : "%02X", bytes[i]);
    text += octet;
  }
  return text;
}

std::string key_text(const X509* certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (!key) return "unknown";
  const std::string bits = std::to_string(EVP_PKEY_get_bits(key));
  if (EVP_PKEY_is_a(key, "RSA")) return "RSA " + bits;
  if (EVP_PKEY_is_a(key, "EC")) return "ECDSA " + bits;
  return std::string(EVP_PKEY_get0_type_name(key)) + " " + bits;
}

// "10.0.0.0/8"; a mask with holes is shown as it is.
std::string network_text(const ASN1_OCTET_STRING* network) {
  const unsigned char* bytes = ASN1_STRING_get0_data(network);
  const auto length = static_cast<size_t>(ASN1_STRING_length(network));
  char address[INET6_ADDRSTRLEN];
  if ((length != 8 && length != 32) || !inet_ntop(length == 8 ? AF_INET : AF_INET6, bytes, address, sizeof address))
    return hexadecimal(bytes, length);
  size_t bits = 0;
  while (bits < length * 4 && (bytes[length / 2 + bits / 8] & (0x80 >> bits % 8))) bits++;
  for (size_t bit = bits; bit < length * 4; bit++)
    if (bytes[length / 2 + bit / 8] & (0x80 >> bit % 8)) return hexadecimal(bytes, length);
  return std::string(address) + "/" + std::to_string(bits);
}

// "example.com, 10.0.0.0/8"
std::string trees_text(const STACK_OF(GENERAL_SUBTREE) * trees) {
  std::string text;
  for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++) {
    const GENERAL_NAME* base = sk_GENERAL_SUBTREE_value(trees, i)->base;
    if (!text.empty()) text += ", ";
    if (base->type == GEN_DNS) {
      const std::string name(reinterpret_cast<const char*>(ASN1_STRING_get0_data(base->d.dNSName)),
                             static_cast<size_t>(ASN1_STRING_length(base->d.dNSName)));
      text += name.empty() ? "all names" : config::printable(name);
    } else if (base->type == GEN_IPADD) {
      text += network_text(base->d.iPAddress);
    } else {
      text += "another kind of name";
    }
  }
  return text;
}

std::string line(const char* name, const std::string& value) {
  std::string text = std::string(name) + ":";
  text.resize(16, ' ');
  return text + value + "\n";
}

std::string constraints_text(const X509* certificate) {
  const std::unique_ptr<NAME_CONSTRAINTS, tls::FreedBy<NAME_CONSTRAINTS_free>> constraints(
      static_cast<NAME_CONSTRAINTS*>(X509_get_ext_d2i(certificate, NID_name_constraints, nullptr, nullptr)));
  if (!constraints) return "";
  std::string text;
  if (constraints->permittedSubtrees) text += line("permitted", trees_text(constraints->permittedSubtrees));
  if (constraints->excludedSubtrees) text += line("excluded", trees_text(constraints->excludedSubtrees));
  return text;
}

}  // namespace

base::Status<> write_new_file(const std::string& path, const std::string& text, mode_t mode) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (file < 0 && errno == EEXIST) return fault(path + " is there already: nothing is overwritten");
  if (file < 0) return fault(path + ": " + strerror(errno));
  // Whatever the umask takes away or somebody's default rights add.
  int error = fchmod(file, mode) == 0 ? 0 : errno;
  for (size_t at = 0; error == 0 && at < text.size();) {
    const ssize_t written = write(file, text.data() + at, text.size() - at);
    if (written < 0 && errno != EINTR) error = errno;
    if (written > 0) at += static_cast<size_t>(written);
  }
  if (error == 0 && fsync(file) != 0) error = errno;
  if (close(file) != 0 && error == 0) error = errno;
  if (error == 0) return base::Done{};
  unlink(path.c_str());
  return fault(path + ": " + strerror(error));
}

base::Status<> create_ca(const std::string& folder, const mitm::CaWish& wish, time_t now) {
  if (auto prepared = prepare_folder(folder); !prepared.ok()) return prepared;
  const std::string certificate = folder + "/" + kCaCertificateFile, key = folder + "/" + kCaKeyFile;
  // Before an RSA key has taken its time.
  for (const std::string& path : {key, certificate})
    if (exists(path)) return fault(path + " is there already: nothing is overwritten");
  const auto made = mitm::make_ca(wish, now);
  if (!made.ok()) return base::Failed{made.error()};
  std::string secret = key_pem(made->key.get());
  const std::string shown = certificate_pem(made->certificate.get());
  if (secret.empty() || shown.empty()) return fault("no CA: " + tls::take_error_text());
  auto written = write_new_file(key, secret, 0600);
  OPENSSL_cleanse(secret.data(), secret.size());
  if (!written.ok()) return written;
  written = write_new_file(certificate, shown, 0644);
  if (!written.ok()) unlink(key.c_str());
  return written;
}

base::Result<CaDescription> describe_ca(const mitm::IssuerFiles& files, time_t now) {
  const auto certificates = mitm::read_certificates(files.certificate);
  if (!certificates.ok()) return base::Failed{certificates.error()};
  X509* const ca = certificates->front().get();
  const time_t to = mitm::seconds_of(X509_get0_notAfter(ca));
  const ASN1_INTEGER* serial = X509_get0_serialNumber(ca);
  const mitm::Digest256 fingerprint = mitm::fingerprint_of(ca);
  CaDescription made;
  made.text = line("subject", mitm::name_text(X509_get_subject_name(ca)));
  made.text += line("issuer", mitm::name_text(X509_get_issuer_name(ca)));
  made.text += line("serial", hexadecimal(ASN1_STRING_get0_data(serial),
                                          static_cast<size_t>(ASN1_STRING_length(serial))));
  made.text += line("valid from", mitm::time_text(mitm::seconds_of(X509_get0_notBefore(ca))));
  made.text += line("valid until", mitm::time_text(to) + (to > now ? " (" + std::to_string((to - now) / kDay) + " days)"
                                                                   : " (expired)"));
  made.text += line("key", key_text(ca));
  made.text += constraints_text(ca);
  made.text += line("SHA-256", hexadecimal(fingerprint.data(), fingerprint.size()));
  if (certificates->size() > 1) made.text += line("chain", std::to_string(certificates->size()) + " certificates");
  made.usable = to > now;
  if (files.key.empty()) return made;
  const auto issuer = mitm::Issuer::load(files, now);
  made.usable = issuer.ok();
  made.text += line("usable", issuer.ok() ? "yes, with " + files.key : "no: " + issuer.error().text);
  return made;
}

base::Result<std::string> export_ca(const std::string& certificate_file, bool der) {
  const auto certificates = mitm::read_certificates(certificate_file);
  if (!certificates.ok()) return base::Failed{certificates.error()};
  X509* const ca = certificates->front().get();
  std::string text = der ? mitm::to_der(ca) : certificate_pem(ca);
  if (text.empty()) return fault(certificate_file + ": " + tls::take_error_text());
  return text;
}

}  // namespace navajo::cli
