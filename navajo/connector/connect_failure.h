// What a connect that failed means: whose fault it is, and what the client is told.
#pragma once

#include "navajo/connector/failure.h"
#include "navajo/reactor/socket.h"
#include "navajo/tls/client_context.h"

namespace navajo::connector {

Failure connect_failure(const reactor::IoResult& result);
// The same of the TLS handshake that followed.
Failure handshake_failure(tls::Handshake done);

}  // namespace navajo::connector
