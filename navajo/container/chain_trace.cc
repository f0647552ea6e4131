#include "navajo/container/chain_trace.h"

#include <algorithm>
#include <cstring>

#include "navajo/container/web_application.h"
#include "navajo/observe/cheap_ticks.h"
#include "navajo/observe/log_fields.h"

namespace navajo::container {
namespace {

using observe::TraceGroup;
using observe::TraceLevel;

class Cut {
 public:
  explicit Cut(std::span<char> into) : into_(into) {}
  Cut& operator<<(std::string_view text) {
    const size_t length = std::min(text.size(), into_.size() - at_);
    memcpy(into_.data() + at_, text.data(), length);
    at_ += length;
    return *this;
  }
  std::string_view view() const { return {into_.data(), at_}; }

 private:
  std::span<char> into_;
  size_t at_ = 0;
};

}  // namespace

std::string_view write_chain(const Match& match, const ChainRecord& record, std::span<char> into) {
  Cut out(into);
  if (!match.application) return {};
  for (size_t i = 0; i < record.mappings_entered && i < Match::kMaxFilterMappings; i++) {
    if (!(match.filter_mappings[i / 64] >> (i % 64) & 1)) continue;
    const FilterMapping& mapping = match.application->filter_mapping(i);
    if (out.view().size() > 0) out << " ";
    const std::string pattern = mapping.pattern ? mapping.pattern->text() : mapping.servlet->name;
    out << pattern << " (" << mapping.filter->name << ")";
  }
  if (record.servlet_entered) out << (out.view().empty() ? ">" : " >") << match.servlet->name;
  return out.view();
}

void write_chain_times(const Match& match, const ChainRecord& record, observe::RequestRecord& into) {
  const auto micros = [](uint64_t from, uint64_t to) {
    return to > from ? static_cast<uint32_t>(std::min(observe::nanoseconds_of(to - from) / 1000, 4e9)) : 0;
  };
  into.elements = into.elements_left_out = 0;
  if (!match.application) return;
  static_assert(ChainTimes::kMost <= observe::RequestRecord::kElements);
  const size_t known = std::min(record.times.count, ChainTimes::kMost);
  into.elements_left_out = static_cast<uint8_t>(std::min<size_t>(record.times.count - known, 255));
  for (size_t i = 0; i < known; i++) {
    const ChainTimes::One& one = record.times.elements[i];
    observe::ElementRecord& out = into.chain[into.elements++];
    observe::put_text(out.name, one.mapping == ChainTimes::kServlet
                                    ? match.servlet->name
                                    : match.application->filter_mapping(one.mapping).filter->name);
    const uint64_t left = one.left ? one.left : one.entered;
    if (i + 1 < known) {
      const ChainTimes::One& inner = record.times.elements[i + 1];
      out.down_us = micros(one.entered, inner.entered);
      out.up_us = micros(inner.left ? inner.left : inner.entered, left);
    } else {
      out.down_us = micros(one.entered, left);
      out.up_us = 0;
    }
  }
  observe::put_text(into.context, match.application->path().empty() ? std::string_view("/")
                                                                    : std::string_view(match.application->path()));
  if (match.servlet) observe::put_text(into.servlet, match.servlet->name);
}

void ElementTrace::enter(const char* kind, const std::string& name, const api::Request& request) {
  kind_ = kind;
  name_ = &name;
  request_ = &request;
  start_ = base::system_clock().now();
  observe::trace(TraceGroup::NavajoOp, TraceLevel::dbg_me, ">>>>>>>>>>>>>>>>>> (%s '%s')", kind, name.c_str());
}

void ElementTrace::leave() const {
  const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(base::system_clock().now() - start_);
  observe::LogFields line;
  line.text("<<<<<<<<<<<<<<<<< (remoteIP ").quoted(request_->client_address()).text(" ").text(kind_).text(" ");
  line.quoted(*name_).field("dT", taken.count()).text(")");
  observe::trace_text(TraceGroup::NavajoOp, TraceLevel::dbg_lo, line.view());
}

}  // namespace navajo::container
