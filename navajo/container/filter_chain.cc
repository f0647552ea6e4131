#include "navajo/container/filter_chain.h"

#include <bit>

#include "navajo/container/chain_trace.h"
#include "navajo/container/web_application.h"
#include "navajo/observe/cheap_ticks.h"
#include "navajo/observe/log.h"
#include "navajo/observe/request_history.h"

namespace navajo::container {
namespace {

// Around the call of one element: two readings of the processor's clock.
class ElementTime {
 public:
  ElementTime(ChainRecord& record, uint16_t mapping, const std::string& name) {
    const size_t number = record.times.count++;
    if (record.live) record.live->enter(name);
    if (number >= ChainTimes::kMost) return;
    one_ = &record.times.elements[number];
    *one_ = {observe::cheap_ticks(), 0, mapping};
  }
  ~ElementTime() {
    if (one_) one_->left = observe::cheap_ticks();
  }
  ElementTime(const ElementTime&) = delete;
  ElementTime& operator=(const ElementTime&) = delete;

 private:
  ChainTimes::One* one_ = nullptr;
};

}  // namespace

size_t MatchedChain::next_filter_mapping() {
  while (position_ < Match::kMaxFilterMappings) {
    const uint64_t rest = match_.filter_mappings[position_ / 64] >> (position_ % 64);
    if (rest) {
      position_ += static_cast<size_t>(std::countr_zero(rest));
      return position_++;
    }
    position_ = (position_ / 64 + 1) * 64;
  }
  return Match::kMaxFilterMappings;
}

api::Outcome MatchedChain::proceed(api::Request& request, api::Response& response) {
  if (servlet_entered_) {
    // Its answer may be on the way already: a second one must not follow it.
    observe::log(observe::id::chain_proceeded_twice,
                 "a filter before servlet %s calls the rest of the chain twice, request %.*s is refused",
                 match_.servlet->name.c_str(), static_cast<int>(request.id().size()), request.id().data());
    return api::Outcome::refused(500, "chain_proceeded_twice");
  }
  const size_t mapping = next_filter_mapping();
  api::Outcome outcome;
  if (mapping < Match::kMaxFilterMappings) {
    filter_ = &match_.application->mapped_filter(mapping);
    record_.mappings_entered = position_;
    const ElementTrace trace("filter", filter_->name, request);
    const ElementTime time(record_, static_cast<uint16_t>(mapping), filter_->name);
    outcome = filter_->filter->filter(request, response, *this);
  } else {
    servlet_entered_ = record_.servlet_entered = true;
    const ElementTrace trace("servlet", match_.servlet->name, request);
    const ElementTime time(record_, ChainTimes::kServlet, match_.servlet->name);
    outcome = (end_ ? *end_ : match_.servlet->entrance()).service(request, response);
  }
  if (outcome.is_answered()) complete(response);
  return outcome;
}

api::Outcome MatchedChain::proceed_to(api::Servlet& end, api::Request& request, api::Response& response) {
  end_ = &match_.application->entrance(end);
  return proceed(request, response);
}

void MatchedChain::complete(api::Response& innermost) {
  if (completed_) return;
  completed_ = true;
  // A client that is gone meanwhile is no fault of the chain's, and httpd sees it too.
  if (innermost.commit() == api::WriteStatus::ok) (void)innermost.finish();
}

const char* MatchedChain::kind() const { return servlet_entered_ ? "servlet" : "filter"; }
const char* MatchedChain::name() const {
  return servlet_entered_ ? match_.servlet->name.c_str() : filter_ ? filter_->name.c_str() : "-";
}

}  // namespace navajo::container
