// The TLS of a client's connection is mod_ssl's, and lives in httpd's filters and the conn_rec. A connection that
// becomes a tunnel has neither: then the SSL object goes on under the connection's own stream. On the connection's
// fiber.
#pragma once

#include "modules/mod_navajo/client_io.h"
#include "navajo/tls/stream.h"

namespace navajo::glue {

// From register_hooks: mod_ssl tells of the object it has made for a connection (Connection::set_tls).
void register_client_tls();

// The stream goes on where c's filters have stopped: what httpd has read and nobody has used is the next of its
// input. mod_ssl: the object c's filters use; null: TLS is none, or the stream's own. It is taken out of mod_ssl's
// hands, which believes that it has shut down; nothing is sent. Afterwards nothing but its end may happen to c. False:
// the connection is of no more use.
bool take_over(conn_rec* c, ClientIo& io, tls::SslHandle mod_ssl, tls::Stream& stream);

}  // namespace navajo::glue
