// One blocking look-up of a name: c-ares where it was found (it tells the TTL), else getaddrinfo(3) with a
// fixed one. Called in the helper pool. Ends within about 5 s whatever the name servers do.
#pragma once

#include "navajo/reactor/resolver.h"

namespace navajo::reactor {

Resolver::Answer look_up_name(const std::string& name);

}  // namespace navajo::reactor
