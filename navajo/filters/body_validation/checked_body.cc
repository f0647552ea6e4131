#include "navajo/filters/body_validation/checked_body.h"

namespace navajo::filters::body_validation {
namespace {

using api::BodyRead;
using api::BodyStatus;
using limits::MultipartFault;
using limits::XmlFault;

bool is_limit(MultipartFault fault) {
  return fault == MultipartFault::parts || fault == MultipartFault::part_size || fault == MultipartFault::header_size;
}

bool is_limit(XmlFault fault) {
  return fault == XmlFault::elements || fault == XmlFault::depth || fault == XmlFault::attributes ||
         fault == XmlFault::names;
}

}  // namespace

CheckedBody::CheckedBody(api::BodyReader& inner, const Checks& checks, Kind kind, std::string_view content_type,
                         FaultSink& sink, std::pmr::memory_resource& memory)
    : inner_(inner),
      checks_(checks),
      kind_(kind),
      content_type_(content_type),
      sink_(sink),
      memory_(memory) {
  begin();
}

void CheckedBody::begin() {
  passed_ = 0;
  if (kind_ == Kind::multipart) scan_.emplace<limits::MultipartScan>(content_type_, checks_.multipart, memory_);
  if (kind_ == Kind::xml) scan_.emplace<limits::XmlScan>(checks_.xml, memory_);
}

bool CheckedBody::refuse(const BodyFault& fault) {
  told_ = true;
  if (sink_.refuses(fault)) refusal_ = fault;
  return false;
}

bool CheckedBody::refuse_scanned() {
  if (const auto* multipart = std::get_if<limits::MultipartScan>(&scan_))
    return refuse({is_limit(multipart->fault()) ? 413 : 400, "multipart_refused", name_of(multipart->fault()),
                   multipart->position()});
  const auto& xml = std::get<limits::XmlScan>(scan_);
  return refuse({is_limit(xml.fault()) ? 413 : 400, "xml_refused", name_of(xml.fault()), xml.position()});
}

bool CheckedBody::feed(std::string_view bytes) {
  if (bytes.size() > checks_.length - passed_)
    return refuse({413, "body_too_large", "longer than MaxRequestBody", checks_.length});
  passed_ += bytes.size();
  if (auto* multipart = std::get_if<limits::MultipartScan>(&scan_)) return multipart->feed(bytes) || refuse_scanned();
  if (auto* xml = std::get_if<limits::XmlScan>(&scan_)) return xml->feed(bytes) || refuse_scanned();
  return true;
}

bool CheckedBody::finish() {
  if (auto* multipart = std::get_if<limits::MultipartScan>(&scan_)) return multipart->finish() || refuse_scanned();
  if (auto* xml = std::get_if<limits::XmlScan>(&scan_)) return xml->finish() || refuse_scanned();
  return true;
}

void CheckedBody::judge(std::string_view whole) { (void)(feed(whole) && finish()); }

BodyRead CheckedBody::stopped() const {
  return {refusal_->status == 413 ? BodyStatus::too_large : BodyStatus::malformed, 0};
}

BodyRead CheckedBody::look(BodyRead got, std::span<char> from) {
  if (told_) return got;  // and it passes
  if (got.status == BodyStatus::data) {
    // Whoever counts what was declared does not ask for an end.
    if (feed({from.data(), got.bytes}) && inner_.declared_length() == passed_) (void)finish();
  } else if (got.status == BodyStatus::end) {
    (void)finish();
  }
  return refusal_ ? stopped() : got;
}

BodyRead CheckedBody::read(std::span<char> into) {
  if (refusal_) return stopped();
  return look(inner_.read(into), into);
}

BodyRead CheckedBody::read_unless(std::span<char> into, reactor::Descriptor& other) {
  if (refusal_) return stopped();
  return look(inner_.read_unless(into, other), into);
}

bool CheckedBody::rewind() {
  if (!inner_.rewind()) return false;
  if (!told_) begin();
  return true;
}

}  // namespace navajo::filters::body_validation
