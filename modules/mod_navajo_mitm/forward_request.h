// What a request on a forward proxy's address is: a CONNECT, one with an absolute target, one inside of an intercepted
// connection, or none of these. Decided once, before any other module looks at the request; kept in its pool.
#pragma once

#include "modules/mod_navajo/client_connection.h"
#include "navajo/forward/interception.h"

extern "C" {
extern module AP_MODULE_DECLARE_DATA navajo_mitm_module;
}

namespace navajo::mitm_glue {

enum class Kind : uint8_t { connect, absolute, inner };

struct ForwardRequest {
  Kind kind;
  forward::ForwardProxy* proxy;
  forward::Target destination;  // of connect and absolute
  api::ForwardTarget target;    // of absolute and inner
};

// Null: the request is not one of a forward proxy's.
ForwardRequest* forward_request(const request_rec* r);

// post_read_request: what it is, or why it is refused.
int classify(request_rec* r);
// translate_name, before mod_navajo's: authentication asks with 407 from here on.
int mark_as_proxied(request_rec* r);
// check_authn, first: who opened the intercepted connection is who asks inside.
int take_user_of_connect(request_rec* r);
// fixups: an absolute target by the policy; the handler of a CONNECT.
int apply_policy(request_rec* r);

// Logs, counts and answers 403.
int refuse(request_rec* r, const ForwardRequest& request, const char* cause);

// The optional functions of mod_navajo.
void retrieve_functions();
glue::ClientConnection* client_connection(conn_rec* c);

}  // namespace navajo::mitm_glue
