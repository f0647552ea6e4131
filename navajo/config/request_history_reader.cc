// RequestHistory of navajo.xml.
#include "navajo/config/navajo_xml_reading.h"

namespace navajo::config {

RequestHistoryElement read_request_history(const XmlElement* element, const Position& where,
                                           const NavajoXmlReading& reading) {
  ElementReader reader = reading.reader("RequestHistory", "Service", element, where);
  RequestHistoryElement out;
  out.where = reader.where();
  out.slow = reader.milliseconds("slow");
  out.sample_interval = reader.milliseconds("sampleInterval");
  return out;
}

}  // namespace navajo::config
