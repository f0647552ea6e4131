// The init-params every servlet and filter has besides its own: RequestFlags says what is to be prepared of a request
// before the element sees it, on top of what its class asks for. Lines (with conditions, default pragma continue) of
//   [ALL] [NONE] [+FLAG|-FLAG]...
//   NEEDS_PARAMS          parameters of the query and of a form body, which is buffered for it
//   NEEDS_BUFFERED_BODY   the whole body, as the attribute bcx.servlet.request.Body; it stays readable for all
//   PRUNE_ACCEPT_ENCODING takes Accept-Encoding out, so that answers come uncompressed
//   NEEDS_COOKIES, NEEDS_SET_COOKIES, HAS_RESPONSE_CONDITION need no preparation here: they always hold.
// The others that facts name are refused with '+'. '-' never takes away what an element before asked for, nor the
// parameters of an element whose own configuration names a PARAM.
// Made in the parent; needs() is called by all threads and fibers. Facts: nevisproxy-filters-ops.md 1.7.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "navajo/config/params.h"
#include "navajo/container/conditional_lines.h"

namespace navajo::container {

// Sets of what is to be prepared.
using Needs = uint8_t;
constexpr Needs kNeedsNothing = 0, kNeedsParameters = 1, kNeedsBufferedBody = 2, kPrunesAcceptEncoding = 4;

// The rows of RequestFlags and ModifierFlags.
std::span<const config::ParamSpec> common_params();

class RequestFlags {
 public:
  // Asks for nothing.
  RequestFlags() = default;
  // params has common_params(). of_class: flags in the same words, of the row. always: no line takes them away.
  RequestFlags(const config::Params& params, std::string_view of_class, Needs always);

  // For no request at all.
  bool idle() const { return always_ == kNeedsNothing && of_class_ == kNeedsNothing && lines_.empty(); }
  Needs needs(api::Request& request) const;

 private:
  // What a line leaves and what it adds.
  struct Change {
    Needs keep = 0xff, add = 0;
  };
  static Change parse(std::string_view line, const config::Params& params, const config::Position& where);

  Needs of_class_ = 0, always_ = 0;
  ConditionalLines lines_;
  std::vector<Change> changes_;  // of lines_.entries()
};

}  // namespace navajo::container
