// The beginning of every connection to a backend of a table, whoever opens it: where its row says, from the address and
// through the interface it names, with the PROXY protocol header it asks for. On a fiber or a thread, which waits.
#pragma once

#include "navajo/route/backend_row.h"
#include "navajo/tls/stream.h"

namespace navajo::route {

struct BackendConnected {
  enum class Step : uint8_t { address, connect, header };
  Step step = Step::header;   // the one that failed, or the last
  reactor::IoResult result{};  // of address: not ok, the row's host is a name (discovery.h leaves only addresses)

  bool ok() const { return step == Step::header && result.ok(); }
};

// Who the backend is told has connected, and to where; two empty ones: nobody but this server itself.
BackendConnected connect(tls::Stream& stream, const BackendRow& row, const reactor::Endpoint& client,
                         const reactor::Endpoint& server, reactor::Deadline deadline);

// What its certificate has to be good for.
inline const std::string& tls_name(const BackendRow& row) { return row.sni.empty() ? row.host : row.sni; }

}  // namespace navajo::route
