#include "navajo/admin/limit_answer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "navajo/admin/limit_keys.h"
#include "navajo/admin/record.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::admin {
namespace {

using limits::CreditUse;
using limits::RateUse;
using observe::Counter;

constexpr struct {
  const char* name;
  Counter counter;
} kCounted[] = {
    {"decisions", Counter::limiter_decisions},    {"rate_refused", Counter::limiter_refused},
    {"credit_refused", Counter::credits_refused}, {"at_work_refused", Counter::qos_refused},
    {"delayed", Counter::limiter_delayed},        {"evictions", Counter::limiter_evictions},
};

// "api" of "api 192.0.2.1".
std::string_view rule_in(std::string_view label) { return label.substr(0, label.find(' ')); }

std::string id_text(uint64_t id) {
  char text[24];
  return {text, static_cast<size_t>(snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(id)))};
}

uint64_t percent(double share) { return static_cast<uint64_t>(std::lround(std::clamp(share, 0.0, 1e6) * 100)); }

constexpr auto kLess = [](const auto& a, const auto& b) { return a.share > b.share; };

}  // namespace

LimitAnswer::LimitAnswer(Request request, const RuleStores& stores, limits::Limits& limits, const Peer& peer)
    : request_(std::move(request)), limits_(limits), peer_(peer), now_(base::system_clock().now()) {
  bool known = false;
  for (const auto& store : stores) {
    const auto generation = store->current();
    if (!generation) continue;
    for (const rules::ProgramRule& rule : generation->program().rules()) {
      rules_[limits::policy_mark(rule.id)] = rule.id;
      if (!request_.rule || *request_.rule != rule.id) continue;
      known = true;
      if (!request_.key) continue;
      const auto keys = limit_keys(rule, limits_.secret(), *request_.key);
      if (keys.ok())
        keys_.insert(keys_.end(), keys->begin(), keys->end());
      else
        fault_ = keys.error().text;
    }
  }
  if (request_.rule && !known) {
    fault_code_ = "unknown_rule";
    fault_ = "there is no rule of that id";
  } else if (request_.key && keys_.empty()) {
    fault_code_ = "unknown_key";
  }
}

LimitAnswer::~LimitAnswer() {
  if (!complete_) audit(", then the answer was broken off");
}

bool LimitAnswer::more(std::string& out) {
  if (fault_code_) return refuse(out, fault_code_, fault_);
  return request_.command == Command::limit_clear ? clear(out) : show(out);
}

bool LimitAnswer::refuse(std::string& out, const char* code, std::string_view text) {
  Record(request_.format, "error").text("code", code).text("text", text).append_to(out);
  complete_ = true;
  return false;
}

// ---------------------------------------------------------------- which

bool LimitAnswer::is_chosen_id(uint64_t id) const {
  if (request_.key_id != 0 && id != request_.key_id) return false;
  return !request_.key ||
         std::any_of(keys_.begin(), keys_.end(), [&](const limits::Key& key) { return limits::key_id(key) == id; });
}

// An entry that keys share is nobody's alone: of all of them, or of none.
bool LimitAnswer::is_chosen(const RateUse& use) const {
  if (use.id == 0) return !request_.rule && request_.key_id == 0;
  return is_chosen_id(use.id) && (!request_.rule || use.mark == limits::policy_mark(*request_.rule));
}

bool LimitAnswer::is_chosen(const CreditUse& use) const {
  if (use.id == 0) return !request_.rule && request_.key_id == 0;
  return is_chosen_id(use.id) &&
         (!request_.rule ||
          rule_in(use.label) == std::string_view(*request_.rule).substr(0, limits::Limits::kMaxLabel));
}

// ---------------------------------------------------------------- show

bool LimitAnswer::show(std::string& out) {
  if (!begun_) {
    begun_ = true;
    show_counters(out);
    limits_.visit_credits([this](const CreditUse& use) {
      if (is_chosen(use)) consider(use);
      return true;
    });
  }
  next_ = limits_.visit_rates(next_, now_, [this](const RateUse& use) {
    if (is_chosen(use)) consider(use);
  });
  if (next_ != 0) return true;
  for (auto* most : {&rates_, &credits_}) {
    std::sort_heap(most->begin(), most->end(), kLess);
    for (const Shown& one : *most) out += one.line;
  }
  Record end(request_.format, "end");
  end.natural("rates", rates_counted_).natural("credits", credits_counted_);
  end.natural("shown", rates_.size() + credits_.size()).append_to(out);
  complete_ = true;
  return false;
}

void LimitAnswer::show_counters(std::string& out) const {
  const observe::StatusSegment* segment = observe::process_segment();
  if (!segment) return;
  const observe::StatusNumbers numbers = segment->read();
  Record record(request_.format, "counters");
  for (const auto& row : kCounted) record.natural(row.name, numbers[row.counter]);
  record.append_to(out);
}

void LimitAnswer::consider(std::vector<Shown>& most, double share, Record& record) const {
  const size_t top = request_.selection.limit > 0 ? request_.selection.limit : kUsualTop;
  if (most.size() == top) {
    if (share <= most.front().share) return;
    std::pop_heap(most.begin(), most.end(), kLess);
    most.pop_back();
  }
  Shown& one = most.emplace_back();
  one.share = share;
  record.append_to(one.line);
  std::push_heap(most.begin(), most.end(), kLess);
}

std::string LimitAnswer::name_of(std::string_view label) const {
  if (!peer_.sees_people) return "(hidden)";
  const size_t space = label.find(' ');
  return space == std::string_view::npos ? "" : std::string(label.substr(space + 1));
}

void LimitAnswer::consider(const RateUse& use) {
  rates_counted_++;
  Record record(request_.format, "rate");
  record.text("key_id", use.id == 0 ? "shared" : id_text(use.id));
  if (const auto rule = rules_.find(use.mark); rule != rules_.end() && use.id != 0) record.text("rule", rule->second);
  if (!use.name.empty()) record.text("of", name_of(use.name));
  record.natural("used", use.used).natural("limit", use.limit).natural("percent", percent(use.share));
  record.natural("window_ms", static_cast<uint64_t>(use.window.count()));
  record.text("algorithm", use.algorithm == limits::RateAlgorithm::token_bucket ? "token-bucket" : "two-window");
  consider(rates_, use.share, record);
}

void LimitAnswer::consider(const CreditUse& use) {
  credits_counted_++;
  const double share = static_cast<double>(use.used) / static_cast<double>(std::max<uint64_t>(use.amount, 1));
  Record record(request_.format, "credit");
  record.text("key_id", id_text(use.id)).text("rule", rule_in(use.label)).text("of", name_of(use.label));
  record.natural("used", use.used).natural("amount", use.amount).natural("remaining", use.remaining());
  record.natural("ends", use.ends > 0 ? static_cast<uint64_t>(use.ends) : 0);
  consider(credits_, share, record);
}

// ---------------------------------------------------------------- clear

bool LimitAnswer::clear(std::string& out) {
  if (!begun_) {
    begun_ = true;
    if (request_.key)
      for (const limits::Key& key : keys_) forgotten_ += limits_.forget(key);
    else
      forgotten_ += limits_.forget_credits([this](const CreditUse& use) { return is_chosen(use); });
  }
  if (!request_.key)
    next_ = limits_.forget_rates(
        next_, now_, [this](const RateUse& use) { return is_chosen(use); }, forgotten_);
  if (next_ != 0) return true;
  const bool saved = limits_.save_forgotten();
  audit(saved ? "" : "; the file of credits could not be written, a restart may bring credits back");
  if (!saved)
    return refuse(out, "not_saved", "forgotten, but not in the file of credits: see NVJ1922 in the error log");
  complete_ = true;
  Record(request_.format, "end").natural("forgotten", forgotten_).append_to(out);
  return false;
}

void LimitAnswer::audit(const char* how) const noexcept {
  if (request_.command != Command::limit_clear || fault_code_) return;
  try {
    observe::log(observe::id::limits_forgotten, "%s by %s: %llu keys forgotten%s", describe(request_).c_str(),
                 who(peer_).c_str(), static_cast<unsigned long long>(forgotten_), how);
  } catch (...) {
    // No memory for the text.
  }
}

}  // namespace navajo::admin
