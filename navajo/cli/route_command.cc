// `navajo route why` and `navajo route simulate`: choices are made here, in this process, with the tables of a
// configuration and, with --live, the loads of the instance that runs. Nothing of it changes anything there.
#include <charconv>
#include <cstdio>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "navajo/admin/admin_client.h"
#include "navajo/admin/line.h"
#include "navajo/admin/request.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/configuration.h"
#include "navajo/cli/find_instance.h"
#include "navajo/cli/launch.h"
#include "navajo/cli/route_text.h"
#include "navajo/container/routing_service.h"
#include "navajo/route/region_map.h"
#include "navajo/route/shared_router.h"

namespace navajo::cli {
namespace {

using namespace std::chrono_literals;
using reactor::Deadline;
using route::SharedRouter;

constexpr auto kPatience = 10s;
constexpr uint64_t kMostClients = 1'000'000;

// The one that is asked for. Null, and an exit code, when there is none.
std::shared_ptr<SharedRouter> open(const Arguments& arguments, int& code) {
  code = kFaults;
  if (!arguments.has("--config")) {
    code = misused(arguments, "needs --config FILE");
    return nullptr;
  }
  Configuration configuration = load_configuration(arguments.value("--config"), Depth::navajo_xml);
  if (!configuration.ok()) return nullptr;
  auto& routings = configuration.navajo.service.routings;
  const std::string name = arguments.value("--routing");
  std::erase_if(routings, [&](const config::RoutingElement& one) { return !name.empty() && *one.name != name; });
  if (routings.empty()) {
    complain(configuration.path + (name.empty() ? " has no Routing element" : " has no Routing '" + name + "'"));
    return nullptr;
  }
  if (routings.size() > 1) {
    code = misused(arguments, "needs --routing NAME: there are several Routing elements");
    return nullptr;
  }
  config::Diagnostics diagnostics;
  auto routers = container::make_routers(routings, diagnostics);
  for (const config::Fault& fault : diagnostics.faults()) fprintf(stderr, "%s\n", fault.line().c_str());
  if (!diagnostics.ok() || routers.empty()) return nullptr;
  code = kOk;
  return std::dynamic_pointer_cast<SharedRouter>(routers.begin()->second);
}

// Puts what the running instance says of its backends into the table of this process.
int take_live_loads(const Arguments& arguments, SharedRouter& router) {
  if (!arguments.has("--live")) return kOk;
  auto client = connect_to_instance(arguments, kPatience);
  if (!client.ok()) return client.error();
  std::string request = std::string(admin::kVersion) + " routing show";
  admin::append_field(request, "format", "fields");
  admin::append_field(request, "routing", router.options().name);
  if (const auto sent = client->send(request); !sent.ok()) return complain(sent.error().text);
  std::map<std::string, uint32_t, std::less<>> rows;
  router.visit([&rows](const route::BackendState& state) {
    rows.emplace(state.row.id, state.load_row);
    return true;
  });
  for (;;) {
    const auto text = client->next_line();
    if (!text.ok()) return complain(text.error().text);
    if (!*text) return complain("the answer broke off");
    const auto line = admin::parse_line(**text);
    if (!line.ok() || line->words.empty()) continue;
    if (line->words[0] == "end") return kOk;
    if (line->words[0] == "error") return complain(line->field("text") ? *line->field("text") : "it was refused");
    const std::string* const id = line->field("id");
    const auto row = id ? rows.find(*id) : rows.end();
    if (line->words[0] == "backend" && row != rows.end()) apply_live_state(*line, router.loads()->row(row->second));
  }
}

std::string app_of(const Arguments& arguments) { return arguments.has("--app") ? arguments.value("--app") : "default"; }

int no_such_app(const SharedRouter& router, const std::string& app) {
  std::string known;
  for (const std::string_view one : router.tables().current()->apps()) known += " " + std::string(one);
  return complain("Routing '" + router.options().name + "' has no app '" + app + "'; --app is one of:" + known);
}

bool take_clients(const Arguments& arguments, std::vector<reactor::Endpoint>& into) {
  if (arguments.has("--random")) {
    const std::string text = arguments.value("--random");
    uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end != text.data() + text.size() || count == 0 || count > kMostClients) return false;
    // The same ones every time: two configurations can be compared.
    std::mt19937 random(1);
    while (into.size() < count) {
      const auto address = static_cast<uint32_t>(random());
      if (address >> 24 == 0 || address >> 24 >= 224) continue;
      std::string dotted;
      for (int shift = 24; shift >= 0; shift -= 8)
        dotted += std::to_string(address >> shift & 255) + (shift > 0 ? "." : "");
      into.push_back(*reactor::parse_address(dotted, 1));
    }
    return true;
  }
  std::ifstream file(arguments.value("--clients"));
  for (std::string line; std::getline(file, line);) {
    line.erase(0, line.find_first_not_of(" \t"));
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (line.empty() || line[0] == '#') continue;
    const auto address = reactor::parse_address(line, 1);
    if (!address || into.size() >= kMostClients) return false;
    into.push_back(*address);
  }
  return file.eof() && !into.empty();
}

}  // namespace

int route_why_command(const Arguments& arguments) {
  const auto client = reactor::parse_address(arguments.value("--client"), 1);
  if (!client) return misused(arguments, "needs --client with an IPv4 or IPv6 address");
  int code = kOk;
  const auto router = open(arguments, code);
  if (!router) return code;
  if (code = take_live_loads(arguments, *router); code != kOk) return code;
  const std::string app = app_of(arguments), key = arguments.value("--key");
  const route::Asker asker{.app = app, .client = &*client, .key = key};
  std::vector<ConsideredText> rows;
  const auto policy = router->options().policy;
  if (!router->explain(asker, [&](const route::Considered& one) { rows.push_back(text_of(one, policy)); }))
    return no_such_app(*router, app);
  const route::Choice choice = router->choose(asker, Deadline::at(base::TimePoint::min()));
  for (ConsideredText& row : rows) row.is_chosen = choice && row.id == choice.backend().id;
  const route::Location where = router->places().locate(*client);
  if (arguments.has("--json")) {
    for (const ConsideredText& row : rows) printf("%s\n", considered_json(row).c_str());
    printf("%s\n", verdict_json(where, choice).c_str());
  } else {
    printf("%s", why_text(where, *router, app, choice, rows).c_str());
  }
  return choice ? kOk : kFaults;
}

int route_simulate_command(const Arguments& arguments) {
  if (arguments.has("--clients") == arguments.has("--random"))
    return misused(arguments, "needs either --clients FILE or --random N");
  std::vector<reactor::Endpoint> clients;
  if (!take_clients(arguments, clients))
    return misused(arguments, "needs 1 to 1000000 clients: a number, or a file with an address in each line");
  int code = kOk;
  const auto router = open(arguments, code);
  if (!router) return code;
  if (code = take_live_loads(arguments, *router); code != kOk) return code;
  const std::string app = app_of(arguments);
  std::vector<SimulatedText> rows;
  router->visit([&](const route::BackendState& state) {
    if (state.row.app == app) rows.push_back({state.row.id, state.at_work, 0});
    return true;
  });
  if (rows.empty()) return no_such_app(*router, app);
  std::map<std::string_view, uint64_t*> counts;
  for (SimulatedText& row : rows) counts[row.id] = &row.chosen;
  std::map<std::string, uint64_t> refused;
  std::vector<route::Choice> held;
  for (const reactor::Endpoint& client : clients) {
    route::Choice choice = router->choose({.app = app, .client = &client}, Deadline::at(base::TimePoint::min()));
    if (!choice) {
      refused[word(choice.refusal())]++;
      continue;
    }
    ++*counts[choice.backend().id];
    // All of them are there at once, unless each is gone when the next one comes.
    if (!arguments.has("--one-by-one")) held.push_back(std::move(choice));
  }
  printf("%s", arguments.has("--json") ? simulated_json(rows, refused, clients.size()).c_str()
                                       : simulated_text(rows, refused, clients.size()).c_str());
  return refused.empty() ? kOk : kFaults;
}

}  // namespace navajo::cli
