#include "navajo/servlets/load_balancer/load_balancer_servlet.h"

#include <algorithm>

#include "navajo/config/text.h"
#include "navajo/config/web_xml.h"
#include "navajo/container/shared_services.h"
#include "navajo/http/request_target.h"
#include "navajo/http/body_framing.h"
#include "navajo/observe/log.h"
#include "navajo/servlets/http_connector/replayable_request.h"

namespace navajo::servlets {
namespace {

using api::Outcome;
using api::Upstream;
using connector::BackendAddress;
using connector::BackendList;
using connector::Cause;
using load_balancer::Settings;

constexpr config::ParamSpec kTable[] = {
    {.name = "Servlets", .required = true,
     .doc = "Names of the servlets that share the requests, separated by commas; usually BackendConnectorServlets."},
    {.name = "RetryTimeout", .type = config::ParamType::seconds, .required = true, .minimum = 1, .maximum = 86400,
     .doc = "How long a target that is down is left alone; then it is asked for IsAliveURI, or one request tries it."},
    {.name = "Algorithm", .type = config::ParamType::choice, .default_value = "RoundRobin", .choices = "RoundRobin",
     .doc = "RoundRobin: the targets that are not down get requests in turn."},
    {.name = "IsAliveURI",
     .doc = "Path, with or without query, that a target which is down is asked for every RetryTimeout until it answers "
            "200; never while it is up."},
    {.name = "IsAliveTimeout", .type = config::ParamType::milliseconds, .default_value = "5s", .minimum = 1,
     .maximum = 86400000, .doc = "How long such an answer may take."},
};

constexpr const char* kClass = "LoadBalancerServlet";
constexpr const char* kAlias = "ch::nevis::nevisproxy::servlet::loadbalancer::LoadBalancerServlet";

std::vector<BackendAddress> as_backends(const std::vector<std::string>& targets) {
  std::vector<BackendAddress> out;
  for (const std::string& name : targets) out.push_back({.host = name, .port = 0, .text = name, .host_field = {}});
  return out;
}

connector::BackendOptions options(const Settings& settings) {
  using connector::Recovery;
  connector::BackendOptions out = settings.targets_options;
  out.balancing = connector::Balancing::round_robin;
  out.recovery = settings.is_alive_uri.empty() ? Recovery::by_request : Recovery::by_probe;
  out.retry_timeout = settings.retry_timeout;
  return out;
}

std::vector<std::string_view> targets_of(const config::WebComponent& servlet) {
  const std::string& name = servlet.class_name.text;
  const auto param = servlet.params.find("Servlets");
  if ((name != kClass && name != kAlias) || param == servlet.params.end()) return {};
  return config::split_words(param->second.text);
}

// Whether requests for `name` may end at `goal`. A way longer than there are servlets runs in a circle elsewhere.
bool leads_to(const config::WebXml& web, std::string_view name, std::string_view goal, size_t steps) {
  if (name == goal) return true;
  const config::WebComponent* servlet = config::find_component(web.servlets, name);
  if (!servlet || steps == 0) return false;
  const auto targets = targets_of(*servlet);
  return std::any_of(targets.begin(), targets.end(),
                     [&](std::string_view next) { return leads_to(web, next, goal, steps - 1); });
}

bool check_targets(const container::ComponentContext& context, const config::Params& params, Settings& settings) {
  bool fine = true;
  const auto fault = [&](const std::string& text) {
    params.fault("Servlets", text);
    fine = false;
  };
  for (const std::string_view name : config::split_words(params.text("Servlets"))) {
    const std::string shown = "'" + config::printable(name) + "'";
    if (std::find(settings.targets.begin(), settings.targets.end(), name) != settings.targets.end())
      fault(shown + " stands there twice");
    settings.targets.emplace_back(name);
    if (!context.web_xml) continue;
    const std::vector<config::WebComponent>& servlets = context.web_xml->servlets;
    if (name == context.name)
      fault(shown + " is this servlet itself");
    else if (!config::find_component(servlets, name))
      fault(shown + " is no servlet of this web.xml" + config::did_you_mean(name, config::names_of(servlets)));
    else if (leads_to(*context.web_xml, name, context.name, servlets.size()))
      fault(shown + " leads back to this servlet");
  }
  if (settings.targets.size() > connector::kMaxBackends)
    fault("names more than " + std::to_string(connector::kMaxBackends) + " servlets");
  return fine;
}

std::unique_ptr<api::Servlet> make(const container::ComponentContext& context, const config::Params& params) {
  Settings settings;
  settings.name = context.name;
  settings.retry_timeout = params.seconds("RetryTimeout");
  settings.is_alive_uri = params.text("IsAliveURI");
  settings.is_alive_timeout = params.milliseconds("IsAliveTimeout");
  bool fine = check_targets(context, params, settings);
  const std::string& uri = settings.is_alive_uri;
  const bool encoded = uri.substr(0, uri.find('?')).find('%') != uri.npos;
  if (!uri.empty() && (uri == "*" || !http::is_request_target(uri) || encoded)) {
    params.fault("IsAliveURI", "'" + config::printable(uri) + "' is no plain path");
    fine = false;
  }
  if (!fine) return nullptr;
  container::make_drainable(context, settings.targets_options);
  return std::make_unique<LoadBalancerServlet>(std::move(settings), context.arena);
}

const container::ServletRow kRows[] = {
    {.name = "LoadBalancerServlet",
     .aliases = {kAlias},
     .params = kTable,
     .doc = "Hands each request to one of several servlets in turn, and keeps away from those that are down.",
     .make = make},
};

}  // namespace

LoadBalancerServlet::LoadBalancerServlet(Settings settings, shm::Arena* arena)
    : settings_(std::move(settings)), targets_(as_backends(settings_.targets), options(settings_), arena) {
  if (!settings_.is_alive_uri.empty())
    prober_.emplace(targets_, servlets_, settings_.is_alive_uri, settings_.retry_timeout, settings_.is_alive_timeout);
}

void LoadBalancerServlet::link(const api::Components& components) {
  for (const std::string& name : settings_.targets) servlets_.push_back(components.servlet(name));
}

void LoadBalancerServlet::start_child() {
  if (prober_) prober_->start();
}

void LoadBalancerServlet::stop_child() {
  if (prober_) prober_->stop();
}

Outcome LoadBalancerServlet::service(api::Request& request, api::Response& response) {
  http_connector::ReplayableRequest replayable(request);
  BackendList::Tried tried;
  bool repeated = false;
  Outcome outcome = Outcome::refused(503, "no_backend");
  while (true) {
    const base::TimePoint now = base::system_clock().now();
    const size_t index = targets_.choose(tried, now);
    if (index == BackendList::kNone) {
      if (tried.count() == 0)
        observe::log(observe::id::no_target,
                     "all targets of %s are down or out of service, answering 503; request %.*s",
                     settings_.name.c_str(), static_cast<int>(request.id().size()), request.id().data());
      return outcome;
    }
    tried.add(index);
    targets_[index].counters().requests.fetch_add(1, std::memory_order_relaxed);
    outcome = servlets_[index]->service(replayable, response);
    if (outcome.is_answered()) {
      targets_.connected(index);
      targets_.answered(index, response.status(), now);
      return outcome;
    }
    note(index, outcome, base::system_clock().now());
    if (response.committed() || outcome.upstream == Upstream::unknown || outcome.upstream == Upstream::failed)
      return outcome;
    if (outcome.upstream == Upstream::died) {
      if (repeated || !http::is_idempotent(request.method()) || !targets_.may_retry(now)) return outcome;
      repeated = true;
    }
    if (!replayable.rewind()) return outcome;
  }
}

void LoadBalancerServlet::note(size_t index, const Outcome& outcome, base::TimePoint now) {
  if (outcome.upstream == Upstream::unknown) return;
  const bool was_down = targets_[index].bad();
  if (outcome.upstream == Upstream::unreachable)
    targets_.connect_failed(index, Cause::connect_failed, now);
  else
    targets_.request_failed(index, Cause::backend_closed, now);
  if (was_down || !targets_[index].bad()) return;
  observe::log(observe::id::target_down, "target %s of %s is down (%s), %s", targets_[index].name(),
               settings_.name.c_str(), outcome.cause,
               prober_ ? "it is asked for IsAliveURI after RetryTimeout" : "a request tries it after RetryTimeout");
}

void LoadBalancerServlet::report(api::StatusWriter& writer) const {
  for (size_t index = 0; index < targets_.size(); index++) {
    writer.begin("target " + settings_.targets[index]);
    writer.text("state", targets_[index].bad() ? "down" : "up");
    if (settings_.targets_options.drains) writer.number("drained", targets_.drained(index) ? 1 : 0);
    writer.number("requests", static_cast<double>(targets_[index].counters().requests));
    writer.number("marked_down", static_cast<double>(targets_[index].counters().marked_bad));
    writer.end();
  }
}

std::span<const container::ServletRow> load_balancer_rows() { return kRows; }

}  // namespace navajo::servlets
