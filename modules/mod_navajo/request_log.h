// What is logged of a request when it is over: the lines of NavajoOp, NProxyOp and NavajoReqIO in navajo.log, and the
// variables of the access log (%{dTF}e and the others of kVariables). A variable is only made when a directive of
// the configuration names it, and nothing is timed for lines that are off.
// Facts: nevisproxy-container-servlets.md 6.4 to 6.6.
#pragma once

#include <atomic>
#include <string_view>

#include "modules/mod_navajo/navajo_httpd.h"
#include "modules/mod_navajo/request_trace.h"
#include "navajo/api/forward_target.h"
#include "navajo/container/chain_trace.h"
#include "navajo/observe/request_history.h"

namespace navajo::glue {

// One per request that belongs to the container, in its pool.
struct RequestRecord {
  container::Match match;
  container::ChainRecord chain;
  const api::ForwardTarget* forward_target = nullptr;
  // Views into the request's pool; empty: none.
  std::string_view session, user, events, tried, rules;
  uint64_t entered_ticks = 0;  // when the container got it (observe/cheap_ticks.h); 0: it did not
  RequestTrace* trace = nullptr;  // null: no OpenTelemetry element
  int in_work = 0;  // requests of this process in work when it began, itself included
  bool client_gone = false;  // while the chain was at work
};

// Of the container, in work in this process now.
int requests_in_work();

// Null for a request that is not the container's.
RequestRecord* record_of(const request_rec* r);

// The parent, when the directives are read: which variables somebody wants.
void find_wanted_variables();

// Whether the time spent waiting for clients is worth two looks at the clock.
bool client_time_is_wanted();

// Around the handler's work.
class RequestInWork {
 public:
  RequestInWork(request_rec* r, RequestRecord& record);
  ~RequestInWork();
  RequestInWork(const RequestInWork&) = delete;
  RequestInWork& operator=(const RequestInWork&) = delete;

 private:
  std::atomic<int>& lane_;
  observe::LivePlace live_;
};

// log_transaction, before mod_log_config.
int log_request(request_rec* r);

}  // namespace navajo::glue
