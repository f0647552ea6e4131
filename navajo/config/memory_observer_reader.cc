// MemoryObserver of navajo.xml, and limitRequestBody of Host and Context.
#include "navajo/config/navajo_xml_reading.h"

namespace navajo::config {
namespace {

// What is refused first is what costs most: the thresholds have to stand in this order, where they are given.
template <class T>
void check_order(ElementReader& reader, const Attribute<T>& lower, const Attribute<T>& upper, const char* lower_name,
                 const char* upper_name) {
  if (*lower == 0 || *upper == 0 || *lower < *upper) return;
  const bool lower_given = lower.given || !upper.given;
  reader.fault(lower_given ? lower.where : upper.where, lower_given ? lower_name : upper_name,
               lower_given ? std::string("has to be below ") + upper_name
                           : std::string("has to be above ") + lower_name);
}

}  // namespace

MemoryObserverElement read_memory_observer(const XmlElement* element, const Position& where,
                                           const NavajoXmlReading& reading) {
  ElementReader reader = reading.reader("MemoryObserver", "Service", element, where);
  MemoryObserverElement out;
  out.where = reader.where();
  out.process_high = reader.number<uint64_t>("processHigh");
  out.process_critical = reader.number<uint64_t>("processCritical");
  out.process_replace = reader.number<uint64_t>("processReplace");
  out.group_high = reader.number<unsigned>("groupHigh");
  out.group_critical = reader.number<unsigned>("groupCritical");
  out.interval = reader.milliseconds("interval");
  out.large_body = reader.number<uint64_t>("largeBody");
  out.max_large_bodies = reader.number<uint64_t>("maxLargeBodies");
  out.large_body_wait = reader.milliseconds("largeBodyWait");
  check_order(reader, out.process_high, out.process_critical, "processHigh", "processCritical");
  check_order(reader, out.group_high, out.group_critical, "groupHigh", "groupCritical");
  return out;
}

std::optional<uint64_t> read_body_limit(ElementReader& reader) {
  const Attribute<uint64_t> limit = reader.number<uint64_t>("limitRequestBody");
  return limit.given ? std::optional<uint64_t>(*limit) : std::nullopt;
}

}  // namespace navajo::config
