// Speaks TLS to other servers: one object for all connections with the same settings, whoever they go to; used by all
// threads and fibers at once. Reads its files again when they change; a connection that is open stays as it is.
//
//   auto made = ClientContext::make(options);
//   stream.socket().connect(endpoint, deadline);
//   const Handshake done = (*made)->handshake(stream, {"app.example.test", "app.example.test:443"}, deadline);
//   if (!done.ok()) ... done.text ...
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "navajo/config/watched_files.h"
#include "navajo/tls/client_files.h"
#include "navajo/tls/session_cache.h"
#include "navajo/tls/stream.h"

namespace navajo::tls {

// Whom a connection goes to.
struct PeerName {
  // Looked for in the certificate and, unless it is an IP address, sent as SNI. Where the options have a server_name,
  // that is.
  std::string_view name;
  std::string_view address;  // host:port; sessions are resumed only with the same name and address
  std::string_view scope{};  // with SessionReuse::session: of whom; empty: nobody's
};

struct [[nodiscard]] Handshake {
  enum class Outcome : uint8_t { done, certificate_refused, failed, timed_out, cancelled, stopping };
  Outcome outcome = Outcome::done;
  std::string text;  // which certificate and why; or why no TLS came about

  bool ok() const { return outcome == Outcome::done; }
};

class ClientContext {
 public:
  static base::Result<std::shared_ptr<ClientContext>, LoadFault> make(ClientOptions options);
  ~ClientContext();
  ClientContext(const ClientContext&) = delete;

  // On a connected stream. Counts (observe: backend_handshakes, backend_resumptions, backend_tls_failures).
  Handshake handshake(Stream& stream, const PeerName& peer, reactor::Deadline deadline);

  const ClientOptions& options() const { return options_; }
  SessionCache::Numbers sessions() const { return sessions_->numbers(); }
  uint64_t reloads() const { return files_.reloads(); }
  uint64_t refused_reloads() const { return files_.refused_reloads(); }

 private:
  struct Loaded {
    SslContextHandle context;
    uint64_t generation;
  };
  explicit ClientContext(ClientOptions options);
  std::shared_ptr<const Loaded> current();
  void put_to_use(SslContextHandle context);
  std::string session_key(const std::string& name, const PeerName& peer) const;
  static int on_session(SSL* ssl, SSL_SESSION* session);

  const ClientOptions options_;
  config::WatchedFiles files_;
  const std::shared_ptr<SessionCache> sessions_;  // also of connections that outlive the context
  std::atomic<uint64_t> generation_{0};
  std::atomic<std::shared_ptr<const Loaded>> loaded_;
};

// Of an open connection that speaks TLS: "TLSv1.3", "TLS_AES_128_GCM_SHA256", and whether it resumed a session.
struct TlsFacts {
  const char* protocol;
  const char* cipher;
  bool resumed;
};
TlsFacts facts_of(const SSL* ssl);

}  // namespace navajo::tls
