#include "navajo/route/discovery.h"

#include <algorithm>
#include <set>

#include "navajo/route/backend_columns.h"
#include "navajo/route/backend_table.h"

namespace navajo::route {
namespace {

constexpr std::string_view kNoAddress = "has no address";

// "10.0.0.1" of "10.0.0.1:0", "fd00::1" of "[fd00::1]:0".
std::string address_of(const reactor::Endpoint& endpoint) {
  std::string text = endpoint.text();
  text.resize(text.rfind(':') == std::string::npos ? text.size() : text.rfind(':'));
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  return text;
}

bool is_service(const std::string& name) { return name.starts_with('_'); }

}  // namespace

NameAnswer look_up_backends(const std::string& name, const reactor::LookupOptions& options) {
  NameAnswer out;
  const auto addresses = [&](const std::string& host, const NameAnswer::Target& base) {
    const reactor::Resolver::Answer found = reactor::look_up_addresses(host, options);
    if (!found.error.empty()) return found.error;
    for (const reactor::Endpoint& endpoint : found.endpoints) {
      if (out.targets.size() >= Discovery::kMaxTargets) break;
      NameAnswer::Target target = base;
      target.address = address_of(endpoint);
      out.targets.push_back(std::move(target));
    }
    out.ttl = std::min(out.ttl, found.ttl);
    return std::string();
  };
  out.ttl = Discovery::kLongestTtl;
  if (!is_service(name)) {
    out.error = addresses(name, {});
    return out;
  }
  const reactor::ServiceAnswer service = reactor::look_up_service(name, options);
  out.error = service.error;
  out.ttl = std::min(out.ttl, service.ttl);
  // One host of several that is not found takes nothing from the others; none at all is a failure.
  std::string last;
  for (const auto& record : service.records) {
    NameAnswer::Target base;
    base.port = record.port;
    base.priority = record.priority;
    base.weight = record.weight;
    base.host = record.host;
    if (reactor::parse_address(record.host, 0) || record.port == 0) continue;
    const std::string wrong = addresses(record.host, base);
    if (!wrong.empty()) last = record.host + ": " + wrong;
  }
  if (out.error.empty() && out.targets.empty()) out.error = last;
  return out;
}

void Discovery::set_rows(std::vector<BackendRow> rows, base::TimePoint now) {
  rows_ = std::move(rows);
  std::map<std::string, Name> before;
  before.swap(names_);
  for (const BackendRow& row : rows_) {
    if (!has_name(row)) continue;
    const auto known = before.find(row.host);
    if (known != before.end()) {
      names_.try_emplace(row.host, std::move(known->second));
      before.erase(known);
    } else {
      names_.try_emplace(row.host).first->second.due = now;
    }
  }
}

std::optional<std::string> Discovery::due(base::TimePoint now) {
  const auto first = std::min_element(names_.begin(), names_.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.asked, a.second.due) < std::pair(b.second.asked, b.second.due);
  });
  if (first == names_.end() || first->second.asked || first->second.due > now) return std::nullopt;
  first->second.asked = true;
  return first->first;
}

base::TimePoint Discovery::next_due() const {
  base::TimePoint out = base::TimePoint::max();
  for (const auto& [name, one] : names_)
    if (!one.asked) out = std::min(out, one.due);
  return out;
}

Discovery::Taken Discovery::take(const std::string& name, NameAnswer answer, base::TimePoint now) {
  const auto found = names_.find(name);
  if (found == names_.end()) return Taken::same;  // gone meanwhile
  Name& one = found->second;
  one.asked = false;
  one.answered = true;
  if (answer.error.empty() && answer.targets.empty()) answer.error = kNoAddress;
  if (!answer.error.empty()) {
    one.due = now + kRetry;
    one.error = std::move(answer.error);
    if (one.failing) return Taken::same;
    one.failing = true;
    return one.targets.empty() ? Taken::not_found : Taken::lost;
  }
  one.failing = false;
  one.error.clear();
  one.due = now + std::clamp(answer.ttl, kShortestTtl, kLongestTtl);
  // Name servers give them in another order each time.
  std::sort(answer.targets.begin(), answer.targets.end());
  answer.targets.erase(std::unique(answer.targets.begin(), answer.targets.end()), answer.targets.end());
  if (answer.targets.size() > kMaxTargets) answer.targets.resize(kMaxTargets);
  if (answer.targets == one.targets) return Taken::same;
  one.targets = std::move(answer.targets);
  return Taken::changed;
}

std::vector<BackendRow> Discovery::rows() const {
  std::vector<BackendRow> out;
  std::set<std::string> ids;
  left_out_ = 0;
  // What the table names itself goes before what a name resolves to.
  for (const BackendRow& row : rows_) {
    if (has_name(row)) continue;
    if (out.size() >= kMaxBackends || !ids.insert(row.id).second) {
      left_out_++;
      continue;
    }
    out.push_back(row);
    out.back().table_id = row.id;
  }
  for (const BackendRow& row : rows_) {
    const auto found = names_.find(row.host);
    if (found == names_.end()) continue;
    for (const NameAnswer::Target& target : found->second.targets) {
      BackendRow one = row;
      one.host = target.address;
      if (has_service_name(row)) {
        one.port = target.port;
        one.priority = target.priority;
        one.weight = std::max<uint32_t>(target.weight, 1);
      }
      if (one.sni.empty()) {
        one.sni = has_service_name(row) ? target.host : row.host;
        if (one.sni.ends_with('.')) one.sni.pop_back();
      }
      one.id = row.id + "@" + address_text(one);
      one.table_id = row.id;
      if (out.size() >= kMaxBackends || !ids.insert(one.id).second) {
        left_out_++;
        continue;
      }
      out.push_back(std::move(one));
    }
  }
  return out;
}

size_t Discovery::unanswered() const {
  return static_cast<size_t>(
      std::count_if(names_.begin(), names_.end(), [](const auto& one) { return !one.second.answered; }));
}

std::vector<std::pair<std::string, std::string>> Discovery::failures() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, one] : names_)
    if (one.failing) out.emplace_back(name, one.error);
  return out;
}

}  // namespace navajo::route
