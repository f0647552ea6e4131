#include "navajo/servlets/http_connector/forwarded_call.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>

#include "navajo/api/backend_timeout.h"
#include "navajo/api/trail.h"
#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/servlets/http_connector/call_trace.h"

namespace navajo::servlets::http_connector {
namespace {

using connector::BackendList;
using connector::Cause;
using connector::Exchange;
using connector::Failure;
using connector::Freshness;

base::TimePoint now() { return base::system_clock().now(); }

bool expects_continue(api::Request& request) {
  const auto expectation = request.headers().get("Expect");
  return expectation && http::same_name(*expectation, "100-continue");
}

// A child without descriptors says so, and not once per request.
bool is_time_for_resource_line(base::TimePoint now) {
  constexpr base::Duration kPause = std::chrono::seconds(10);
  static std::atomic<base::Duration::rep> next{0};
  auto due = next.load();
  const auto ticks = now.time_since_epoch().count();
  return due <= ticks && next.compare_exchange_strong(due, ticks + kPause.count());
}

observe::LogId log_id(Cause cause) {
  namespace id = observe::id;
  switch (cause) {
    case Cause::connect_timeout: return id::backend_connect_timeout;
    case Cause::resolve_failed: return id::backend_unresolved;
    case Cause::tls_failed: return id::backend_tls_failed;
    case Cause::certificate_refused: return id::backend_certificate_refused;
    case Cause::destination_refused: return id::destination_refused;
    case Cause::backend_timeout: return id::backend_timeout;
    case Cause::backend_closed:
    case Cause::backend_reset: return id::backend_closed;
    case Cause::replay_asked: return id::request_replayed;
    case Cause::malformed_response:
    case Cause::unregistered_status:
    case Cause::response_too_large_head: return id::backend_malformed;
    case Cause::truncated_response: return id::backend_truncated;
    case Cause::no_backend: return id::no_backend;
    case Cause::pool_exhausted: return id::backend_connections_exhausted;
    case Cause::client_gone:
    case Cause::stopping: return id::backend_call_cancelled;
    case Cause::connect_refused:
    case Cause::connect_failed: return id::backend_refused;
    case Cause::out_of_resources: return id::out_of_resources;
    default: return id::request_not_forwardable;
  }
}

// Of the request, if an element before has set one.
base::Duration wait_for_answer(const Settings& settings, const api::Request& request) {
  const auto asked = request.attribute(api::kBackendTimeoutAttribute);
  const auto milliseconds = asked ? http::parse_decimal(*asked) : std::nullopt;
  return milliseconds ? std::chrono::milliseconds(*milliseconds) : settings.request_timeout;
}

}  // namespace

ForwardedCall::ForwardedCall(const Settings& settings, connector::Connector& connector, api::Request& request,
                             api::Response& response)
    : settings_(settings),
      connector_(connector),
      request_(request),
      response_(response),
      body_(request.body(), request_framing(request), settings.request_trailers),
      sticky_(settings.sticky_attribute, request),
      upgrade_(settings.upgrade, request, response),
      start_(now()),
      now_(start_),
      calls_(request.backend_calls()) {
  limits_.head = settings.response_head;
  limits_.timeout = wait_for_answer(settings, request);
  if (settings.total_timeout > base::Duration::zero())
    limits_.overall = reactor::Deadline::at(start_ + settings.total_timeout);
}

api::Outcome ForwardedCall::run() {
  if (const api::Outcome looked = upgrade_.look(); !looked.is_answered()) return looked;
  limits_.head.upgrade_was_asked = !upgrade_.protocol().empty();
  failure_ = prepare();
  if (failure_.failed())
    log(failure_, Next::give_up);
  else
    failure_ = attempt_all();
  return outcome(failure_);
}

Failure ForwardedCall::prepare() {
  if (!settings_.allows(request_.method())) {
    response_.headers().set("Allow", settings_.allow);
    return {Cause::method_not_allowed, "not in AllowMethods"};
  }
  const auto target = target_for(settings_, request_);
  if (!target) return {Cause::request_head_malformed, "a target that cannot be forwarded"};
  target_ = *target;
  host_ = settings_.host_name.value(request_);
  if (!host_.empty() && !http::is_host(host_)) return {Cause::request_head_malformed, "HostName gives no host"};
  const bool expects = body_.framing().kind != RequestFraming::Kind::none && expects_continue(request_);
  announce_expectation_ = expects && settings_.expect_timeout > base::Duration::zero();
  if (expects || !body_.fits_in_memory()) return {};
  const Failure failure = body_.gather();
  now_ = now();
  return failure;
}

// ---------------------------------------------------------------- attempts

bool ForwardedCall::choose_backend() {
  const size_t wished = tried_.count() == 0 ? sticky_.wished(connector_.backends()) : BackendList::kNone;
  const size_t index = connector_.backends().choose(tried_, now_, wished);
  if (index == BackendList::kNone) return false;
  chosen_ = index;
  tried_.add(index);
  return true;
}

Failure ForwardedCall::attempt_all() {
  if (!choose_backend()) {
    const Failure failure{Cause::no_backend, "all are marked bad or out of service"};
    log(failure, Next::give_up);
    return failure;
  }
  while (true) {
    index_ = chosen_;
    const Failure failure = attempt();
    if (!failure.failed()) {
      connector_.backends().answered(index_, backend_status_, times_.first_byte);
      times_.end = now();
      tell_call(failure);
      return {};
    }
    lease_.release();
    times_.end = now_ = now();
    tell_call(failure);
    api::note_trail(request_, api::kTriedAttribute, backend().name(), connector::word(failure.cause));
    const Next next = next_after(failure);
    count(failure, next);
    log(failure, next);
    if (next == Next::give_up) return failure;
  }
}

Failure ForwardedCall::attempt() {
  sent_ = 0;
  backend_status_ = 0;
  response_started_ = was_reused_ = false;
  times_ = {now_, {}, {}, {}, {}};
  const bool streaming = body_.framing().kind != RequestFraming::Kind::none && !body_.gathered();
  const Failure failure = streaming && !announce_expectation_ ? open_for_streaming() : open(freshness_);
  if (failure.failed()) return failure;
  sticky_.keep(backend());
  was_reused_ = lease_->reused;
  times_.connected = lease_.since();
  Exchange exchange(*lease_, limits_, request_.method(), streaming ? now() : lease_.since());
  const Failure result = converse(exchange);
  sent_ = exchange.sent();
  response_started_ = exchange.response_started();
  if (exchange.unasked_bytes()) backend().counters().unasked_bytes.fetch_add(1, std::memory_order_relaxed);
  return result;
}

Failure ForwardedCall::open(Freshness freshness) {
  std::string_view tls_scope;
  const tls::ClientContext* tls = settings_.connector.tls.get();
  if (tls && tls->options().reuse == tls::SessionReuse::session)
    if (const api::Session* session = request_.session(api::SessionUse::existing)) tls_scope = session->log_id();
  auto opened = connector_.open(index_, freshness, limits_.overall, now_, {tls_scope, preamble_});
  if (!opened.ok()) return opened.error();
  lease_ = std::move(*opened);
  tell_tls_facts();
  return {};
}

// Before anything of the response: filters that see it may ask for them.
void ForwardedCall::tell_tls_facts() {
  const SSL* ssl = lease_->stream.ssl();
  if (!ssl) return;
  const tls::TlsFacts facts = tls::facts_of(ssl);
  request_.set_environment("tlsB", facts.protocol);
  request_.set_environment("tlsCipherB", facts.cipher);
  request_.set_environment("tlsResumedB", facts.resumed ? "1" : "0");
  request_.set_environment("certSubjectB", lease_->certificate_subject);
  request_.set_environment("certIssuerB", lease_->certificate_issuer);
}

// A slow client may take its time for the first piece, and a pooled connection may go meanwhile.
Failure ForwardedCall::open_for_streaming() {
  if (const Failure failure = open(freshness_); failure.failed()) return failure;
  if (const Failure failure = body_.prepare(); failure.failed()) return failure;
  if (!lease_->reused || lease_->stream.is_idle_and_open()) return {};
  connector_.note_stale(index_);
  lease_.release();
  now_ = now();
  return open(Freshness::only_new);
}

Failure ForwardedCall::converse(Exchange& exchange) {
  const bool own_host = host_.empty();
  const std::string_view host = own_host ? std::string_view(backend().address().host_field) : host_;
  const std::string_view upgrade = upgrade_.protocol();
  const bool wants_trailers = upgrade.empty() && settings_.response_trailers && response_.trailers();
  if (wants_trailers) exchange.keep_trailers();
  const auto forward_interim = [this](const http::ResponseHead& head) {
    if (settings_.interim != InterimResponses::none) send_interim(settings_.interim, head, response_);
  };
  const Exchange::InterimListener listener(forward_interim);
  exchange.on_interim(listener);
  Exchange::Sent sent;
  {
    connector::BufferLease buffer;
    buffer.take();
    http::HeadWriter writer(buffer.bytes());
    RequestHead head{target_, host, body_.framing(), announce_expectation_, wants_trailers};
    head.upgrade = upgrade;
    if (calls_) head.trace = calls_->begins();
    if (const connector::ProxyHop* hop = connector_.plain_hop()) {
      head.to_proxy = true;
      head.proxy_authorization = hop->authorization;
    }
    if (const Failure failure = write_request_head(settings_, request_, head, writer); failure.failed()) return failure;
    if (call_is_traced(observe::TraceLevel::dbg_lo)) [[unlikely]]
      trace_call_begins(request_, backend().name(), writer.written());
    sent = send(exchange, writer.written());
  }
  if (sent == Exchange::Sent::failed) return body_.failure().failed() ? body_.failure() : exchange.failure();
  times_.sent = sent == Exchange::Sent::all ? exchange.last_step_at() : now();
  if (sent == Exchange::Sent::all) {
    // What cannot be sent twice need not be kept while the backend works.
    if (!http::is_idempotent(request_.method())) body_.let_go();
    if (const Failure failure = exchange.read_head(); failure.failed()) return failure;
  }
  body_.let_go();
  times_.first_byte = exchange.first_byte_at();
  backend_status_ = exchange.head().status();
  if (call_is_traced(observe::TraceLevel::dbg_me)) [[unlikely]]
    trace_response_head(exchange.head());
  if (judge_ && !(*judge_)(exchange.head())) return {Cause::replay_asked, "the backend asks for another one"};
  if (backend_status_ == 101) {
    const Failure failure = upgrade_.complete(exchange, lease_, backend().name(), std::move(held_));
    response_touched_ = response_.committed();
    return failure;
  }
  if (!settings_.status_codes.contains(backend_status_))
    return {Cause::unregistered_status, "the Context's additionalStatusCodes does not have the status"};
  ResponseForwarder forwarder(settings_, request_, response_, exchange, lease_, backend().address(), host);
  const Failure failure = forwarder.forward();
  response_touched_ = !forwarder.untouched();
  return failure;
}

Exchange::Sent ForwardedCall::send(Exchange& exchange, std::string_view head) {
  if (!announce_expectation_) return body_.send(exchange, head);
  const iovec part{const_cast<char*>(head.data()), head.size()};
  if (const Exchange::Sent sent = exchange.send({&part, 1}); sent != Exchange::Sent::all) return sent;
  switch (exchange.await_continue(settings_.expect_timeout)) {
    case Exchange::Expectation::answered: return Exchange::Sent::answered;
    case Exchange::Expectation::failed: return Exchange::Sent::failed;
    case Exchange::Expectation::send_body: break;
  }
  return body_.send_rest(exchange);
}

void ForwardedCall::tell_call(const Failure& failure) {
  if (!calls_) return;
  const std::string_view address = backend().address().text;
  calls_->ended({name_.empty() ? address : name_, address, target_, connector_.speaks_tls(), times_.start,
                 times_.connected, times_.sent, times_.first_byte, times_.end, was_reused_, backend_status_,
                 connector::word(failure.cause)});
}

// ---------------------------------------------------------------- after a failure

bool ForwardedCall::may_repeat() const {
  if (response_started_ || !body_.replayable()) return false;
  return sent_ == 0 || (http::is_idempotent(request_.method()) && !repeated_);
}

ForwardedCall::Next ForwardedCall::next_after(const Failure& failure) {
  const bool died = failure.cause == Cause::backend_closed || failure.cause == Cause::backend_reset;
  if (connector::is_connect_failure(failure.cause)) {
    if (tried_.count() > settings_.connection_retries) return Next::give_up;
  } else if (!died || !may_repeat()) {
    return Next::give_up;
  }
  if (sent_ > 0) {
    if (!connector_.backends().may_retry(now_)) {
      backend().counters().retries_refused.fetch_add(1, std::memory_order_relaxed);
      return Next::give_up;
    }
    repeated_ = true;
  }
  freshness_ = repeated_ ? Freshness::only_new : Freshness::any;
  if (died && was_reused_) {
    freshness_ = Freshness::only_new;
    return Next::same_backend;
  }
  return choose_backend() ? Next::other_backend : Next::give_up;
}

void ForwardedCall::count(const Failure& failure, Next next) {
  connector::BackendCounters& counters = backend().counters();
  const auto add = [](std::atomic<uint64_t>& count) { count.fetch_add(1, std::memory_order_relaxed); };
  if (next != Next::give_up) {
    add(counters.retries);
    observe::count(observe::Counter::backend_retries);
  }
  if (next == Next::same_backend) return connector_.note_stale(index_);
  if (failure.cause != Cause::client_gone) observe::count(observe::Counter::backend_failures);
  switch (failure.cause) {
    case Cause::backend_timeout: add(counters.timeouts); break;
    case Cause::backend_closed:
    case Cause::backend_reset: add(counters.broken); break;
    case Cause::malformed_response:
    case Cause::response_too_large_head: add(counters.malformed); break;
    case Cause::truncated_response: add(counters.truncated); break;
    case Cause::client_gone: add(counters.client_gone); break;
    default: break;
  }
  if (connector::is_request_failure(failure.cause))
    connector_.backends().request_failed(index_, failure.cause, now_);
}

void ForwardedCall::log(const Failure& failure, Next next) {
  const observe::LogId id = next == Next::same_backend ? observe::id::backend_call_repeated : log_id(failure.cause);
  if (!observe::log_enabled(id.level)) return;
  if (failure.cause == Cause::out_of_resources && !is_time_for_resource_line(now_)) return;
  char then[400];
  if (next == Next::other_backend) {
    snprintf(then, sizeof then, "trying %s (%zu of %zu)", connector_.backends()[chosen_].name(), tried_.count(),
             connector_.backends().size());
  } else if (next == Next::same_backend) {
    snprintf(then, sizeof then, "trying again on a new connection");
  } else if (response_touched_) {
    snprintf(then, sizeof then, "the response is cut off");
  } else {
    snprintf(then, sizeof then, "answering %d", connector::status_for(failure.cause));
  }
  // Without the query: it may hold what does not belong in a log.
  const std::string_view path = request_.path().substr(0, 200);
  const std::string_view method = request_.method().substr(0, 32);
  const std::string_view request_id = request_.id();
  const char* name = index_ == BackendList::kNone ? "(none)" : backend().name();
  observe::log(id, "backend %s: %s (%s), %s; %.*s %.*s, request %.*s", name, connector::word(failure.cause),
               failure.why(), then, static_cast<int>(method.size()), method.data(), static_cast<int>(path.size()),
               path.data(), static_cast<int>(request_id.size()), request_id.data());
}

// ---------------------------------------------------------------- the end

base::Duration ForwardedCall::connect_time() const {
  if (was_reused_ || times_.connected == base::TimePoint()) return {};
  return std::max(times_.connected - times_.start, base::Duration::zero());
}

api::Outcome ForwardedCall::outcome(const Failure& failure) {
  set_environment(failure);
  if (!failure.failed()) return api::Outcome::answered();
  if (!response_touched_)
    return {connector::status_for(failure.cause), connector::word(failure.cause), upstream(failure)};
  response_.abort();
  return api::Outcome::answered();
}

api::Upstream ForwardedCall::upstream(const Failure& failure) const {
  if (connector::is_connect_failure(failure.cause) || failure.cause == Cause::no_backend)
    return api::Upstream::unreachable;
  const bool died = failure.cause == Cause::backend_closed || failure.cause == Cause::backend_reset;
  if (died && !response_started_) return sent_ == 0 ? api::Upstream::unreachable : api::Upstream::died;
  return connector::is_request_failure(failure.cause) ? api::Upstream::failed : api::Upstream::unknown;
}

void ForwardedCall::set_environment(const Failure& failure) {
  const base::TimePoint end = times_.end == base::TimePoint() ? now() : times_.end;
  const auto set_number = [this](const char* name, int64_t number) {
    char digits[24];
    const char* last = std::to_chars(digits, digits + sizeof digits, number).ptr;
    request_.set_environment(name, std::string_view(digits, last - digits));
  };
  // In milliseconds, as their names have always meant; -1: it did not come so far.
  const auto set_time = [&](const char* name, base::TimePoint from, base::TimePoint to) -> int64_t {
    if (from == base::TimePoint() || to == base::TimePoint()) return -1;
    // An early response comes before the request is out.
    const auto taken = std::max(to - from, base::Duration::zero());
    const int64_t milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(taken).count();
    set_number(name, milliseconds);
    return milliseconds;
  };
  TracedCall call{index_ == BackendList::kNone ? "-" : backend().name(), backend_status_,
                  failure.failed() ? connector::word(failure.cause) : "", 0, 0, 0, 0, 0};
  call.total_ms = set_time("dTB", start_, end);
  call.connect_ms = set_time("dTcB", times_.start, times_.connected);
  call.send_ms = set_time("dTsB", times_.connected, times_.sent);
  call.first_ms = set_time("dTr1B", times_.sent, times_.first_byte);
  call.rest_ms = set_time("dTr2B", times_.first_byte, end);
  if (call_is_traced(observe::TraceLevel::info)) [[unlikely]]
    trace_call_ends(request_, call);
  if (backend_status_ != 0) set_number("sCB", backend_status_);
  if (index_ != BackendList::kNone) request_.set_environment("inetAB", backend().address().text);
  if (failure.failed()) request_.set_environment("NAVAJO_CAUSE", connector::word(failure.cause));
}

}  // namespace navajo::servlets::http_connector
