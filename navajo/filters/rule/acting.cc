#include "navajo/filters/rule/acting.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "navajo/api/backend_timeout.h"
#include "navajo/config/regex.h"
#include "navajo/config/text.h"
#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"
#include "navajo/reactor/wait.h"

namespace navajo::filters::rule {
namespace {

using std::chrono::milliseconds;

// Attributes that texts of rules may name after a rate or a credit was asked: ${attribute:limit.reset}.
constexpr std::string_view kReset = "limit.reset", kRemaining = "limit.remaining";
constexpr size_t kMostTag = 1024;

limits::RateSpec spec_of(const rules::Rate& rate) {
  return {.limit = rate.limit,
          .window = rate.window,
          .algorithm = rate.algorithm == rules::Algorithm::two_window ? limits::RateAlgorithm::two_window
                                                                      : limits::RateAlgorithm::token_bucket,
          .burst = rate.burst,
          .soft_limit = rate.soft_limit,
          .max_delay = rate.max_delay};
}

std::string_view number_text(int64_t number, std::pmr::memory_resource& memory) {
  auto& text = *std::pmr::polymorphic_allocator<>(&memory).new_object<std::pmr::string>();
  char digits[24];
  text.assign(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
  return text;
}

}  // namespace

Acting::Acting(RuledExchange& exchange, const rules::Fired& fired, api::Response& response)
    : exchange_(exchange),
      rule_(exchange.generation().program().rules()[fired.rule]),
      counters_(exchange.generation().counters(fired.rule)),
      actions_(fired.gave_up ? (refuses(rule_.then) ? rule_.then : rule_.otherwise)
               : fired.arm == rules::Arm::then ? rule_.then
                                               : rule_.otherwise),
      fired_(fired),
      response_(response),
      shadow_(rule_.shadow || exchange.settings_.shadow) {}

// Whether not carrying them out would let something through.
bool Acting::refuses(const std::vector<rules::Action>& actions) const {
  return std::any_of(actions.begin(), actions.end(), [](const rules::Action& action) {
    return std::holds_alternative<rules::Block>(action) || std::holds_alternative<rules::Redirect>(action) ||
           std::holds_alternative<rules::Rate>(action) || std::holds_alternative<rules::Credit>(action) ||
           std::holds_alternative<rules::Concurrency>(action) || std::holds_alternative<rules::BodyLimit>(action);
  });
}

Acting::End Acting::run() {
  constexpr auto relaxed = std::memory_order_relaxed;
  observe::count(observe::Counter::rule_matches);
  if (fired_.gave_up) {
    counters_.gave_up.fetch_add(1, relaxed);
    observe::count(observe::Counter::rule_gave_up);
    observe::log(observe::id::rule_gave_up,
                 "rule %.*s (%.*s): a pattern reached its match limit for request %.*s; %s",
                 static_cast<int>(rule_.id.size()), rule_.id.data(), static_cast<int>(rule_.place.size()),
                 rule_.place.data(), static_cast<int>(exchange_.request().id().size()), exchange_.request().id().data(),
                 refuses(actions_) ? "what the rule refuses is refused" : "the rule does nothing");
    if (!refuses(actions_)) return End::none;
  } else {
    (fired_.arm == rules::Arm::then ? counters_.hits : counters_.other_arm).fetch_add(1, relaxed);
  }
  counters_.last_hit.store(exchange_.facts().wall_time(), relaxed);
  for (const rules::Action& action : actions_)
    if (!std::visit([this](const auto& one) { return act(one); }, action)) return end_;
  if (delay_ > milliseconds(0) && !wait()) return end_;
  return end_;
}

void Acting::would_have(const char* what) {
  counters_.would_have.fetch_add(1, std::memory_order_relaxed);
  observe::count(observe::Counter::rule_would_have);
  exchange_.numbers_.would_have.fetch_add(1, std::memory_order_relaxed);
  const api::Request& request = exchange_.request();
  observe::log(observe::id::rule_would_have, "rule %.*s (%.*s), in shadow mode, would have %s request %.*s",
               static_cast<int>(rule_.id.size()), rule_.id.data(), static_cast<int>(rule_.place.size()),
               rule_.place.data(), what, static_cast<int>(request.id().size()), request.id().data());
}

std::string_view Acting::expanded(const rules::Template& text, rules::Escape escape) {
  auto& out = *std::pmr::polymorphic_allocator<>(&memory()).new_object<std::pmr::string>();
  rules::expand(text, exchange_.facts(), rule_.id, escape, out);
  return out;
}

bool Acting::answer(int status, const char* cause, std::string_view content_type, const rules::Template& body) {
  if (is_shadow()) {
    would_have("refused");
    return true;
  }
  counters_.refused.fetch_add(1, std::memory_order_relaxed);
  exchange_.numbers_.refused.fetch_add(1, std::memory_order_relaxed);
  exchange_.decided_by_ = rule_.id;
  const rules::Escape escape = rules::escape_for(content_type);
  answer_ = {status, content_type, body.parts.empty() ? std::string_view() : expanded(body, escape), cause};
  end_ = End::answered;
  return false;
}

bool Acting::act(const rules::Pass&) {
  if (is_shadow()) return true;
  exchange_.decided_by_ = rule_.id;
  end_ = End::passed;
  return false;
}

bool Acting::act(const rules::Block& block) {
  if (!is_shadow()) {
    for (const rules::FieldText& field : block.fields)
      exchange_.fields_.push_back(
          {rules::Change::set, field.name, expanded(field.value, rules::Escape::field_value)});
    observe::count(observe::Counter::rule_refusals);
    const api::Request& request = exchange_.request();
    observe::log(observe::id::rule_refused, "rule %.*s (%.*s) refuses request %.*s with %d",
                 static_cast<int>(rule_.id.size()), rule_.id.data(), static_cast<int>(rule_.place.size()),
                 rule_.place.data(), static_cast<int>(request.id().size()), request.id().data(), block.status);
  }
  return answer(block.status, "rule_blocked", block.content_type, block.body);
}

bool Acting::act(const rules::Redirect& redirect) {
  if (!is_shadow())
    exchange_.fields_.push_back({rules::Change::set, "Location", expanded(redirect.location, rules::Escape::url)});
  return answer(redirect.status, "rule_redirected", "text/plain", {});
}

bool Acting::act(const rules::Delay& delay) {
  delay_ = std::max(delay_, delay.time);
  return true;
}

// Delays of one rule are waited out once, the longest of them.
bool Acting::wait() {
  const milliseconds time = std::exchange(delay_, milliseconds(0));
  if (is_shadow()) {
    would_have("delayed");
    return true;
  }
  limits::Limits* limits = exchange_.settings_.limits.get();
  if (limits && !limits->begin_sleep()) return answer(503, "too_many_delayed", "text/plain", {});
  exchange_.numbers_.delayed.fetch_add(1, std::memory_order_relaxed);
  const reactor::Wake wake = reactor::sleep_until(reactor::Deadline::after(time));
  if (limits) limits->end_sleep();
  // The client is gone, or this child ends: nobody waits for an answer.
  return wake == reactor::Wake::ready || answer(503, "delay_ended", "text/plain", {});
}

bool Acting::act(const rules::Tag& tag) {
  if (is_shadow()) return true;
  const std::string_view value = expanded(tag.value, rules::Escape::none).substr(0, kMostTag);
  exchange_.facts().set_tag(tag.name, value);
  std::pmr::string attribute("tag.", &memory());
  attribute += tag.name;
  exchange_.request().set_attribute(attribute, value);
  return true;
}

bool Acting::act(const rules::ChangeHeader& change) {
  if (is_shadow()) return true;
  const std::string_view value =
      change.change == rules::Change::remove ? std::string_view() : expanded(change.value, rules::Escape::field_value);
  if (change.side == rules::Side::response) {
    exchange_.fields_.push_back({change.change, change.name, value});
    return true;
  }
  apply_change(exchange_.request().headers(), {change.change, change.name, value}, memory());
  return true;
}

limits::Key Acting::key_of(const std::vector<rules::KeyPart>& parts, std::string_view purpose) {
  limits::KeyBuilder key(exchange_.settings_.limits->secret());
  key.part(rule_.id).part(purpose);
  for (const rules::KeyPart& part : parts) {
    const rules::FieldRow& row = rules::row_of(part.field);
    const auto take = [&](std::string_view value) {
      key.part(value);
      return true;
    };
    bool there = false;
    if (row.shape == rules::Shape::named) {
      there = exchange_.facts().any(part.field, part.name, take);
    } else if (row.kind == rules::FieldKind::number) {
      const auto number = exchange_.facts().number(part.field);
      there = number && take(std::string_view(reinterpret_cast<const char*>(&*number), sizeof *number));
    } else if (const auto value = exchange_.facts().text(part.field)) {
      there = take(*value);
    }
    if (!there) key.missing();
  }
  return key.finish();
}

// What is no secret of the client's: whoever sends a header or cookie may have put one into it.
std::string_view Acting::label_of(std::span<const rules::KeyPart> parts) {
  auto& label = *std::pmr::polymorphic_allocator<>(&memory()).new_object<std::pmr::string>(rule_.id);
  for (const rules::KeyPart& part : parts) {
    const rules::FieldRow& row = rules::row_of(part.field);
    if (row.shape == rules::Shape::named || row.kind == rules::FieldKind::number) continue;
    if (const auto value = exchange_.facts().text(part.field)) label.append(" ").append(value->substr(0, 48));
  }
  return label;
}

void Acting::note_limit(std::chrono::seconds reset, uint64_t remaining) {
  exchange_.request().set_attribute(kReset, number_text(std::max<int64_t>(1, reset.count()), memory()));
  exchange_.request().set_attribute(kRemaining, number_text(static_cast<int64_t>(remaining), memory()));
}

template <class Decision>
void Acting::tell_refusal(const Decision& decision, std::chrono::milliseconds retry_after, bool told) {
  if (is_shadow()) return;
  const api::Request& request = exchange_.request();
  limits::log_limit_reached(rule_.id, request.client_address(), request.id(), decision);
  if (!told) limits::write_retry_after(response_.headers(), retry_after);
}

bool Acting::act(const rules::Rate& rate) {
  limits::Limits* limits = exchange_.settings_.limits.get();
  if (!limits) return answer(503, "no_limits", "text/plain", {});
  limits::RateSpec spec = spec_of(rate);
  spec.mark = limits::policy_mark(rule_.id);
  const base::TimePoint now = base::coarse_now();
  limits::RateDecision decision;
  limits::Key counted;
  // Whoever sends another header with each request is still one address.
  if (rate.address_limit) {
    if (const auto address = exchange_.facts().address(rules::Field::client)) {
      const auto client = limits::client_of(*address, rate.ipv6_prefix);
      limits::KeyBuilder key(limits->secret());
      key.part(rule_.id).part("address");
      key.part({reinterpret_cast<const char*>(client.data()), client.size()});
      limits::RateSpec guard = spec;
      guard.limit = *rate.address_limit;
      guard.soft_limit = guard.burst = 0;
      counted = key.finish();
      decision = limits->rate(counted, guard, now);
    }
  }
  const bool by_address = !decision.allowed;
  if (!by_address) {
    counted = key_of(rate.key, "rate");
    decision = limits->rate(counted, spec, now);
  }
  if (tells(rate.fields)) exchange_.rate_notes_.push_back({decision, spec.window, rule_.id});
  if (decision.allowed) {
    delay_ = std::max(delay_, decision.delay);
    return true;
  }
  if (!is_shadow()) {
    const rules::KeyPart client{rules::Field::client, {}};
    limits->name_refused(counted, label_of(by_address ? std::span(&client, 1) : std::span(rate.key)));
  }
  note_limit(std::chrono::ceil<std::chrono::seconds>(decision.retry_after), decision.remaining);
  tell_refusal(decision, decision.retry_after, tells(rate.fields));
  return answer(rate.status, "rate_exceeded", "text/plain", rate.body);
}

bool Acting::act(const rules::Credit& credit) {
  limits::Limits* limits = exchange_.settings_.limits.get();
  if (!limits) return answer(503, "no_limits", "text/plain", {});
  const limits::CreditSpec spec = spec_of(credit);
  const limits::Key key = key_of(credit.key, "credit");
  const std::string_view label = label_of(credit.key);
  const bool per_request = credit.unit == rules::PriceUnit::request;
  const limits::CreditDecision decision =
      limits->credit(key, spec, exchange_.facts().wall_time(), per_request ? credit.price : 0, label);
  if (tells(credit.fields)) exchange_.credit_notes_.push_back({decision, rule_.id});
  note_limit(decision.reset_after, decision.remaining);
  if (decision.allowed && (per_request || decision.remaining > 0)) {
    if (!per_request) exchange_.charges_.push_back({key, &credit, label});
    delay_ = std::max(delay_, decision.delay);
    return true;
  }
  tell_refusal(decision, decision.reset_after, tells(credit.fields));
  return answer(credit.status, "credit_used_up", "text/plain", credit.body);
}

bool Acting::act(const rules::Concurrency& concurrency) {
  limits::Limits* limits = exchange_.settings_.limits.get();
  if (!limits) return answer(503, "no_limits", "text/plain", {});
  limits::Slot slot = limits->enter(key_of(concurrency.key, "concurrency"), concurrency.limit);
  if (!slot) return answer(concurrency.status, "too_many_at_once", "text/plain", {});
  exchange_.slots_.push_back(std::move(slot));
  return true;
}

bool Acting::act(const rules::Log& log) {
  exchange_.add_log(fired_.rule, rule_, log);
  return true;
}

bool Acting::act(const rules::Capture& capture) {
  const auto take = [&](std::string_view value) {
    if (!capture.compiled) {
      exchange_.facts().set_capture(capture.name, value.substr(0, kMostTag));
      return true;
    }
    std::string_view groups[2];
    if (capture.compiled->search(value, groups) != config::SearchResult::found) return false;
    exchange_.facts().set_capture(capture.name, groups[capture.compiled->groups() > 1 ? 1 : 0].substr(0, kMostTag));
    return true;
  };
  if (rules::row_of(capture.field).shape == rules::Shape::named)
    exchange_.facts().any(capture.field, capture.field_name, take);
  else if (const auto value = exchange_.facts().text(capture.field))
    take(*value);
  return true;
}

bool Acting::act(const rules::Route& route) {
  if (!is_shadow()) exchange_.route_ = route.servlet;
  return true;
}

bool Acting::act(const rules::BodyLimit& limit) {
  if (limit.side == rules::Side::response) {
    if (!is_shadow()) exchange_.response_limit_ = std::min(limit.bytes, exchange_.response_limit_.value_or(UINT64_MAX));
    return true;
  }
  // What was buffered for its parameters has passed already.
  RuledBody& body = exchange_.ruled_.ruled_body();
  if (std::max(body.declared_length().value_or(0), body.bytes()) > limit.bytes) {
    observe::count(observe::Counter::bodies_refused);
    return answer(413, "body_too_large", "text/plain", {});
  }
  if (!is_shadow()) body.limit(limit.bytes);
  return true;
}

bool Acting::act(const rules::Timeout& timeout) {
  if (!is_shadow())
    exchange_.request().set_attribute(api::kBackendTimeoutAttribute, number_text(timeout.time.count(), memory()));
  return true;
}

}  // namespace navajo::filters::rule
