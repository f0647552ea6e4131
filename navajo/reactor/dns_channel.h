// A channel of c-ares for one blocking look-up, which ends within about 5 s whatever the name servers do. A channel of
// its own for each reads resolv.conf and hosts anew: changes there need no restart. One thread.
#pragma once

#include "navajo/base/build_config.h"

#if NAVAJO_HAVE_CARES

#include <ares.h>

#include <string>

#include "navajo/reactor/name_lookup.h"

namespace navajo::reactor {

class DnsChannel {
 public:
  explicit DnsChannel(const LookupOptions& options);
  ~DnsChannel();
  DnsChannel(const DnsChannel&) = delete;

  // Not empty: there is no channel, and why.
  const std::string& error() const { return error_; }
  ares_channel get() const { return channel_; }
  // Until *done, or the time is over; then what is under way is cancelled, which calls back.
  void drive(const bool* done);

 private:
  const LookupOptions& options_;
  ares_channel channel_{};
  std::string error_;
};

}  // namespace navajo::reactor

#endif
