#include "navajo/container/chain_trace.h"

#include <algorithm>
#include <cstring>

#include "navajo/container/web_application.h"
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
