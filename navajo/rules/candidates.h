// Which rules of a set may hold for a request: one pass over the request's facts, each looked up in the index.
#pragma once

#include <cstdint>
#include <span>

#include "navajo/rules/cached_facts.h"
#include "navajo/rules/image.h"

namespace navajo::rules {

// One bit for each rule of the set, all of them 0 before.
void find_candidates(const ImageView& image, const SetShm& set, CachedFacts& facts, std::span<uint64_t> bits);

}  // namespace navajo::rules
