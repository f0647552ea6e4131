// What happens behind the answer to a CONNECT: the client's first bytes are looked at, the policy is asked once more
// with the server name they speak of, and then either TLS ends here, with a certificate made for that name, or the
// bytes go to the destination as they are, or the connection ends. Belongs to one connection; on its fiber, which
// waits here.
#pragma once

#include <memory>
#include <string>

#include "navajo/forward/forward_proxy.h"
#include "navajo/tls/client_hello.h"

namespace navajo::forward {

// Who wants what, for decisions, logs and the requests inside. Copied: it outlives the CONNECT.
struct ConnectRequest {
  Target target;
  std::string client;      // address
  std::string user;        // as httpd's authentication found; empty: nobody asked
  std::string auth_type;
  std::string request_id;  // of the CONNECT, on every line about what came of it
};

class Interception {
 public:
  enum class Outcome : uint8_t {
    serve,   // the stream speaks TLS with us: requests come
    tunnel,  // origin() is connected: relay
    close,   // said in the log
  };

  Interception(const ForwardProxy& proxy, const ConnectRequest& request) : proxy_(proxy), request_(request) {}
  Outcome begin(tls::Stream& client);

  std::unique_ptr<tls::Stream> take_origin() { return std::move(origin_); }
  // What the certificate that the client was shown is for, and what the destination's has to be good for.
  const std::string& server_name() const { return server_name_; }
  // The destination's own certificate does not verify, and the client was shown one that does not, either.
  bool untrusted() const { return untrusted_; }

 private:
  Outcome refuse(const char* why, const char* detail = "");
  Outcome go_on_unknown(const char* what);
  Outcome relay();
  Outcome intercept(tls::Stream& client);
  // False: it is said why.
  bool look(tls::Stream& client);

  const ForwardProxy& proxy_;
  const ConnectRequest& request_;
  reactor::Deadline deadline_ = reactor::Deadline::never();  // handshakeTimeout, for all of it
  std::string first_;  // bytes of the client
  tls::HelloState state_ = tls::HelloState::incomplete;
  tls::ClientHello hello_;
  std::string server_name_;
  std::unique_ptr<tls::Stream> origin_;
  bool untrusted_ = false;
};

}  // namespace navajo::forward
