// A request that becomes something else: its answer is a 101, and from then on the connection carries another protocol
// (RFC 9110 7.8). The servlet that asked a backend for it makes an Upgraded and gives it to Response::upgrade(), which
// sends the head; everything up to there goes through filters, rules and sessions like any other request. Then the
// request ends and is logged, and the Upgraded goes on with the client's connection, without a fiber.
#pragma once

#include <cstdint>

#include "navajo/tls/stream.h"

namespace navajo::api {

class Upgraded {
 public:
  // The client's connection. Only on its reactor's thread.
  class Client {
   public:
    // What the client sent behind its request is the next of its input.
    virtual tls::Stream& stream() = 0;
    enum class End : uint8_t {
      at_once,
      lingering,  // what was written last still arrives: our side is finished, and the client's is waited for a while
    };
    // Closes it, and destroys the Upgraded. In no callback of the stream's observer but the last.
    virtual void end(End how) = 0;

   protected:
    ~Client() = default;
  };

  // On any thread where the server ends or the client was lost before begin(); later on the connection's own.
  virtual ~Upgraded() = default;
  // On the connection's fiber, once, when the 101 is out. False: the connection is closed.
  virtual bool begin(Client& client) = 0;
};

}  // namespace navajo::api
