// What a connect that failed means: whose fault it is, and what the client is told.
#pragma once

#include "navajo/connector/failure.h"
#include "navajo/reactor/socket.h"

namespace navajo::connector {

Failure connect_failure(const reactor::IoResult& result);

}  // namespace navajo::connector
