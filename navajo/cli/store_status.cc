#include "navajo/cli/store_status.h"

#include <chrono>
#include <cstdlib>

#include "navajo/admin/admin_client.h"
#include "navajo/admin/request.h"
#include "navajo/api/component_metrics.h"
#include "navajo/cli/session_table.h"

namespace navajo::cli {
namespace {

using namespace std::chrono_literals;
using Stores = base::Result<std::vector<admin::Line>>;

constexpr auto kPatience = 5s;

base::Failed<base::Error> failed(std::string text) { return {base::Error{std::move(text)}}; }

}  // namespace

Stores ask_for_stores(const Instance& instance) {
  auto client = admin::AdminClient::connect(instance.admin_socket(), kPatience);
  if (!client.ok()) return base::Failed{client.error()};
  if (const auto sent = client->send(std::string(admin::kVersion) + " store list format=fields"); !sent.ok())
    return base::Failed{sent.error()};
  std::vector<admin::Line> stores;
  for (;;) {
    const auto text = client->next_line();
    if (!text.ok()) return base::Failed{text.error()};
    if (!*text) return failed("the answer broke off");
    auto line = admin::parse_line(**text);
    if (!line.ok() || line->words.size() != 1) return failed("the server's answer is not understood");
    if (line->words[0] == "end") return stores;
    if (line->words[0] != "store") return failed("the server refused the request");
    stores.push_back(std::move(*line));
  }
}

void write_stores(observe::JsonWriter& json, const Stores& stores) {
  if (!stores.ok()) {
    json.key("session_stores_error").text(stores.error().text);
    return;
  }
  json.key("session_stores").begin_array();
  for (const admin::Line& store : *stores) {
    json.begin_object();
    for (const auto& [name, value] : store.fields) {
      json.key(name);
      if (name == "name" || name == "state")
        json.text(value);
      else
        json.natural(strtoull(value.c_str(), nullptr, 10));
    }
    json.end_object();
  }
  json.end_array();
}

void write_store_metrics(observe::MetricsWriter& out, const Stores& stores) {
  if (!stores.ok()) return;
  api::ComponentTree tree;
  for (const admin::Line& store : *stores) {
    const std::string* name = store.field("name");
    if (!name) continue;
    tree.begin("servlet " + *name);
    for (const auto& [field, value] : store.fields)
      if (field != "name" && field != "state") tree.number(field, strtod(value.c_str(), nullptr));
    tree.end();
  }
  api::write_component_metrics(out, tree.root());
}

std::string stores_text(const Stores& stores) {
  if (!stores.ok()) return "sessions: nobody tells of them: " + stores.error().text + "\n";
  std::string out;
  for (const admin::Line& store : *stores) out += store_text(store) + "\n";
  return out;
}

}  // namespace navajo::cli
