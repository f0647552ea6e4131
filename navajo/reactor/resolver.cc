#include "navajo/reactor/resolver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <list>
#include <unordered_map>

#include "navajo/observe/log.h"
#include "navajo/reactor/name_lookup.h"
#include "navajo/reactor/offload.h"
#include "navajo/reactor/sync.h"

namespace navajo::reactor {
namespace {

bool literal(std::string_view name, Endpoint& endpoint) {
  constexpr std::string_view kLocal = "unix:";
  if (name.starts_with(kLocal)) {
    auto& address = reinterpret_cast<sockaddr_un&>(endpoint.address);
    const std::string_view path = name.substr(kLocal.size());
    if (path.empty() || path.size() >= sizeof address.sun_path) return false;
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, path.data(), path.size());
    endpoint.length = sizeof address;
    return true;
  }
  const std::string text(name.starts_with('[') && name.ends_with(']') ? name.substr(1, name.size() - 2) : name);
  const auto parsed = parse_address(text, 0);
  if (parsed) endpoint = *parsed;
  return parsed.has_value();
}

void set_port(Endpoint& endpoint, uint16_t port) {
  if (endpoint.address.ss_family == AF_INET)
    reinterpret_cast<sockaddr_in&>(endpoint.address).sin_port = htons(port);
  else if (endpoint.address.ss_family == AF_INET6)
    reinterpret_cast<sockaddr_in6&>(endpoint.address).sin6_port = htons(port);
}

struct Entry {
  std::shared_ptr<const Endpoints> endpoints;  // null: the name does not resolve
  std::string error;
  TimePoint fresh_until{}, stale_until{};
  std::shared_ptr<Event> in_flight;  // set while one caller asks for all
  std::list<std::string>::iterator used;
};

}  // namespace

struct Resolver::State {
  ResolverOptions options;
  Lookup lookup;
  const base::Clock& clock;
  mutable std::mutex guard;
  std::unordered_map<std::string, Entry> entries;  // key: "name port"
  std::list<std::string> by_use;                   // the last used in front
  ResolverStats stats;

  Entry& entry_for(const std::string& key) {
    auto [at, inserted] = entries.try_emplace(key);
    if (inserted) {
      by_use.push_front(key);
      at->second.used = by_use.begin();
      evict();
    } else {
      by_use.splice(by_use.begin(), by_use, at->second.used);
    }
    return at->second;
  }

  void evict() {
    auto last = by_use.end();
    while (entries.size() > options.capacity && last != by_use.begin()) {
      --last;
      auto victim = entries.find(*last);
      if (victim->second.in_flight) continue;  // somebody waits on it
      entries.erase(victim);
      last = by_use.erase(last);
      stats.evictions++;
    }
  }

  void store(Entry& entry, const std::string& name, uint16_t port, Answer answer) {
    const TimePoint now = clock.now();
    if (answer.error.empty() && !answer.endpoints.empty()) {
      for (Endpoint& endpoint : answer.endpoints) set_port(endpoint, port);
      entry.endpoints = std::make_shared<const Endpoints>(std::move(answer.endpoints));
      entry.error.clear();
      entry.fresh_until = now + std::clamp(answer.ttl, options.ttl_floor, options.ttl_ceiling);
      entry.stale_until = entry.fresh_until + options.stale_limit;
      return;
    }
    stats.failures++;
    entry.error = answer.error.empty() ? "no address" : answer.error;
    entry.fresh_until = now + options.negative_ttl;
    if (entry.endpoints && now < entry.stale_until) {
      stats.stale_answers++;
      observe::log(observe::id::resolve_stale_answer, "name %s: %s; its last addresses stay in use", name.c_str(),
                   entry.error.c_str());
      return;
    }
    entry.endpoints = nullptr;
    observe::log(observe::id::resolve_failed, "name %s does not resolve: %s", name.c_str(), entry.error.c_str());
  }
};

Resolver::Resolver(ResolverOptions options, Lookup lookup, const base::Clock& clock)
    : state_(new State{options, lookup ? lookup : &look_up_name, clock, {}, {}, {}, {}}) {}

Resolver::~Resolver() = default;

Resolver& Resolver::process_wide() {
  static Resolver resolver;
  return resolver;
}

base::Result<std::shared_ptr<const Endpoints>> Resolver::resolve(std::string_view name, uint16_t port,
                                                                 Deadline deadline) {
  Endpoint endpoint;
  if (literal(name, endpoint)) {
    set_port(endpoint, port);
    return std::shared_ptr<const Endpoints>(std::make_shared<Endpoints>(1, endpoint));
  }
  const std::string host(name);
  const std::string key = host + " " + std::to_string(port);
  State& state = *state_;
  std::shared_ptr<Event> in_flight;
  while (true) {
    {
      std::lock_guard lock(state.guard);
      Entry& entry = state.entry_for(key);
      if (!entry.in_flight) {
        if (entry.fresh_until > state.clock.now()) {
          state.stats.hits++;
          if (entry.endpoints) return entry.endpoints;
          return base::Failed{base::Error{entry.error}};
        }
        entry.in_flight = std::make_shared<Event>();
        state.stats.queries++;
        in_flight = entry.in_flight;
        break;
      }
      in_flight = entry.in_flight;
    }
    if (in_flight->wait(deadline) != Wake::ready) return base::Failed{base::Error{"timed out"}};
  }
  Answer answer;
  // The look-up is waited for even past this caller's deadline: others hang on it, and it has limits of its own.
  if (!offload([&] { answer = state.lookup(host); })) answer.error = "helper pool is full";
  std::shared_ptr<const Endpoints> endpoints;
  std::string error;
  {
    std::lock_guard lock(state.guard);
    Entry& entry = state.entries.at(key);  // not evicted while in flight
    state.store(entry, host, port, std::move(answer));
    entry.in_flight = nullptr;
    endpoints = entry.endpoints;
    error = entry.error;
  }
  in_flight->set();
  if (endpoints) return endpoints;
  return base::Failed{base::Error{error}};
}

ResolverStats Resolver::stats() const {
  std::lock_guard lock(state_->guard);
  ResolverStats stats = state_->stats;
  stats.names = state_->entries.size();
  return stats;
}

}  // namespace navajo::reactor
