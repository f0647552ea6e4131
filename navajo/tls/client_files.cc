#include "navajo/tls/client_files.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include <cstring>

#include "navajo/config/file_text.h"
#include "navajo/config/text.h"
#include "navajo/tls/error_text.h"

namespace navajo::tls {
namespace {

using Part = LoadFault::Part;
using Loaded = base::Result<SslContextHandle, LoadFault>;
using StoreHandle = std::unique_ptr<X509_STORE, FreedBy<X509_STORE_free>>;

constexpr size_t kLargestFile = 8 * 1024 * 1024;
constexpr char kPkcs11[] = "pkcs11:";

// Of the whole process: they are the same for everybody, and on some systems more than a hundred certificates.
X509_STORE* system_roots() {
  static X509_STORE* const roots = [] {
    X509_STORE* store = X509_STORE_new();
    if (store) X509_STORE_set_default_paths(store);
    ERR_clear_error();
    return store;
  }();
  return roots;
}

// A file's text, which is wiped: it may hold a key.
struct SecretText {
  std::string text;
  SecretText() = default;
  explicit SecretText(std::string from) : text(std::move(from)) {}
  SecretText(SecretText&& other) noexcept : text(std::move(other.text)) {}
  SecretText& operator=(SecretText&& other) noexcept {
    std::swap(text, other.text);
    return *this;
  }
  ~SecretText() { OPENSSL_cleanse(text.data(), text.size()); }
  BioHandle bio() const { return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }
};

int say_pass_phrase(char* into, int room, int, void* phrase) {
  const auto& text = *static_cast<const std::string*>(phrase);
  if (text.empty() || static_cast<size_t>(room) < text.size()) return -1;
  memcpy(into, text.data(), text.size());
  return static_cast<int>(text.size());
}

class Loader {
 public:
  explicit Loader(const ClientOptions& options) : options_(options), context_(SSL_CTX_new(TLS_client_method())) {}

  Loaded load() {
    if (!context_) return refused(Part::other, "no TLS: " + take_error_text());
    SSL_CTX* context = context_.get();
    options_.protocols.apply_to(context);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (!options_.alpn.empty()) {
      const std::string wire = static_cast<char>(options_.alpn.size()) + options_.alpn;
      SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(wire.data()),
                              static_cast<unsigned>(wire.size()));
    }
    if (const LoadFault fault = set_ciphers(); !fault.text.empty()) return base::Failed{fault};
    if (const LoadFault fault = set_roots(); !fault.text.empty()) return base::Failed{fault};
    if (const LoadFault fault = set_identity(); !fault.text.empty()) return base::Failed{fault};
    return std::move(context_);
  }

 private:
  static base::Failed<LoadFault> refused(Part part, std::string text) { return base::Failed{LoadFault{part, text}}; }

  // "a:b:TLS_AES_128_GCM_SHA256:@SECLEVEL=0": two lists for OpenSSL.
  LoadFault set_ciphers() {
    std::string older, newer;
    std::string list = options_.ciphers;
    for (char& c : list)
      if (c == ':' || c == ',') c = ' ';
    for (const std::string_view word : config::split_words(list)) {
      std::string& into = word.starts_with("TLS_") ? newer : older;
      if (!into.empty()) into += ':';
      into += word;
    }
    if (older.empty() && newer.empty()) return {Part::ciphers, "names no cipher suite"};
    if (!older.empty() && SSL_CTX_set_cipher_list(context_.get(), older.c_str()) != 1)
      return {Part::ciphers, "'" + config::printable(older) + "': " + take_error_text()};
    if (!newer.empty() && SSL_CTX_set_ciphersuites(context_.get(), newer.c_str()) != 1)
      return {Part::ciphers, "'" + config::printable(newer) + "': " + take_error_text()};
    return {};
  }

  LoadFault set_roots() {
    if (!options_.verify_peer) return {};
    if (options_.ca_file.empty()) {
      if (system_roots()) SSL_CTX_set1_cert_store(context_.get(), system_roots());
      return {};
    }
    auto text = config::read_file_text(options_.ca_file, kLargestFile);
    if (!text.ok()) return {Part::ca_file, options_.ca_file + " " + text.error().text};
    const SecretText ca(std::move(*text));
    StoreHandle store(X509_STORE_new());
    // Who names a certificate trusts it, also if it is not a root.
    X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
    const BioHandle bio = ca.bio();
    size_t found = 0;
    while (const CertificateHandle one{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
      X509_STORE_add_cert(store.get(), one.get());
      found++;
    }
    if (!at_the_end()) return {Part::ca_file, options_.ca_file + ": " + take_error_text()};
    if (found == 0) return {Part::ca_file, options_.ca_file + ": no certificate in PEM form in it"};
    SSL_CTX_set1_cert_store(context_.get(), store.get());
    return {};
  }

  // After the last PEM block OpenSSL complains that there is no further one.
  static bool at_the_end() {
    const unsigned long error = ERR_peek_last_error();
    if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE) return false;
    ERR_clear_error();
    return true;
  }

  LoadFault set_identity() {
    if (options_.certificate_file.empty()) return {};
    if (const LoadFault fault = set_certificate(); !fault.text.empty()) return fault;
    const std::string& file = options_.key_file.empty() ? options_.certificate_file : options_.key_file;
    const Part part = options_.key_file.empty() ? Part::certificate_file : Part::key_file;
    KeyHandle key;
    if (file.starts_with(kPkcs11)) {
      key = from_store<KeyHandle>(file, OSSL_STORE_INFO_PKEY, OSSL_STORE_INFO_get1_PKEY);
      if (!key) return {part, "no key at " + without_secrets(file) + ": " + store_error()};
    } else {
      auto text = config::read_file_text(file, kLargestFile);
      if (!text.ok()) return {part, file + " " + text.error().text};
      const SecretText secret(std::move(*text));
      const BioHandle bio = secret.bio();
      key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, say_pass_phrase,
                                        const_cast<std::string*>(&options_.pass_phrase)));
      if (!key) return {part, file + ": " + key_error(secret.text)};
    }
    if (SSL_CTX_use_PrivateKey(context_.get(), key.get()) != 1 || SSL_CTX_check_private_key(context_.get()) != 1) {
      ERR_clear_error();
      return {part, without_secrets(file) + ": the key is not that of the certificate in " +
                        without_secrets(options_.certificate_file)};
    }
    SSL_CTX_set_post_handshake_auth(context_.get(), 1);
    return {};
  }

  LoadFault set_certificate() {
    const std::string& file = options_.certificate_file;
    if (file.starts_with(kPkcs11)) {
      const auto certificate = from_store<CertificateHandle>(file, OSSL_STORE_INFO_CERT, OSSL_STORE_INFO_get1_CERT);
      if (!certificate || SSL_CTX_use_certificate(context_.get(), certificate.get()) != 1)
        return {Part::certificate_file, "no certificate at " + without_secrets(file) + ": " + store_error()};
      return {};
    }
    auto text = config::read_file_text(file, kLargestFile);
    if (!text.ok()) return {Part::certificate_file, file + " " + text.error().text};
    const SecretText secret(std::move(*text));
    const BioHandle bio = secret.bio();
    size_t found = 0;
    while (CertificateHandle one{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
      const bool taken = found++ == 0 ? SSL_CTX_use_certificate(context_.get(), one.get()) == 1
                                      : SSL_CTX_add1_chain_cert(context_.get(), one.get()) == 1;
      if (!taken) return {Part::certificate_file, file + ": " + take_error_text()};
    }
    if (!at_the_end()) return {Part::certificate_file, file + ": " + take_error_text()};
    if (found == 0) return {Part::certificate_file, file + ": no certificate in PEM form in it"};
    return {};
  }

  std::string key_error(const std::string& text) const {
    const std::string said = take_error_text();
    if (text.find("PRIVATE KEY-----") == std::string::npos) return "no private key in PEM form in it";
    if (text.find("ENCRYPTED") == std::string::npos) return said;
    return options_.pass_phrase.empty() ? said + " (an encrypted key needs a pass phrase)"
                                        : said + " (is the pass phrase right?)";
  }

  static std::string store_error() {
    return take_error_text() +
           " (pkcs11: URLs need a provider for PKCS#11, activated in openssl.cnf or in OPENSSL_CONF's file)";
  }
  // A PIN may stand behind the path.
  static std::string without_secrets(const std::string& url) {
    return url.starts_with(kPkcs11) ? url.substr(0, url.find('?')) : url;
  }

  template <class Handle>
  Handle from_store(const std::string& url, int kind, typename Handle::pointer (*get)(const OSSL_STORE_INFO*)) {
    Handle found;
    UI_METHOD* ui = UI_UTIL_wrap_read_pem_callback(say_pass_phrase, 0);
    OSSL_STORE_CTX* store = OSSL_STORE_open(url.c_str(), ui, const_cast<std::string*>(&options_.pass_phrase), nullptr,
                                            nullptr);
    while (store && !found && !OSSL_STORE_eof(store)) {
      OSSL_STORE_INFO* info = OSSL_STORE_load(store);
      if (!info) {
        if (OSSL_STORE_error(store)) break;
        continue;
      }
      if (OSSL_STORE_INFO_get_type(info) == kind) found.reset(get(info));
      OSSL_STORE_INFO_free(info);
    }
    if (store) OSSL_STORE_close(store);
    UI_destroy_method(ui);
    return found;
  }

  const ClientOptions& options_;
  SslContextHandle context_;
};

}  // namespace

Loaded load_client_context(const ClientOptions& options) {
  ERR_clear_error();
  return Loader(options).load();
}

std::vector<std::string> files_of(const ClientOptions& options) {
  std::vector<std::string> files;
  const auto add = [&](const std::string& file) {
    if (!file.empty() && !file.starts_with(kPkcs11)) files.push_back(file);
  };
  if (options.verify_peer) add(options.ca_file);
  add(options.certificate_file);
  if (!options.certificate_file.empty()) add(options.key_file);
  return files;
}

}  // namespace navajo::tls
