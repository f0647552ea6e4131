// Connections of TcpConnectors: told apart by the address they came in at, before httpd knows anything of them.
#pragma once

#include <memory>

#include "modules/mod_navajo/client_connection.h"
#include "navajo/edge/tcp_connector.h"

namespace navajo::glue {

// After the virtual hosts are there. Parent.
void find_tcp_connectors(server_rec* servers);
// Whose virtual host that is, or whose address; null: none's.
const edge::TcpConnector* tcp_connector_of(const server_rec* server);
const edge::TcpConnector* tcp_connector_at(const sockaddr& local);

// What such a connection is. peer, local: its two addresses.
std::unique_ptr<ClientConnection::Continuation> make_tcp_connection(const edge::TcpConnector& connector,
                                                                    const sockaddr& peer, socklen_t peer_length,
                                                                    const sockaddr& local, socklen_t local_length);

}  // namespace navajo::glue
