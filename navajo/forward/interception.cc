#include "navajo/forward/interception.h"

#include "navajo/config/text.h"
#include "navajo/forward/origin.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::forward {
namespace {

using config::ForwardAction;
using config::UnknownProtocol;
using reactor::Deadline;
using reactor::IoResult;
using reactor::IoStatus;
using tls::HelloState;

// A server that speaks first never gets to: what is let through unseen is let through after this wait.
constexpr base::Duration kSilence = std::chrono::seconds(1);

const char* word(mitm::Interceptor::Refusal refusal) {
  switch (refusal) {
    case mitm::Interceptor::Refusal::limited: return "too many new names";
    case mitm::Interceptor::Refusal::bad_name: return "a name no certificate can be made for";
    case mitm::Interceptor::Refusal::failed: break;
  }
  return "no certificate could be made";
}

}  // namespace

Interception::Outcome Interception::refuse(const char* why, const char* detail) {
  observe::count(observe::Counter::forward_refused);
  observe::log(observe::id::forward_refused, "CONNECT %s of %s: %s%s%s, request %s", request_.target.text().c_str(),
               request_.client.c_str(), why, *detail ? ": " : "", detail, request_.request_id.c_str());
  return Outcome::close;
}

Interception::Outcome Interception::relay() {
  auto opened = open_origin(proxy_, request_.target, Deadline::after(*proxy_.settings().connect_timeout));
  if (!opened.ok()) return refuse(connector::word(opened.error().cause), opened.error().detail);
  origin_ = std::move(*opened);
  return Outcome::tunnel;
}

Interception::Outcome Interception::go_on_unknown(const char* what) {
  if (*proxy_.settings().unknown_protocol == UnknownProtocol::tunnel) return relay();
  return refuse("unknown_protocol", what);
}

bool Interception::look(tls::Stream& client) {
  const bool may_be_silent = *proxy_.settings().unknown_protocol == UnknownProtocol::tunnel;
  char room[4096];
  while (state_ == HelloState::incomplete) {
    const Deadline limit = first_.empty() && may_be_silent ? Deadline::after(kSilence).earlier(deadline_) : deadline_;
    const IoResult got = client.read(room, limit);
    if (got.status == IoStatus::timed_out && first_.empty() && may_be_silent) {
      state_ = HelloState::not_tls;
      return true;
    }
    if (!got.ok()) {
      observe::log(observe::id::interception_failed, "CONNECT %s of %s: no TLS handshake began: %s, request %s",
                   request_.target.text().c_str(), request_.client.c_str(), got.what(), request_.request_id.c_str());
      return false;
    }
    first_.append(room, got.bytes);
    state_ = tls::read_client_hello(first_, hello_);
  }
  return true;
}

Interception::Outcome Interception::begin(tls::Stream& client) {
  deadline_ = Deadline::after(*proxy_.settings().handshake_timeout);
  if (!look(client)) return Outcome::close;
  client.unread(std::move(first_));
  if (state_ == HelloState::malformed) return refuse("malformed_hello");
  const Target& target = request_.target;
  const bool is_tls = state_ == HelloState::complete;
  // A client that asks for one name and speaks of another would get past rules about either.
  if (is_tls && !target.is_address && !hello_.server_name.empty() && hello_.server_name != target.host)
    return refuse("server_name_differs", hello_.server_name.c_str());
  const Judgement judged = judge(proxy_, target, request_.client, is_tls ? hello_.server_name : "", deadline_);
  if (!judged.resolved) return refuse("resolve_failed");
  switch (judged.verdict.action) {
    case ForwardAction::refuse: return refuse(judged.verdict.reason);
    case ForwardAction::tunnel: return relay();
    case ForwardAction::intercept: break;
  }
  if (!is_tls) return go_on_unknown("not TLS");
  server_name_ = hello_.server_name.empty() ? target.host : hello_.server_name;
  return intercept(client);
}

Interception::Outcome Interception::intercept(tls::Stream& client) {
  mitm::Interceptor::Wish wish;
  wish.name = server_name_;
  wish.client = request_.client;
  wish.ecdsa = hello_.ecdsa;
  Mirror::Seen seen;
  if (proxy_.trust()) {
    seen = proxy_.mirror().look(proxy_, *proxy_.trust(), request_.target, server_name_, deadline_);
    wish.mirror = seen.certificate.get();
    // With "refuse" the request inside is answered with a page that says why.
    untrusted_ = seen.verdict == Mirror::Verdict::untrusted &&
                 *proxy_.settings().untrusted_upstream == config::UntrustedUpstream::mirror;
    wish.untrusted = untrusted_;
  }
  auto made = proxy_.interceptor()->ssl_for(wish, base::system_clock().now());
  if (!made.ok()) return refuse("no_certificate", word(made.error()));
  const IoResult shaken = client.handshake(std::move(*made), tls::Role::server, deadline_);
  if (shaken.ok()) {
    observe::count(observe::Counter::interceptions);
    return Outcome::serve;
  }
  observe::count(observe::Counter::interception_failures);
  // A client that does not know the CA, or insists on one certificate, says so here: a case for action="tunnel".
  const std::string& why = client.error_text();
  observe::log(observe::id::interception_failed, "CONNECT %s of %s: TLS with the client failed: %s, request %s",
               request_.target.text().c_str(), request_.client.c_str(),
               shaken.status == IoStatus::tls_failed ? why.c_str() : shaken.what(), request_.request_id.c_str());
  return Outcome::close;
}

}  // namespace navajo::forward
