#include "navajo/container/container.h"

#include <algorithm>
#include <exception>
#include <unordered_map>

#include "navajo/container/entrance.h"
#include "navajo/container/error_page.h"
#include "navajo/container/filter_chain.h"
#include "navajo/container/generation.h"
#include "navajo/container/shared_services.h"
#include "navajo/container/web_application.h"
#include "navajo/observe/log.h"

namespace navajo::container {
namespace {

struct HostEntry {
  std::string name;
  std::vector<std::unique_ptr<WebApplication>> applications;  // longest path first
};

struct NameHash {
  using is_transparent = void;
  size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
};
using NameMap = std::unordered_map<std::string, const HostEntry*, NameHash, std::equal_to<>>;

constexpr size_t kLongestHost = 255;  // of a DNS name

api::Outcome refusal(MatchStatus status) {
  switch (status) {
    case MatchStatus::unknown_host: return api::Outcome::refused(421, "unknown_host");
    case MatchStatus::no_context: return api::Outcome::refused(404, "no_context");
    default: return api::Outcome::refused(404, "no_servlet");
  }
}

enum class UndeclaredLength : uint8_t { refuse, allow };  // ch.nevis.bc.net.AllowPostWithoutContentLength

// A POST or PUT of HTTP/1.x that does not say whether a body comes (RFC 9110 8.6: it should say "Content-Length: 0").
// Under HTTP/2 and later the framing says it.
bool lacks_length(api::Request& request) {
  const std::string_view method = request.method();
  return (method == "POST" || method == "PUT") && request.protocol().starts_with("HTTP/1.") &&
         !request.body().present() && !request.headers().get("Content-Length");
}

// What throws has broken the contract of api/servlet.h: the request is refused, the server lives on.
api::Outcome run(const Match& match, api::Request& request, api::Response& response, ChainRecord& record) {
  MatchedChain chain(match, record);
  const char* what = "something that is no std::exception";
  try {
    return chain.proceed(request, response);
  } catch (const std::exception& thrown) {
    what = thrown.what();
    observe::log(observe::id::component_threw, "%s %s threw while it answered request %.*s: %s", chain.kind(),
                 chain.name(), static_cast<int>(request.id().size()), request.id().data(), what);
  } catch (...) {
    observe::log(observe::id::component_threw, "%s %s threw while it answered request %.*s: %s", chain.kind(),
                 chain.name(), static_cast<int>(request.id().size()), request.id().data(), what);
  }
  return api::Outcome::refused(500, "exception");
}

// The Context's own rules come before its filters, and before "not found": what is denied tells nothing.
// Before all of them: whether there is memory for one more request.
api::Outcome decide(const Match& match, UndeclaredLength undeclared, const Entrance& entrance, uint64_t server_limit,
                    api::Request& request, api::Response& response, ChainRecord& record) {
  if (const std::optional<api::Outcome> refused = entrance.admit(response)) return *refused;
  if (match.application) {
    try {
      if (const std::optional<api::Outcome> judged = match.application->policy().judge(request, response))
        return *judged;
    } catch (const std::exception& thrown) {  // out of memory
      observe::log(observe::id::component_threw, "the Context's rules for request %.*s: %s",
                   static_cast<int>(request.id().size()), request.id().data(), thrown.what());
      return api::Outcome::refused(500, "exception");
    }
  }
  if (!match.found()) return refusal(match.status);
  if (undeclared == UndeclaredLength::refuse && lacks_length(request))
    return api::Outcome::refused(411, "length_required");
  const uint64_t limit = Container::body_limit(match).value_or(server_limit);
  return entrance.let_in(request, response, limit == 0 ? limits::kAnyLength : limit,
                         [&](api::Request& let_in) { return run(match, let_in, response, record); });
}

// NVCT-0048: who asked first for more shared memory than there is, and what to set.
void tell_shortage(const MemoryShortage& shortage, const config::CoreElement& core, const shm::Arena& arena,
                   config::Diagnostics& diagnostics) {
  const uint64_t configured = *core.memory_size, missing = arena.refused_bytes();
  const uint64_t enough = configured + missing + (configured + missing) / 4;
  diagnostics.fault(shortage.where, observe::id::config_memory_exhausted,
                    "[NVCT-0048] " + shortage.what + " does not fit into the memory of the configuration, " +
                        std::to_string(configured) + " bytes; " + std::to_string(missing) +
                        " more are missing in all: set Core memorySize to " + std::to_string(enough) + " or more");
}

}  // namespace

struct Container::State {
  explicit State(shm::Arena memory) : arena(std::move(memory)) {}

  shm::Arena arena;  // goes last: components point into it
  GenerationShm* generation = nullptr;
  std::string service;
  std::unique_ptr<SharedServices> services;  // used by components
  std::vector<std::unique_ptr<HostEntry>> hosts;
  NameMap names;     // "www.example.org"
  NameMap suffixes;  // ".example.org", for "*.example.org"
  const HostEntry* default_host = nullptr;
  UndeclaredLength undeclared_length = UndeclaredLength::refuse;
  Entrance entrance;

  const HostEntry* host(std::string_view name) const {
    if (!name.empty() && name.back() == '.') name.remove_suffix(1);  // the same name, written in full
    if (name.size() <= kLongestHost) {
      if (const auto found = names.find(name); found != names.end()) return found->second;
      if (!suffixes.empty())
        for (size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1))
          if (const auto found = suffixes.find(name.substr(dot)); found != suffixes.end()) return found->second;
    }
    return default_host;
  }
};

Container::Container(std::unique_ptr<State> state) : state_(std::move(state)) {}
Container::~Container() = default;

std::unique_ptr<Container> Container::build(const config::NavajoXml& navajo, const Catalogue& catalogue,
                                            config::Diagnostics& diagnostics) {
  const config::CoreElement& core = navajo.service.core;
  base::Result<shm::Arena> arena = shm::Arena::create(*core.memory_size);
  if (!arena.ok()) {
    diagnostics.fault(core.memory_size.where, observe::id::config_memory_exhausted,
                      "there is no shared memory of " + std::to_string(*core.memory_size) +
                          " bytes for Core memorySize: " + arena.error().text);
    return nullptr;
  }
  auto state = std::make_unique<State>(std::move(*arena));
  state->service = *navajo.service.name;
  if (navajo.properties && navajo.properties->boolean("ch.nevis.bc.net.AllowPostWithoutContentLength"))
    state->undeclared_length = UndeclaredLength::allow;
  const ClassSettings settings(navajo, catalogue, diagnostics);
  MemoryShortage shortage;
  state->services = SharedServices::make(navajo, diagnostics);
  state->entrance = Entrance(state->services->memory.get());
  const Building building{navajo,     catalogue,        settings, diagnostics,
                          &state->arena, &shortage, state->services.get()};
  for (const config::HostElement& element : navajo.service.engine.hosts) {
    auto host = std::make_unique<HostEntry>();
    host->name = *element.name;
    for (const config::ContextElement& context : element.contexts)
      if (auto application = WebApplication::build(context, element, building))
        host->applications.push_back(std::move(application));
    std::stable_sort(host->applications.begin(), host->applications.end(),
                     [](const auto& a, const auto& b) { return a->path().size() > b->path().size(); });
    state->names.emplace(host->name, host.get());
    for (const std::string& alias : *element.server_alias) {
      if (alias.compare(0, 2, "*.") == 0)
        state->suffixes.emplace(alias.substr(1), host.get());
      else
        state->names.emplace(alias, host.get());
    }
    if (navajo.service.engine.default_host.given && *navajo.service.engine.default_host == host->name)
      state->default_host = host.get();
    state->hosts.push_back(std::move(host));
  }
  // What asked in vain when it was linked to its partners is known by the arena only.
  if (shortage.what.empty() && state->arena.refused_bytes() > 0)
    shortage = {core.memory_size.where, "'" + state->arena.refused_owner() + "'"};
  if (!shortage.what.empty()) tell_shortage(shortage, core, state->arena, diagnostics);
  if (!diagnostics.ok()) return nullptr;
  return std::unique_ptr<Container>(new Container(std::move(state)));
}

Match Container::find(std::string_view host, std::string_view path) const {
  Match match;
  const HostEntry* found = state_->host(host);
  if (!found) return match;
  match.status = MatchStatus::no_context;
  for (const auto& application : found->applications) {
    if (!application->contains(path)) continue;
    application->find(path, match);
    break;
  }
  return match;
}

const api::Servlet* Container::servlet_at(std::string_view host, std::string_view path) const {
  const Match match = find(host, path);
  return match.found() ? match.servlet->servlet.get() : nullptr;
}

std::optional<uint64_t> Container::body_limit(const Match& match) {
  return match.application ? match.application->body_limit() : std::nullopt;
}

Container::Names Container::names(const Match& match) {
  if (!match.application) return {};
  const std::string_view path = match.application->path();
  return {match.application->host(), path.empty() ? std::string_view("/") : path,
          match.servlet ? std::string_view(match.servlet->name) : std::string_view()};
}

limits::MemoryObserver* Container::memory_observer() const { return state_->services->memory.get(); }

void Container::handle(const Match& match, api::Request& request, api::Response& response, ChainRecord& record,
                       uint64_t server_limit) const {
  const api::Outcome outcome = decide(match, state_->undeclared_length, state_->entrance, server_limit, request,
                                      response, record);
  if (outcome.is_answered()) return;
  record.cause = outcome.cause;
  record.refused_with = outcome.status;
  try {
    request.set_environment("NAVAJO_CAUSE", outcome.cause);
    if (response.committed()) {
      observe::log(observe::id::refused_after_commit, "request %.*s: %s after the answer had begun, it is cut off",
                   static_cast<int>(request.id().size()), request.id().data(), outcome.cause);
      response.abort();
      return;
    }
    observe::log(observe::id::request_refused, "request %.*s refused with %d: %s",
                 static_cast<int>(request.id().size()), request.id().data(), outcome.status, outcome.cause);
    const ErrorPage* own_page = match.application ? match.application->error_page(outcome.status) : nullptr;
    render_error(outcome, own_page, request, response);
  } catch (const std::exception& thrown) {  // out of memory, or a wrapper's commit
    observe::log(observe::id::component_threw, "the error page for request %.*s: %s",
                 static_cast<int>(request.id().size()), request.id().data(), thrown.what());
    response.abort();
  }
}

void Container::record_files(const config::NavajoXml& navajo, const config::FileTexts& files,
                             config::Diagnostics& diagnostics) {
  state_->generation = record_generation(state_->arena, files);
  if (state_->generation) return;
  const config::CoreElement& core = navajo.service.core;
  tell_shortage({core.memory_size.where, "the list of the configuration's files"}, core, state_->arena, diagnostics);
}

void Container::put_to_work(uint32_t generation, int64_t now) {
  if (!state_->generation) return;
  state_->generation->number = generation;
  state_->generation->since = now;
}

const shm::Arena& Container::arena() const { return state_->arena; }

SharedServices& Container::services() const { return *state_->services; }

void Container::start_child() {
  state_->services->start_child();
  for (const auto& host : state_->hosts)
    for (const auto& application : host->applications) application->start_child();
}

void Container::stop_child() {
  for (const auto& host : state_->hosts)
    for (const auto& application : host->applications) application->stop_child();
  state_->services->stop_child();
}

void Container::report(api::StatusWriter& writer) const {
  writer.text("service", state_->service);
  if (state_->generation) container::report(*state_->generation, writer);
  writer.begin("memory");
  writer.number("size", static_cast<double>(state_->arena.size()));
  writer.number("used", static_cast<double>(state_->arena.used()));
  writer.number("available", static_cast<double>(state_->arena.available()));
  writer.end();
  state_->services->report(writer);
  for (const auto& host : state_->hosts) {
    writer.begin("host " + host->name);
    for (const auto& application : host->applications) application->report(writer);
    writer.end();
  }
}

std::vector<MappingLine> Container::list() const {
  std::vector<MappingLine> out;
  for (const auto& host : state_->hosts)
    for (const auto& application : host->applications) application->list(host->name, out);
  return out;
}

}  // namespace navajo::container
