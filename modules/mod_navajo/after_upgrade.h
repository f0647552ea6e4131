// What becomes of a connection after a 101: an api::Upgraded has it.
#pragma once

#include <memory>

#include "modules/mod_navajo/client_connection.h"
#include "navajo/api/upgrade.h"

namespace navajo::glue {

class AfterUpgrade final : public ClientConnection::Continuation, private api::Upgraded::Client {
 public:
  explicit AfterUpgrade(std::unique_ptr<api::Upgraded> upgraded) : upgraded_(std::move(upgraded)) {}
  Next run(ClientConnection& connection) override;

 private:
  tls::Stream& stream() override { return connection_->stream(); }
  void end(End how) override;

  ClientConnection* connection_ = nullptr;
  std::unique_ptr<api::Upgraded> upgraded_;
};

// Sends r's 101 with its fields, behind which its connection is no longer httpd's. False: the client is gone.
bool send_switching_protocols(request_rec* r);

}  // namespace navajo::glue
