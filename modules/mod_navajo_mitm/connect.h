// CONNECT: the answer, and what becomes of the connection after it.
#pragma once

#include <memory>

#include "modules/mod_navajo_mitm/forward_request.h"

namespace navajo::mitm_glue {

inline constexpr char kConnectHandler[] = "navajo-connect";

// A connection whose TLS ends here: what its requests have to know. Lives as long as the connection.
class Intercepted {
 public:
  virtual const forward::ConnectRequest& request() const = 0;
  virtual const std::string& server_name() const = 0;
  virtual bool is_untrusted() const = 0;
  virtual SSL* ssl() const = 0;
  // Past maxConnectionAge.
  virtual bool is_old() const = 0;

 protected:
  ~Intercepted() = default;
};

// Null: c is not intercepted.
const Intercepted* intercepted(conn_rec* c);

int handle_connect(request_rec* r);

}  // namespace navajo::mitm_glue
