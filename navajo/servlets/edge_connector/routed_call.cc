#include "navajo/servlets/edge_connector/routed_call.h"

#include "navajo/api/explanation.h"
#include "navajo/config/text.h"
#include "navajo/http/body_framing.h"
#include "navajo/http/cookies.h"
#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/route/proxy_protocol.h"

namespace navajo::servlets::edge_connector {
namespace {

using api::Outcome;
using api::Upstream;
using http_connector::ForwardedCall;
using reactor::Deadline;
using route::Choice;
using route::Refusal;

const char* cause_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::none:
    case Refusal::no_such_app:
    case Refusal::all_down: return "no_backend";
    case Refusal::all_full:
    case Refusal::waited: return "backends_full";
    case Refusal::cancelled: return "client_gone";
    case Refusal::retry_budget: return "retry_budget";
  }
  return "no_backend";
}

connector::BackendAddress address_of(const route::BackendRow& row) {
  connector::BackendAddress out;
  out.host = row.host;
  out.port = row.port;
  out.text = route::address_text(row);
  out.name = row.sni;
  const bool usual = row.port == (row.tls ? http_connector::kDefaultTlsPort : http_connector::kDefaultPort);
  const std::string name = row.sni.empty() ? out.text.substr(0, out.text.rfind(':')) : row.sni;
  out.host_field = usual ? name : name + ":" + std::to_string(row.port);
  return out;
}

// Lives as long as the request's fields. Of several of that name the first, which is the most specific one (RFC 6265
// 5.4).
std::string_view cookie(api::Request& request, std::string_view name) {
  const auto field = request.headers().get("Cookie");
  if (!field) return {};
  http::CookieWalker walk(*field);
  while (const auto one = walk.next())
    if (one->name == name) return one->value;
  return {};
}

}  // namespace

RoutedCall::RoutedCall(const Settings& settings, connector::ConnectorCache& cache, api::Request& request,
                       api::Response& response)
    : settings_(settings), cache_(cache), request_(request, settings.replay_limit), response_(response) {
  app_ = settings.app.value(request);
  asker_.app = app_;
  if (!settings.key_cookie.empty()) asker_.key = cookie(request, settings.key_cookie);
  if (asker_.key.empty()) asker_.key = settings.key.value(request);
  if (const auto address = reactor::parse_address(std::string(request.client_address()), 0)) {
    client_ = *address;
    asker_.client = &client_;
  }
}

Outcome RoutedCall::run() {
  Outcome outcome = Outcome::refused(503, "no_backend");
  while (true) {
    // The queue's own limit is the Routing's; the client's going away ends the wait.
    const auto chosen = std::make_shared<Choice>(settings_.router->choose(asker_, Deadline::never()));
    Choice& choice = *chosen;
    if (!choice) {
      // Nobody is left: what the last one did is the better answer.
      if (asker_.tries > 0 && choice.refusal() != Refusal::no_such_app) return outcome;
      return refused(choice.refusal());
    }
    bool again = false;
    outcome = call(chosen, again);
    if (!again) return outcome;
    add_tried(choice);
  }
}

Outcome RoutedCall::refused(Refusal refusal) {
  observe::log(observe::id::route_refused, "app %s of Routing %s: %s, answering 503; request %.*s",
               config::printable(app_).c_str(), settings_.router->options().name.c_str(), route::word(refusal),
               static_cast<int>(request_.id().size()), request_.id().data());
  if (refusal == Refusal::all_full || refusal == Refusal::waited) response_.headers().set("Retry-After", "1");
  return Outcome::refused(503, cause_of(refusal));
}

void RoutedCall::add_tried(const Choice& choice) {
  if (asker_.tries >= tried_.size()) return;
  tried_[asker_.tries] = choice.backend().id;
  asker_.tried[asker_.tries] = tried_[asker_.tries];
  asker_.tries++;
}

// Ports and the address connected to are not known of a request; where the client is, is what backends ask for.
std::string RoutedCall::preamble(const route::BackendRow& row) {
  if (row.send_proxy == route::SendProxy::no) return {};
  const bool v6 = client_.address.ss_family == AF_INET6;
  const auto server = reactor::parse_address(v6 ? "::" : "0.0.0.0", request_.server_port());
  return route::proxy_header(row.send_proxy, client_, *server);
}

Outcome RoutedCall::call(const std::shared_ptr<Choice>& chosen, bool& again) {
  Choice& choice = *chosen;
  const route::BackendRow& row = choice.backend();
  request_.set_environment("NAVAJO_BACKEND", row.id);
  // All that tells connections apart: nobody's may be used for another's.
  const std::string key = row.id + " " + route::address_text(row) + (row.tls ? " tls " + row.sni : " plain") + " " +
                          row.source_address + " " + row.bind_device +
                          (row.send_proxy == route::SendProxy::no ? "" : " p");
  const auto shared = cache_.get(key, address_of(row), [&](connector::ConnectorOptions& options) {
    if (row.tls) options.tls = settings_.tls;
    if (!row.source_address.empty()) options.source = reactor::parse_address(row.source_address, 0);
    options.device = row.bind_device;
    if (row.send_proxy != route::SendProxy::no) options.pool.max_idle = 0;
  });
  ForwardedCall call(settings_.forwarding, *shared, request_, response_);
  call.begin_connections_with(preamble(row));
  call.hold(chosen);
  call.name_backend(row.id);
  replay_ = {};
  const auto judge = [this](const http::ResponseHead& head) { return forwards(head); };
  const ForwardedCall::HeadJudge judging(judge);
  if (!settings_.replay_field.empty()) call.judge_heads(judging);
  const Outcome outcome = call.run();
  if (const base::Duration took = call.connect_time(); took > base::Duration::zero()) choice.connected(took);
  if (outcome.is_answered() || replay_.asked) {
    choice.succeeded();
  } else if (outcome.upstream == Upstream::unreachable) {
    const connector::Cause cause = call.failure().cause;
    const bool tls = cause == connector::Cause::tls_failed || cause == connector::Cause::certificate_refused;
    choice.failed(tls ? route::Failing::handshake : route::Failing::connect);
  } else if (outcome.upstream != Upstream::unknown) {
    choice.failed(route::Failing::answer);
  }
  if (replay_.asked)
    again = replays(choice);
  else if (!outcome.is_answered())
    again = may_try_again(outcome);
  return outcome;
}

bool RoutedCall::may_try_again(const Outcome& outcome) {
  if (response_.committed() || asker_.tries + 1 >= settings_.attempts) return false;
  if (outcome.upstream != Upstream::unreachable && outcome.upstream != Upstream::died) return false;
  if (outcome.upstream == Upstream::died) {
    if (repeated_ || !http::is_idempotent(request_.method())) return false;
    repeated_ = true;
  }
  if (!request_.rewind()) return false;
  observe::count(observe::Counter::backend_retries);
  return true;
}

// ---------------------------------------------------------------- a backend asks for another

// "elsewhere", "app=NAME"
bool RoutedCall::forwards(const http::ResponseHead& head) {
  for (size_t i = 0; i < head.size(); i++) {
    if (!http::same_name(head[i].name, settings_.replay_field)) continue;
    const std::string_view value = http::trim(head[i].value);
    const bool names_app = value.starts_with("app=") && value.size() > 4;
    // Two of them contradict each other, or say the same twice: neither is followed.
    replay_.understood = !replay_.asked && (value == "elsewhere" || names_app);
    replay_.asked = true;
    if (names_app) replay_.app = value.substr(4);
  }
  return !replay_.asked;
}

bool RoutedCall::replays(const Choice& choice) {
  const char* why_not = nullptr;
  if (!replay_.understood)
    why_not = "what it asks for is not understood";
  else if (replays_ >= settings_.max_replays)
    why_not = "Replay.Max is reached";
  else if (asker_.tries + 1 >= tried_.size() || !request_.rewind())
    why_not = "the body is longer than ReplayLimit";
  if (why_not) {
    observe::log(observe::id::request_replayed, "backend %s asked for a replay, which is refused: %s; request %.*s",
                 choice.backend().id.c_str(), why_not, static_cast<int>(request_.id().size()), request_.id().data());
    return false;
  }
  replays_++;
  observe::count(observe::Counter::requests_replayed);
  if (!replay_.app.empty() && replay_.app != app_) {
    app_ = replay_.app;
    asker_.app = app_;
  }
  return true;
}

}  // namespace navajo::servlets::edge_connector
