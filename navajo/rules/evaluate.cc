// Program::evaluate(): the candidates of a set, judged in their order.
#include <time.h>

#include <algorithm>
#include <bit>

#include "navajo/rules/candidates.h"
#include "navajo/rules/judge.h"
#include "navajo/rules/program.h"
#include "navajo/rules/program_state.h"

namespace navajo::rules {
namespace {

// Rules whose bits stand on the stack; those of larger sets are in the caller's memory.
constexpr size_t kWordsOnStack = 32;

uint64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

// The first candidate that is not before `rule`; `count` when there is none.
uint32_t next_candidate(std::span<const uint64_t> bits, uint32_t rule, uint32_t count) {
  size_t word = rule / 64;
  if (word >= bits.size()) return count;
  uint64_t left = bits[word] & ~0ull << (rule % 64);
  while (left == 0) {
    if (++word == bits.size()) return count;
    left = bits[word];
  }
  return static_cast<uint32_t>(word * 64) + static_cast<uint32_t>(std::countr_zero(left));
}

}  // namespace

void Program::evaluate(const ProgramSet& which, Facts& given, const Evaluating& how,
                       base::FunctionRef<Next(const Fired&)> fired) const {
  const State& state = *state_;
  const SetShm& set = state.image.all<SetShm>()[static_cast<size_t>(&which - state.sets.data())];
  if (set.count == 0) return;
  CachedFacts facts(given);
  uint64_t on_stack[kWordsOnStack];
  const size_t words = set.always.count;
  uint64_t* const memory =
      words <= kWordsOnStack ? on_stack
                             : static_cast<uint64_t*>(how.memory.allocate(words * sizeof(uint64_t), alignof(uint64_t)));
  const std::span<uint64_t> bits(memory, words);
  find_candidates(state.image, set, facts, bits);

  Judge judge(state.image, state.patterns, state.windows, facts);
  const RuleShm* const rules = state.image.all<RuleShm>().data() + set.first;
  for (uint32_t i = next_candidate(bits, 0, set.count); i < set.count;) {
    const RuleShm& rule = rules[i];
    const uint64_t begun = how.profile ? now() : 0;
    const Verdict verdict = judge.judge(rule.node);
    if (how.profile) (*how.profile)(set.first + i, now() - begun);
    uint32_t next = i + 1;
    const bool decided = verdict == Verdict::yes || (verdict == Verdict::no && (rule.flags & RuleShm::two_armed));
    if (decided || verdict == Verdict::unknown) {
      const Arm arm = verdict == Verdict::no ? Arm::otherwise : Arm::then;
      if (fired({set.first + i, arm, !decided}) == Next::stop) break;
      // Whoever was told may have changed the request, or waited.
      facts.forget();
      if (decided) {
        const uint32_t skip = arm == Arm::then ? rule.then_skip : rule.else_skip;
        const bool ends = set.evaluation == static_cast<uint8_t>(Evaluation::first) &&
                          !(rule.flags & (RuleShm::go_on | RuleShm::shadow));
        if (skip > i)
          next = skip;
        else if (ends)
          break;
      }
    }
    i = next_candidate(bits, next, set.count);
  }
  if (words > kWordsOnStack) how.memory.deallocate(memory, words * sizeof(uint64_t), alignof(uint64_t));
}

}  // namespace navajo::rules
