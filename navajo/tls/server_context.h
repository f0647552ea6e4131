// Speaks TLS to clients of a TcpConnector: a certificate, its key and the protocols offered. Any thread. Reads its
// files again when they change; a connection that is open stays as it is.
// TLS 1.2 and 1.3, no renegotiation. ALPN (RFC 7301): the first of ours that the client offers; a client that offers
// only others is refused with no_application_protocol, one that offers none is served.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/config/watched_files.h"
#include "navajo/tls/handles.h"

namespace navajo::tls {

struct ServerOptions {
  std::string owner;             // for log lines
  std::string certificate_file;  // PEM, with the chain
  std::string key_file;          // PEM; may be the same
  std::vector<std::string> alpn;
  base::Duration look_interval = std::chrono::seconds(1);  // zero: the files are read once
};

class ServerContext {
 public:
  // The error names the file and why.
  static base::Result<std::shared_ptr<ServerContext>> make(ServerOptions options);
  ServerContext(const ServerContext&) = delete;

  // For Stream::handshake() with Role::server. Null: no memory.
  SslHandle new_ssl();
  uint64_t reloads() const { return files_.reloads(); }
  uint64_t refused_reloads() const { return files_.refused_reloads(); }

 private:
  explicit ServerContext(ServerOptions options);
  base::Result<SslContextHandle> load() const;
  static int choose_protocol(SSL* ssl, const unsigned char** out, unsigned char* length, const unsigned char* offered,
                             unsigned offered_length, void* self);

  const ServerOptions options_;
  std::string protocols_;  // as on the wire: each with its length in front
  config::WatchedFiles files_;
  std::atomic<std::shared_ptr<SSL_CTX>> context_;
};

}  // namespace navajo::tls
