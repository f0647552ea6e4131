// What the other modules of the suite may do with a client's connection that lives on a reactor, and what they may ask
// mod_navajo for. They meet through httpd's optional functions, since a module binds to no other module's symbols.
// All of it on the connection's own thread.
#pragma once

#include <memory>

#include "modules/mod_navajo/navajo_httpd.h"
#include "navajo/api/forward_target.h"
#include "navajo/tls/stream.h"

namespace navajo::glue {

class ClientConnection {
 public:
  // What becomes of the connection after the request that asked for it (CONNECT).
  class Continuation {
   public:
    virtual ~Continuation() = default;
    enum class Next : uint8_t {
      close,
      serve,  // requests are read from what the stream is now; the continuation stays with the connection
      keep,   // it goes on without a fiber, until the continuation calls end() or drainTimeout is over
    };
    // On the connection's fiber, when the request is answered and logged and its conn_rec is gone. What the client
    // sent already is the next of stream()'s input, which speaks TLS if the client does.
    virtual Next run(ClientConnection& connection) = 0;
  };

  virtual void after_request(std::unique_ptr<Continuation> continuation) = 0;
  // Null: this connection has none.
  virtual Continuation* continuation() = 0;
  virtual tls::Stream& stream() = 0;
  // Of a kept one: closes it, and the continuation with it. In no callback of the stream's observer but the last.
  virtual void end() = 0;
  // The same, but what was sent to the client last still arrives: our side is finished, and what the client sends is
  // thrown away for a while.
  virtual void end_lingering() = 0;

 protected:
  ~ClientConnection() = default;
};

}  // namespace navajo::glue

// Null: c does not live on a reactor.
APR_DECLARE_OPTIONAL_FN(navajo::glue::ClientConnection*, navajo_client_connection, (conn_rec * c));
// The ForwardProxy element whose virtual host this is; null: none.
APR_DECLARE_OPTIONAL_FN(navajo::forward::ForwardProxy*, navajo_forward_proxy, (const server_rec* server));
// Of mod_navajo_mitm: where the client of a forward proxy wants r to go; null: r is no such request.
APR_DECLARE_OPTIONAL_FN(const navajo::api::ForwardTarget*, navajo_forward_target, (const request_rec* r));
