#include "navajo/servlets/admin/api.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "navajo/admin/line.h"
#include "navajo/admin/request.h"
#include "navajo/limits/flat_json.h"
#include "navajo/observe/json_writer.h"
#include "navajo/route/router.h"
#include "navajo/rules/rule_store.h"
#include "navajo/session/shared_store.h"

namespace navajo::servlets::admin {
namespace {

using observe::JsonWriter;

// Of one answer; what a page can show.
constexpr size_t kLargestAnswer = 8 << 20;
constexpr std::chrono::seconds kLongest{10};

// {"type":"session",REST} of our own making.
std::string_view type_of(std::string_view line) {
  constexpr std::string_view mark = "{\"type\":\"";
  if (!line.starts_with(mark)) return {};
  line.remove_prefix(mark.size());
  return line.substr(0, line.find('"'));
}
std::string without_type(std::string_view line, std::string_view type) {
  const size_t behind = std::string_view("{\"type\":\"").size() + type.size() + 1;
  std::string_view rest = line.substr(behind);
  if (rest.starts_with(",")) rest.remove_prefix(1);
  return "{" + std::string(rest);
}

std::string text_member(std::string_view line, std::string_view name) {
  const std::string mark = "\"" + std::string(name) + "\":\"";
  const size_t at = line.find(mark);
  if (at == std::string_view::npos) return {};
  const size_t begin = at + mark.size();
  return std::string(line.substr(begin, line.find('"', begin) - begin));
}

int status_for(const std::string& code) {
  if (code.starts_with("unknown_")) return 404;
  if (code == "rules_refused" || code == "last_address" || code == "ambiguous_servlet" || code == "too_many")
    return 409;
  if (code == "no_history" || code == "no_tunnels" || code == "no_drains" || code == "no_limits" || code == "not_saved")
    return 503;
  return 400;
}

// "/sessions/{id}" and "/sessions/12ab".
bool fits(std::string_view pattern, std::string_view path,
          std::map<std::string, std::string, std::less<>>& segments) {
  segments.clear();
  while (!pattern.empty() && !path.empty()) {
    pattern.remove_prefix(1);
    path.remove_prefix(1);
    const std::string_view wanted = pattern.substr(0, pattern.find('/')), given = path.substr(0, path.find('/'));
    if (wanted.starts_with('{')) {
      if (given.empty()) return false;
      segments.emplace(wanted.substr(1, wanted.size() - 2), given);
    } else if (wanted != given) {
      return false;
    }
    pattern.remove_prefix(wanted.size());
    path.remove_prefix(given.size());
  }
  return pattern.empty() && path.empty();
}

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

}  // namespace

Reply trouble(int status, std::string_view code, std::string_view text) {
  JsonWriter json;
  json.begin_object().key("error").begin_object();
  json.key("code").text(code).key("text").text(text).end_object().end_object();
  Reply out;
  out.status = status;
  out.body = json.str() + "\n";
  out.result = code;
  return out;
}

Reply gather(const std::string& line, const Caller& caller, limits::Limits* limits) {
  std::vector<navajo::admin::NamedStore> stores;
  for (const auto& shared : session::SharedStore::of_this_process())
    stores.push_back({shared->store().name(), {shared, &shared->store()}});
  const navajo::admin::Peer peer{.process = 0, .user = 0, .name = caller.text(),
                                 .sees_people = caller.role >= Role::operator_};
  const auto answering = navajo::admin::answer(line, stores, peer, rules::RuleStore::of_this_process(),
                                               route::routers_of_this_process(), limits);
  const auto ends = std::chrono::steady_clock::now() + kLongest;
  std::map<std::string, std::string, std::less<>> lists;
  std::string text, end, error, code;
  size_t bytes = 0;
  bool cut = false;
  for (bool more = true; more && !cut;) {
    text.clear();
    more = answering->more(text);
    for (size_t begin = 0; begin < text.size();) {
      const size_t stop = std::min(text.find('\n', begin), text.size());
      const std::string_view one = std::string_view(text).substr(begin, stop - begin);
      begin = stop + 1;
      const std::string_view type = type_of(one);
      const std::string object = without_type(one, type);
      if (type == "end") {
        end = object;
      } else if (type == "error") {
        error = object;
        code = text_member(one, "code");
      } else {
        std::string& list = lists[std::string(type)];
        list += list.empty() ? "" : ",";
        list += object;
        bytes += object.size();
      }
    }
    cut = bytes > kLargestAnswer || std::chrono::steady_clock::now() > ends;
  }
  Reply out;
  out.body = "{";
  for (const auto& [type, list] : lists) out.body += "\"" + type + "\":[" + list + "],";
  if (!error.empty()) {
    out.status = status_for(code);
    out.body += "\"error\":" + error;
    out.result = code;
  } else {
    out.body += cut ? "\"cut\":true" : "\"end\":" + (end.empty() ? "{}" : end);
    out.result = cut ? "cut" : end;
  }
  out.body += "}\n";
  return out;
}

Reply Api::answer(const ApiCall& call) const {
  ApiRequest request{*this, call, {}, {}};
  std::string allow;
  const Endpoint* found = nullptr;
  for (const Endpoint& endpoint : endpoints()) {
    if (!fits(endpoint.path, call.path, request.segments)) continue;
    allow += (allow.empty() ? "" : ", ") + std::string(endpoint.method);
    if (call.method == endpoint.method || (call.method == "HEAD" && std::string_view(endpoint.method) == "GET")) {
      found = &endpoint;
      break;
    }
  }
  if (!found && allow.empty()) return trouble(404, "unknown_endpoint", "GET /api/v1 lists what there is");
  if (!found) {
    Reply out = trouble(405, "method_not_allowed", "this endpoint takes " + allow);
    out.allow = allow;
    return out;
  }
  if (call.caller.role < found->role)
    return trouble(403, "role_too_low", std::string("this needs the role ") + word(found->role));
  for (const auto& [name, value] : call.query)
    if (!has_word(found->query, name)) return trouble(400, "unknown_query", "the query has a name it may not have");
  if (!call.body.empty()) {
    const auto read = limits::read_flat_json(call.body);
    if (!read.ok()) return trouble(400, "bad_json", read.error().field + " " + read.error().text);
    for (const limits::JsonField& field : *read) {
      if (!has_word(found->body, field.name))
        return trouble(400, "unknown_field", "the body has a member it may not have");
      request.fields.emplace(field.name, field.value);
    }
  }
  return found->run(request);
}

}  // namespace navajo::servlets::admin
