// What is known of one key of a rate: single words in shared memory, each changed by compare-and-swap alone, so that a
// process that is killed anywhere leaves them whole. Two windows: a word for those with an odd number and one for
// the even ones, each with its window's number beside the count, so no word has to be emptied when time goes on.
// Token bucket (GCRA): the time at which the bucket will be full again. Any thread of any process.
#pragma once

#include <atomic>
#include <cstdint>

#include "navajo/limits/limits.h"

namespace navajo::limits {

struct RateStateShm {
  std::atomic<uint64_t> spec;   // spec_word() it counts by
  // Of the last decision: the limit (36 bits; what a key that may have to give way has used of it), and RateSpec::mark.
  std::atomic<uint64_t> limit;
  // Two windows: number (28 bits) and count (36 bits). Token bucket: full again at, in ns; and the bucket's size in ns.
  std::atomic<uint64_t> words[2];
};

// Window's length and algorithm; never 0. States of two specs that differ in it are two.
uint64_t spec_word(const RateSpec& spec);

// Counts `cost` if that is allowed.
RateDecision take(RateStateShm& state, const RateSpec& spec, uint64_t now_ns, uint64_t cost);

// What share of its limit is used now; 0: it is as good as forgotten.
double used_share(const RateStateShm& state, uint64_t now_ns);

uint64_t limit_of(const RateStateShm& state);  // at least 1

// Without id and name.
RateUse use_of(const RateStateShm& state, uint64_t now_ns);

// Makes an empty state that goes on where another one, of another spec, is: what that has counted counts here, too; of
// a longer window only the part that falls into this one's length.
void begin(RateStateShm& state, const RateSpec& spec, const RateStateShm* before, uint64_t now_ns);

// Adds what `other`, of the same spec, has counted.
void merge(RateStateShm& state, const RateStateShm& other, uint64_t now_ns);

}  // namespace navajo::limits
