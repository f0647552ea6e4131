// One request on its way through the connector: which backend is asked, what happens when that fails, and what is
// left for the access log. Lives on the stack of service().
//
// A request goes to another connection or backend only when that cannot make it happen twice: nothing of it was
// sent, or its method is idempotent, its body is still at hand and not a byte of a response has come; the second
// case happens once per request.
#pragma once

#include "navajo/base/function_ref.h"
#include "navajo/servlets/http_connector/request_body.h"
#include "navajo/servlets/http_connector/response_forwarder.h"
#include "navajo/servlets/http_connector/sticky_choice.h"
#include "navajo/servlets/http_connector/upgrade.h"

namespace navajo::servlets::http_connector {

class ForwardedCall {
 public:
  ForwardedCall(const Settings& settings, connector::Connector& connector, api::Request& request,
                api::Response& response);
  // All before run(). preamble: what each new connection begins with. judge: called with the head of each response
  // before anything of it reaches the client; false: it does not, and the call fails with replay_asked. It outlives the
  // call.
  using HeadJudge = base::FunctionRef<bool(const http::ResponseHead& head)>;
  void begin_connections_with(std::string preamble) { preamble_ = std::move(preamble); }
  void judge_heads(const HeadJudge& judge) { judge_ = &judge; }
  // Given back with the tunnel, if the request becomes one; else with the call.
  void hold(std::shared_ptr<const void> held) { held_ = std::move(held); }
  // How metrics are to call the backend; else by its address. The text outlives the call.
  void name_backend(std::string_view name) { name_ = name; }
  api::Outcome run();
  // Why it was refused; after run().
  const connector::Failure& failure() const { return failure_; }
  // How long the last attempt took to have a connection; zero: it had none, or one that was there already.
  base::Duration connect_time() const;

 private:
  enum class Next : uint8_t { give_up, same_backend, other_backend };
  // Of the last attempt; what was not reached is the epoch.
  struct Times {
    base::TimePoint start, connected, sent, first_byte, end;
  };

  connector::Failure prepare();
  connector::Failure attempt_all();
  connector::Failure attempt();
  connector::Failure open(connector::Freshness freshness);
  connector::Failure open_for_streaming();
  void tell_tls_facts();
  connector::Failure converse(connector::Exchange& exchange);
  connector::Exchange::Sent send(connector::Exchange& exchange, std::string_view head);
  void tell_call(const connector::Failure& failure);
  [[gnu::cold]] Next next_after(const connector::Failure& failure);
  bool may_repeat() const;
  [[gnu::cold]] void count(const connector::Failure& failure, Next next);
  [[gnu::cold]] void log(const connector::Failure& failure, Next next);
  api::Outcome outcome(const connector::Failure& failure);
  [[gnu::cold]] api::Upstream upstream(const connector::Failure& failure) const;
  void set_environment(const connector::Failure& failure);
  bool choose_backend();
  connector::Backend& backend() { return connector_.backends()[index_]; }

  const Settings& settings_;
  connector::Connector& connector_;
  api::Request& request_;
  api::Response& response_;
  RequestBody body_;
  StickyChoice sticky_;
  Upgrade upgrade_;
  connector::ExchangeLimits limits_;
  base::TimePoint start_, now_;  // now_: read at the start of each attempt
  std::string_view target_, host_, name_;
  api::BackendCalls* calls_;
  std::string preamble_;
  const HeadJudge* judge_ = nullptr;
  std::shared_ptr<const void> held_;
  connector::Failure failure_;
  bool announce_expectation_ = false, repeated_ = false;
  connector::BackendList::Tried tried_;
  size_t chosen_ = connector::BackendList::kNone;  // for the next attempt
  connector::Freshness freshness_ = connector::Freshness::any;

  // Of the last attempt.
  size_t index_ = connector::BackendList::kNone;
  connector::Lease lease_;
  Times times_;
  uint64_t sent_ = 0;
  int backend_status_ = 0;
  bool response_started_ = false, was_reused_ = false, response_touched_ = false;
};

}  // namespace navajo::servlets::http_connector
