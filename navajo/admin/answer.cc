#include "navajo/admin/answer.h"

#include "navajo/admin/backend_answer.h"
#include "navajo/admin/limit_answer.h"
#include "navajo/admin/record.h"
#include "navajo/admin/request_answer.h"
#include "navajo/admin/routing_answer.h"
#include "navajo/admin/rules_answer.h"
#include "navajo/admin/session_answer.h"
#include "navajo/admin/tunnel_answer.h"
#include "navajo/session/store_numbers.h"

namespace navajo::admin {
namespace {

// All of it is there from the beginning.
class ReadyAnswer final : public Answer {
 public:
  explicit ReadyAnswer(std::string text) : text_(std::move(text)) {}
  bool more(std::string& out) override {
    out += text_;
    return false;
  }

 private:
  std::string text_;
};

std::unique_ptr<Answer> refusal(Format format, const char* code, std::string_view text) {
  std::string out;
  Record(format, "error").text("code", code).text("text", text).append_to(out);
  return std::make_unique<ReadyAnswer>(std::move(out));
}

std::unique_ptr<Answer> list_stores(Format format, const std::vector<NamedStore>& stores) {
  std::string out;
  for (const NamedStore& named : stores) {
    const session::StoreNumbers numbers = named.store->numbers();
    Record record(format, "store");
    record.text("name", named.name).text("state", session::state_word(numbers.level)).natural("level", numbers.level);
    for (const session::StoreNumberRow& row : session::kStoreNumberRows) record.natural(row.name, numbers.*row.number);
    if (numbers.full_in)
      record.natural(session::kFullInName, static_cast<uint64_t>(numbers.full_in->count()));
    record.append_to(out);
  }
  Record(format, "end").natural("stores", stores.size()).append_to(out);
  return std::make_unique<ReadyAnswer>(std::move(out));
}

bool is_one_of(const std::vector<NamedStore>& stores, const std::string& name) {
  for (const NamedStore& named : stores)
    if (named.name == name) return true;
  return false;
}

// Whoever sends what is no request may still have said how it wants to be answered.
Format format_of(std::string_view request) {
  return request.find(" format=fields") == std::string_view::npos ? Format::json : Format::fields;
}

}  // namespace

std::unique_ptr<Answer> refusal(const char* code, std::string_view text) {
  return refusal(Format::json, code, text);
}

std::string who(const Peer& peer) {
  if (!peer.name.empty()) return peer.name;
  return "process " + std::to_string(peer.process) + " of user " + std::to_string(peer.user);
}

std::unique_ptr<Answer> answer(std::string_view text, const std::vector<NamedStore>& stores, const Peer& peer,
                               const RuleStores& rules, const Routers& routers, limits::Limits* limits) {
  const base::Result<Request, RequestFault> request = parse_request(text);
  if (!request.ok()) return refusal(format_of(text), request.error().code, request.error().text);
  if (request->command == Command::rules_show || request->command == Command::rules_reload) {
    RuleStores chosen;
    for (const auto& store : rules)
      if (!request->rules || *request->rules == store->options().name) chosen.push_back(store);
    if (request->rules && chosen.empty())
      return refusal(request->format, "unknown_rules", "there is no Rules element of that name");
    return std::make_unique<RulesAnswer>(*request, std::move(chosen), limits);
  }
  if (request->command == Command::routing_show) {
    Routers chosen;
    for (const auto& router : routers)
      if (!request->routing || *request->routing == router->options().name) chosen.push_back(router);
    if (request->routing && chosen.empty())
      return refusal(request->format, "unknown_routing", "there is no Routing element of that name");
    return std::make_unique<RoutingAnswer>(*request, std::move(chosen));
  }
  if (is_about_limits(request->command)) {
    if (!limits) return refusal(request->format, "no_limits", "there is no table of limits");
    return std::make_unique<LimitAnswer>(*request, rules, *limits, peer);
  }
  if (is_about_requests(request->command)) return std::make_unique<RequestAnswer>(*request, peer);
  if (is_about_backends(request->command)) return std::make_unique<BackendAnswer>(*request, peer);
  if (is_about_tunnels(request->command)) return std::make_unique<TunnelAnswer>(*request, peer);
  if (request->command == Command::store_list) return list_stores(request->format, stores);
  if (const auto& store = request->selection.store; store && !is_one_of(stores, *store))
    return refusal(request->format, "unknown_store", "there is no session store of that name");
  return std::make_unique<SessionAnswer>(*request, stores, peer);
}

}  // namespace navajo::admin
