// Who vouches for destinations: asked of the servlet that requests go through by whoever else has to look at a
// destination's certificate, so that both come to the same verdict. Any thread.
#pragma once

#include <memory>
#include <string_view>

#include "navajo/tls/client_context.h"

namespace navajo::forward {

class UpstreamTrust {
 public:
  // Never null; it lives as long as somebody has it.
  virtual std::shared_ptr<tls::ClientContext> tls_for(std::string_view name) const = 0;

 protected:
  ~UpstreamTrust() = default;
};

}  // namespace navajo::forward
