// For tests: CAs in a temporary folder, and what a client thinks of a certificate. Not part of libnavajo.
#pragma once

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "navajo/config/temporary_folder.h"
#include "navajo/mitm/interceptor.h"
#include "navajo/mitm/make_ca.h"
#include "navajo/observe/log.h"
#include "navajo/reactor/reactor.h"

namespace navajo::mitm {

inline std::string pem_of(X509* certificate) {
  const tls::BioHandle out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), certificate);
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<size_t>(length)};
}

inline std::string pem_of(EVP_PKEY* key, const char* pass_phrase = nullptr) {
  const tls::BioHandle out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(out.get(), key, pass_phrase ? EVP_aes_256_cbc() : nullptr, nullptr, 0, nullptr,
                                const_cast<char*>(pass_phrase));
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<size_t>(length)};
}

// A CA and its files.
struct CaFiles {
  explicit CaFiles(const CaWish& wish = {.common_name = "Test CA"}, time_t now = time(nullptr)) {
    auto made = make_ca(wish, now);
    if (!made.ok()) throw std::runtime_error(made.error().text);
    ca = std::move(*made);
    files.certificate = folder.write("ca.pem", pem_of(ca.certificate.get()));
    files.key = write_key("ca.key", pem_of(ca.key.get()));
  }
  std::string write_key(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    const std::string path = folder.write(name, text);
    chmod(path.c_str(), mode);
    return path;
  }
  MintOptions options() const {
    MintOptions options;
    options.ca_certificate = files.certificate;
    options.ca_key = files.key;
    return options;
  }

  config::TemporaryFolder folder;
  NewCa ca;
  IssuerFiles files;
};

// A root and an intermediate below it that has the key of `lower`.
struct TwoLevels {
  TwoLevels(const CaFiles& upper, const CaFiles& lower)
      : root(X509_dup(upper.ca.certificate.get())), below(X509_dup(lower.ca.certificate.get())) {
    // `navajo ca init` makes CAs without room for one below: this root has it.
    X509_EXTENSION_free(X509_delete_ext(root.get(), X509_get_ext_by_NID(root.get(), NID_basic_constraints, -1)));
    add_extension(root.get(), NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(root.get(), upper.ca.key.get(), EVP_sha256());
    root = again(root.get());
    X509_set_issuer_name(below.get(), X509_get_subject_name(root.get()));
    add_authority_key_id(below.get(), own_key_id(root.get()));
    X509_sign(below.get(), upper.ca.key.get(), EVP_sha256());
    below = again(below.get());
  }
  // What OpenSSL has remembered of the one before goes.
  static tls::CertificateHandle again(X509* certificate) { return from_der(to_der(certificate)); }
  tls::CertificateHandle root, below;
};

// X509_V_OK, or why a client that trusts `root` refuses the certificate as a server's, at `when`.
inline int verified(X509* leaf, X509* root, const std::string& name, time_t when = time(nullptr),
                    STACK_OF(X509) * between = nullptr) {
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, root);
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, leaf, between);
  X509_VERIFY_PARAM* wanted = X509_STORE_CTX_get0_param(context);
  X509_STORE_CTX_set_default(context, "ssl_server");
  X509_VERIFY_PARAM_set_flags(wanted, X509_V_FLAG_X509_STRICT | X509_V_FLAG_USE_CHECK_TIME);
  X509_VERIFY_PARAM_set_time(wanted, when);
  const auto host = parse_host_name(name);
  if (host && host->is_address())
    X509_VERIFY_PARAM_set1_ip(wanted, host->address.data(), host->address_bytes);
  else
    X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), 0);
  const int answer = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return answer;
}

// What the CA/Browser baseline (7.1.2.7) and RFC 5280 ask of a server's certificate; empty: nothing to complain about.
inline std::string lint(X509* leaf) {
  std::string faults;
  const auto require = [&](bool holds, const char* what) {
    if (!holds) faults += std::string(what) + "; ";
  };
  const auto extension = [&](int nid) { return X509_get_ext_by_NID(leaf, nid, -1); };
  const auto critical = [&](int nid) {
    const int at = extension(nid);
    return at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(leaf, at)) == 1;
  };
  require(X509_get_version(leaf) == X509_VERSION_3, "version 3");
  const ASN1_INTEGER* serial = X509_get0_serialNumber(leaf);
  require(ASN1_STRING_length(serial) >= 8 && ASN1_STRING_length(serial) <= 20, "serial of 8 to 20 octets");
  require(ASN1_STRING_type(serial) == V_ASN1_INTEGER && ASN1_STRING_get0_data(serial)[0] < 0x80, "positive serial");
  require(critical(NID_basic_constraints), "critical basicConstraints");
  require(!(X509_get_extension_flags(leaf) & (EXFLAG_CA | EXFLAG_INVALID)), "no CA, nothing unreadable");
  require(critical(NID_key_usage), "critical keyUsage");
  const bool rsa = EVP_PKEY_is_a(X509_get0_pubkey(leaf), "RSA");
  require(X509_get_key_usage(leaf) == (rsa ? KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT : KU_DIGITAL_SIGNATURE),
          "keyUsage of a server");
  require(X509_get_extended_key_usage(leaf) == XKU_SSL_SERVER, "extendedKeyUsage serverAuth alone");
  require(extension(NID_authority_key_identifier) >= 0 && extension(NID_subject_key_identifier) >= 0, "AKI and SKI");
  require(!critical(NID_authority_key_identifier) && !critical(NID_subject_key_identifier), "AKI, SKI not critical");
  require(extension(NID_subject_alt_name) >= 0, "SAN");
  const bool subject = X509_NAME_entry_count(X509_get_subject_name(leaf)) > 0;
  require(critical(NID_subject_alt_name) == !subject, "SAN critical without a subject only");
  require(EVP_PKEY_get_bits(X509_get0_pubkey(leaf)) == (rsa ? 2048 : 256), "RSA 2048 or P-256");
  int hash = NID_undef;
  X509_get_signature_info(leaf, &hash, nullptr, nullptr, nullptr);
  require(hash == NID_sha256, "signed over SHA-256");
  char name[256] = "";
  if (X509_NAME_get_text_by_NID(X509_get_subject_name(leaf), NID_commonName, name, sizeof name) > 0)
    require(strlen(name) <= 64, "CN of at most 64");
  for (int nid = 0, i = 0; i < X509_get_ext_count(leaf); i++) {
    nid = OBJ_obj2nid(X509_EXTENSION_get_object(X509_get_ext(leaf, i)));
    require(X509_get_ext_by_NID(leaf, nid, i) < 0, "each extension once");
  }
  return faults;
}

// The DNS names of the SAN, joined by a blank.
inline std::string dns_names(X509* leaf) {
  std::string text;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
    const GENERAL_NAME* one = sk_GENERAL_NAME_value(names, i);
    if (one->type != GEN_DNS) continue;
    if (!text.empty()) text += ' ';
    text.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(one->d.dNSName)),
                static_cast<size_t>(ASN1_STRING_length(one->d.dNSName)));
  }
  GENERAL_NAMES_free(names);
  return text;
}

// A reactor with a thread of its own; start() runs a function on a fiber of it.
class FiberThread {
 public:
  ~FiberThread() {
    reactor_.stop(reactor::Deadline::after(std::chrono::seconds(5)));
    thread_.join();
  }
  std::future<void> start(std::function<void()> body) {
    auto* task = new Task;
    task->body = std::move(body);
    task->run = [](reactor::Reactor::Message* message) {
      if (!reactor::Reactor::current()->spawn(&Task::main, static_cast<Task*>(message))) std::terminate();
    };
    std::future<void> done = task->done.get_future();
    reactor_.post(*task);
    return done;
  }

 private:
  struct Task : reactor::Reactor::Message {
    std::function<void()> body;
    std::promise<void> done;
    static void main(void* argument) {
      const std::unique_ptr<Task> self(static_cast<Task*>(argument));
      self->body();
      self->done.set_value();
    }
  };
  reactor::Reactor reactor_{{}};
  std::thread thread_{[this] { reactor_.run(); }};
};

// What was logged while it lives.
class LogCatcher {
 public:
  LogCatcher() {
    text().clear();
    observe::set_log_sink(
        [](observe::LogId, std::string_view line) {
          std::lock_guard lock(guard());
          text().append(line).append("\n");
        },
        [](observe::Level) { return true; });
  }
  ~LogCatcher() {
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(text());
  }
  bool has(const char* what) const {
    std::lock_guard lock(guard());
    return text().find(what) != std::string::npos;
  }

 private:
  static std::string& text() {
    static std::string all;
    return all;
  }
  static std::mutex& guard() {
    static std::mutex one;
    return one;
  }
};

}  // namespace navajo::mitm
