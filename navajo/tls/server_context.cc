#include "navajo/tls/server_context.h"

#include "navajo/tls/error_text.h"

namespace navajo::tls {

base::Result<std::shared_ptr<ServerContext>> ServerContext::make(ServerOptions options) {
  std::shared_ptr<ServerContext> made(new ServerContext(std::move(options)));
  auto context = made->load();
  if (!context.ok()) return base::Failed{context.error()};
  made->context_ = std::shared_ptr<SSL_CTX>(std::move(*context));
  return made;
}

ServerContext::ServerContext(ServerOptions options)
    : options_(std::move(options)),
      files_("TLS of " + options_.owner, {options_.certificate_file, options_.key_file},
             {observe::id::tls_files_kept, observe::id::tls_files_kept, observe::id::tls_files_reloaded,
              "certificate and key"}) {
  for (const std::string& protocol : options_.alpn) (protocols_ += static_cast<char>(protocol.size())) += protocol;
}

base::Result<SslContextHandle> ServerContext::load() const {
  const auto refused = [](const std::string& what) {
    return base::Failed{base::Error{what + ": " + take_error_text()}};
  };
  SslContextHandle context(SSL_CTX_new(TLS_server_method()));
  if (!context) return refused("no TLS");
  SSL_CTX* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // tickets alone: nothing to keep
  if (SSL_CTX_use_certificate_chain_file(raw, options_.certificate_file.c_str()) != 1)
    return refused(options_.certificate_file);
  if (SSL_CTX_use_PrivateKey_file(raw, options_.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(raw) != 1)
    return refused(options_.key_file);
  // The const_cast is OpenSSL's: choose_protocol() only reads.
  if (!protocols_.empty()) SSL_CTX_set_alpn_select_cb(raw, choose_protocol, const_cast<ServerContext*>(this));
  return context;
}

int ServerContext::choose_protocol(SSL*, const unsigned char** out, unsigned char* length,
                                   const unsigned char* offered, unsigned offered_length, void* self) {
  const std::string& ours = static_cast<const ServerContext*>(self)->protocols_;
  const auto* wire = reinterpret_cast<const unsigned char*>(ours.data());
  const int answer = SSL_select_next_proto(const_cast<unsigned char**>(out), length, wire,
                                           static_cast<unsigned>(ours.size()), offered, offered_length);
  return answer == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

SslHandle ServerContext::new_ssl() {
  if (options_.look_interval > base::Duration::zero())
    files_.look(base::system_clock().now(), options_.look_interval, [this](config::Diagnostics& faults) {
      auto context = load();
      if (context.ok())
        context_ = std::shared_ptr<SSL_CTX>(std::move(*context));
      else
        faults.fault({options_.owner, 0, 0}, observe::id::tls_files_kept, context.error().text);
    });
  return SslHandle(SSL_new(context_.load().get()));
}

}  // namespace navajo::tls
