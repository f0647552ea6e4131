#include "navajo/filters/rule/ruled_exchange.h"

#include <algorithm>

#include "navajo/api/trail.h"
#include "navajo/config/text.h"
#include "navajo/filters/rule/acting.h"
#include "navajo/filters/rule/log_record.h"
#include "navajo/http/syntax.h"
#include "navajo/limits/inflate_limit.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::filters::rule {
namespace {

// One request of so many has the time of each rule taken that is looked at.
constexpr uint64_t kTimedShare = 64;

bool is_timed() {
  thread_local uint64_t turn = 0;
  return ++turn % kTimedShare == 0;
}

// Names that begin with what stands before a trailing '*'.
void remove_all(http::Headers& fields, std::string_view pattern, std::pmr::memory_resource& memory) {
  if (!pattern.ends_with('*')) return fields.remove(pattern);
  pattern.remove_suffix(1);
  std::pmr::vector<std::pmr::string> names(&memory);
  fields.for_each([&](std::string_view name, std::string_view) {
    if (name.size() >= pattern.size() && http::same_name(name.substr(0, pattern.size()), pattern))
      names.emplace_back(name);
    return true;
  });
  for (const std::pmr::string& name : names) fields.remove(name);
}

}  // namespace

void apply_change(http::Headers& fields, const FieldChange& change, std::pmr::memory_resource& memory) {
  switch (change.change) {
    case rules::Change::remove: return remove_all(fields, change.name, memory);
    case rules::Change::set: return fields.set(change.name, http::trim(change.value));
    case rules::Change::add: return fields.add(change.name, http::trim(change.value));
  }
}

limits::CreditSpec spec_of(const rules::Credit& credit) {
  const limits::CreditPeriod period = credit.period == rules::Period::daily    ? limits::CreditPeriod::daily
                                      : credit.period == rules::Period::weekly ? limits::CreditPeriod::weekly
                                                                               : limits::CreditPeriod::monthly;
  return {.amount = credit.amount,
          .period = period,
          .day = credit.day,
          .minute = credit.minute,
          .zone = credit.zone.c_str(),
          .soft_limit = credit.soft_limit,
          .max_delay = credit.max_delay};
}

RuledExchange::RuledExchange(const Settings& settings, Numbers& numbers,
                             std::shared_ptr<const rules::RuleGeneration> generation, RuledRequest& request)
    : settings_(settings),
      numbers_(numbers),
      generation_(std::move(generation)),
      ruled_(request),
      request_(request),
      facts_(request_, base::system_clock().now()),
      fields_(&request.memory()),
      logs_(&request.memory()),
      charges_(&request.memory()),
      slots_(&request.memory()),
      rate_notes_(&request.memory()),
      credit_notes_(&request.memory()) {}

bool RuledExchange::is_chosen(const rules::ProgramSet& set, const std::vector<std::string>& names,
                              rules::Phase phase) const {
  return set.phase == phase && (names.empty() || std::find(names.begin(), names.end(), set.name) != names.end());
}

std::optional<Answer> RuledExchange::prepare(const rules::Needs& needs) {
  if (needs.body && request_.body().present())
    if (auto refusal = inspect_body()) return refusal;
  if (!needs.parameters) return std::nullopt;
  const auto refusal = request_.prepare(container::kNeedsParameters, settings_.form);
  if (!refusal) return std::nullopt;
  return Answer{refusal->status, {}, {}, refusal->cause};
}

// What rules cannot look into is refused, not passed unseen.
std::optional<Answer> RuledExchange::inspect_body() {
  const std::string_view seen = ruled_.ruled_body().look(settings_.inspected);
  request_.headers().remove("Expect");  // the client has been told to continue, nobody has to ask a backend first
  const limits::Coding coding = limits::coding_of(request_.headers().get("Content-Encoding").value_or(""));
  if (coding == limits::Coding::unknown) return Answer{415, {}, {}, "body_coding_unknown"};
  if (coding == limits::Coding::identity) {
    facts_.set_body(seen);
    return std::nullopt;
  }
  auto& inflated = *std::pmr::polymorphic_allocator<>(&request_.memory()).new_object<std::pmr::string>();
  switch (limits::inflate_prefix(seen, coding, {.bytes = settings_.inspected}, inflated)) {
    case limits::Inflated::complete:
    case limits::Inflated::cut: break;
    case limits::Inflated::bomb:
    case limits::Inflated::nested: return Answer{413, {}, {}, "body_bomb"};
    case limits::Inflated::malformed: return Answer{400, {}, {}, "body_malformed"};
  }
  facts_.set_body(inflated);
  return std::nullopt;
}

std::optional<Answer> RuledExchange::judge(const std::vector<std::string>& names, rules::Phase phase,
                                           api::Response& response) {
  const rules::Program& program = generation_->program();
  const auto count_time = [this](uint32_t rule, uint64_t nanoseconds) {
    rules::RuleCountersShm& counters = generation_->counters(rule);
    counters.timed.fetch_add(1, std::memory_order_relaxed);
    counters.nanoseconds.fetch_add(nanoseconds, std::memory_order_relaxed);
  };
  base::FunctionRef<void(uint32_t, uint64_t)> profile(count_time);
  const rules::Program::Evaluating how{request_.memory(), is_timed() ? &profile : nullptr};
  std::optional<Answer> answer;
  for (const rules::ProgramSet& set : program.sets()) {
    if (!is_chosen(set, names, phase)) continue;
    if (phase == rules::Phase::request)
      if (auto refusal = prepare(set.needs)) return refusal;
    bool passed = false;
    program.evaluate(set, facts_, how, [&](const rules::Fired& fired) {
      Acting acting(*this, fired, response);
      const Acting::End end = acting.run();
      api::note_trail(request_, api::kRulesAttribute, acting.id(), acting.word(end));
      switch (end) {
        case Acting::End::none: return rules::Next::go_on;
        case Acting::End::passed: passed = true; break;
        case Acting::End::answered: answer = acting.answer(); break;
      }
      return rules::Next::stop;
    });
    if (answer || passed) return answer;
  }
  return answer;
}

std::optional<Answer> RuledExchange::judge_request(api::Response& response) {
  observe::count(observe::Counter::rule_requests);
  numbers_.requests.fetch_add(1, std::memory_order_relaxed);
  if (const uint32_t wanted = generation_->program().logged_body()) ruled_.ruled_body().keep(wanted);
  std::optional<Answer> answer = judge(settings_.request_sets, rules::Phase::request, response);
  // Whoever reads the body next begins at its first byte, whether it was buffered for its parameters or not.
  (void)request_.body().rewind();
  return answer;
}

std::optional<Answer> RuledExchange::judge_response(api::Response& response, int status) {
  facts_.set_response(response, status);
  return judge(settings_.response_sets, rules::Phase::response, response);
}

bool RuledExchange::has_response_work() const {
  if (!fields_.empty() || !logs_.empty() || !rate_notes_.empty() || !credit_notes_.empty() || response_limit_)
    return true;
  const auto sets = generation_->program().sets();
  return std::any_of(sets.begin(), sets.end(), [this](const rules::ProgramSet& set) {
    return set.count > 0 && is_chosen(set, settings_.response_sets, rules::Phase::response);
  });
}

bool RuledExchange::response_wants_body() const {
  const auto sets = generation_->program().sets();
  return std::any_of(sets.begin(), sets.end(), [this](const rules::ProgramSet& set) {
    return set.needs.response_body && is_chosen(set, settings_.response_sets, rules::Phase::response);
  });
}

void RuledExchange::write_fields(http::Headers& fields) {
  for (const FieldChange& change : fields_) apply_change(fields, change, request_.memory());
  fields_.clear();
  for (const RateNote& note : rate_notes_)
    limits::write_fields(fields, note.decision, note.window, note.rule, settings_.x_fields);
  for (const CreditNote& note : credit_notes_)
    limits::write_fields(fields, note.decision, note.rule, settings_.x_fields);
  rate_notes_.clear();
  credit_notes_.clear();
}

void RuledExchange::add_log(uint32_t number, const rules::ProgramRule& rule, const rules::Log& log) {
  rules::EventLog* target = nullptr;
  if (settings_.event_logs) {
    const auto found = log.log.empty() && settings_.event_logs->size() == 1 ? settings_.event_logs->begin()
                                                                            : settings_.event_logs->find(log.log);
    if (found != settings_.event_logs->end()) target = found->second.get();
  }
  if (!target) {
    observe::log(observe::id::rule_action_failed, "rule %.*s (%.*s): there is no EventLog '%s', nothing is logged",
                 static_cast<int>(rule.id.size()), rule.id.data(), static_cast<int>(rule.place.size()),
                 rule.place.data(), config::printable(log.log).c_str());
    return;
  }
  if (!is_sampled(log.sample)) return;
  if (log.per_second > 0 && settings_.limits) {
    limits::KeyBuilder key(settings_.limits->secret());
    key.part(rule.id).part("log").part(log.log);
    const limits::RateSpec spec{.limit = log.per_second, .window = std::chrono::seconds(1)};
    if (!settings_.limits->rate(key.finish(), spec, base::coarse_now()).allowed) {
      observe::count(observe::Counter::events_dropped);
      return;
    }
  }
  logs_.push_back({number, &log, target});
}

void RuledExchange::end(api::Response& response, const api::Outcome& outcome, std::string_view response_body) {
  const RuledBody& body = ruled_.ruled_body();
  const uint64_t sent = response.bytes_written();
  std::optional<uint64_t> came;
  if (body.present()) came = std::max<uint64_t>(body.bytes(), body.declared_length().value_or(0));
  facts_.set_response(response, outcome.is_answered() ? 0 : outcome.status);
  facts_.set_end(body.present() ? came : 0, sent);
  for (const Charge& charge : charges_)
    settings_.limits->charge(charge.key, spec_of(*charge.credit), facts_.wall_time(),
                             (sent + 1023) / 1024 * charge.credit->price, charge.label);
  slots_.clear();
  std::pmr::string tags(&request_.memory());
  facts_.append_tags(tags);
  if (!tags.empty()) request_.set_environment("NAVAJO_TAGS", tags);
  if (!decided_by_.empty()) request_.set_environment("NAVAJO_RULE", decided_by_);
  const base::TimePoint now = base::coarse_now();
  for (const PendingLog& pending : logs_) {
    if (!pending.target->wanted(now)) continue;
    const RecordSource source{facts_, response, generation_->program().rules()[pending.rule], *pending.log,
                              body.kept(), response_body, outcome.cause, tags};
    write_record(source, *pending.target);
    numbers_.logged.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace navajo::filters::rule
