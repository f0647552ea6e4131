#include "navajo/rules/needs.h"

#include <type_traits>

#include "navajo/rules/image.h"

namespace navajo::rules {
namespace {

uint16_t of_field(Field field) {
  switch (field) {
    case Field::parameter: return need_parameters;
    case Field::body: return need_body;
    case Field::session: return need_session;
    case Field::user:
    case Field::role: return need_user;
    default: break;
  }
  switch (row_of(field).from) {
    case From::response: return need_response;
    case From::content: return need_response | need_response_body;
    case From::end: return need_response;
    case From::request:
    case From::body: break;
  }
  return 0;
}

uint16_t of(const Condition& condition) {
  uint16_t out = condition.op == Condition::Op::test ? of_field(condition.field) : 0;
  for (const Condition& operand : condition.operands) out |= of(operand);
  return out;
}

uint16_t of(const Template& text) {
  uint16_t out = 0;
  for (const Template::Part& part : text.parts)
    if (part.variable) out |= of_field(*part.variable);
  return out;
}

uint16_t of(const std::vector<FieldText>& fields) {
  uint16_t out = 0;
  for (const FieldText& field : fields) out |= of(field.value);
  return out;
}

uint16_t of(const std::vector<KeyPart>& key) {
  uint16_t out = 0;
  for (const KeyPart& part : key) out |= of_field(part.field);
  return out;
}

struct OfAction {
  uint16_t operator()(const Block& block) const { return of(block.body) | of(block.fields); }
  uint16_t operator()(const Redirect& redirect) const { return of(redirect.location); }
  uint16_t operator()(const Tag& tag) const { return of(tag.value); }
  uint16_t operator()(const ChangeHeader& change) const { return of(change.value); }
  uint16_t operator()(const Rate& rate) const { return of(rate.key) | of(rate.body); }
  uint16_t operator()(const Credit& credit) const { return of(credit.key) | of(credit.body); }
  uint16_t operator()(const Concurrency& concurrency) const { return of(concurrency.key); }
  uint16_t operator()(const Capture& capture) const { return of_field(capture.field); }
  // The record is made when the request is over: what it has of the response is there by then.
  uint16_t operator()(const Log& log) const {
    return of(log.fields) & static_cast<uint16_t>(~(need_response | need_response_body));
  }
  template <class Other>
  uint16_t operator()(const Other&) const {
    return 0;
  }
};

uint16_t of(const std::vector<Action>& actions) {
  uint16_t out = 0;
  for (const Action& action : actions) out |= std::visit(OfAction(), action);
  return out;
}

}  // namespace

uint16_t need_bits(const RuleSet& set) {
  uint16_t out = 0;
  for (const Rule& rule : set.rules)
    out = static_cast<uint16_t>(out | of(rule.when) | of(rule.then) | of(rule.otherwise));
  return out;
}

Needs needs_of(uint16_t bits) {
  return {.parameters = (bits & need_parameters) != 0,
          .body = (bits & need_body) != 0,
          .session = (bits & need_session) != 0,
          .user = (bits & need_user) != 0,
          .response = (bits & need_response) != 0,
          .response_body = (bits & need_response_body) != 0};
}

}  // namespace navajo::rules
