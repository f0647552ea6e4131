// The chain of one request: the filters a match names, in order, then the servlet. Lives on the stack of whoever
// handles the request. Completes the response (commit, finish) on the wrapper that the answering component was given.
#pragma once

#include "navajo/api/servlet.h"
#include "navajo/container/container.h"

namespace navajo::container {

class MatchedChain final : public api::FilterChain {
 public:
  // The match was found.
  explicit MatchedChain(const Match& match) : match_(match) {}
  api::Outcome proceed(api::Request& request, api::Response& response) override;
  api::Outcome proceed_to(api::Servlet& end, api::Request& request, api::Response& response) override;
  void complete(api::Response& innermost) override;
  // Who runs, or ran last: "filter delegate". For a log line after an exception.
  const char* kind() const;
  const char* name() const;

 private:
  size_t next_filter_mapping();

  const Match& match_;
  size_t position_ = 0;  // of the next filter-mapping to look at; past all of them: the servlet's turn
  const struct FilterEntry* filter_ = nullptr;  // the innermost that was entered
  api::Servlet* end_ = nullptr;                 // instead of the match's servlet
  bool servlet_entered_ = false;
  bool completed_ = false;
};

}  // namespace navajo::container
