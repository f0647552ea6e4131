// A connection to a destination as it is, for a tunnel: by the guard's leave to one of its addresses, or through the
// upstream proxy. On a fiber or thread, which waits here.
#pragma once

#include <memory>

#include "navajo/base/result.h"
#include "navajo/connector/failure.h"
#include "navajo/forward/forward_proxy.h"

namespace navajo::forward {

base::Result<std::unique_ptr<tls::Stream>, connector::Failure> open_origin(const ForwardProxy& proxy,
                                                                           const Target& target,
                                                                           reactor::Deadline deadline);

}  // namespace navajo::forward
