// What the chain of a request leaves for its log lines: which elements were entered and how it came out, and the lines
// of NavajoOp about single elements. Where NavajoOp is below DBG_LO an element costs one compare.
// Facts: nevisproxy-container-servlets.md 6.4.
#pragma once

#include "navajo/api/request.h"
#include "navajo/base/clock.h"
#include "navajo/container/container.h"
#include "navajo/observe/request_record.h"
#include "navajo/observe/trace.h"

namespace navajo::container {

// `/* (Delegation) /app/* (Rewrite) >Backend`: the patterns and filters that were entered, then the servlet if it was.
std::string_view write_chain(const Match& match, const ChainRecord& record, std::span<char> into);

// Names and times of the elements, for the record of a request that is remembered.
void write_chain_times(const Match& match, const ChainRecord& record, observe::RequestRecord& into);

// Around the call of one filter or servlet.
class ElementTrace {
 public:
  ElementTrace(const char* kind, const std::string& name, const api::Request& request) {
    if (observe::trace_enabled(observe::TraceGroup::NavajoOp, observe::TraceLevel::dbg_lo)) [[unlikely]]
      enter(kind, name, request);
  }
  ~ElementTrace() {
    if (kind_) [[unlikely]]
      leave();
  }
  ElementTrace(const ElementTrace&) = delete;
  ElementTrace& operator=(const ElementTrace&) = delete;

 private:
  void enter(const char* kind, const std::string& name, const api::Request& request);
  void leave() const;
  const char* kind_ = nullptr;
  const std::string* name_ = nullptr;
  const api::Request* request_ = nullptr;
  base::TimePoint start_{};
};

}  // namespace navajo::container
