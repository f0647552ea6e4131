#include "navajo/http/soap_fault.h"

#include <memory_resource>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::http;

TEST_GROUP(SoapFault) {
  std::pmr::monotonic_buffer_resource memory;
  std::string fault(SoapVersion version, int status, std::string_view reason) {
    return std::string(soap_fault(version, status, reason, memory));
  }
};

TEST(SoapFault, a_field_or_a_type_tells_the_version) {
  HeaderList fields;
  CHECK(soap_version(fields) == SoapVersion::none);
  fields.set("Content-Type", "application/soap+xml; action=x");
  CHECK(soap_version(fields) == SoapVersion::v1_2);
  fields.set("SOAPAction", "\"x\"");
  CHECK(soap_version(fields) == SoapVersion::v1_1);
}

TEST(SoapFault, says_who_is_at_fault_in_the_words_of_the_version) {
  STRCMP_CONTAINS("<faultcode>soap:Client</faultcode>", fault(SoapVersion::v1_1, 404, "x").c_str());
  STRCMP_CONTAINS("<faultcode>soap:Server</faultcode>", fault(SoapVersion::v1_1, 502, "x").c_str());
  STRCMP_CONTAINS("<soap:Value>soap:Sender</soap:Value>", fault(SoapVersion::v1_2, 401, "x").c_str());
}

TEST(SoapFault, the_reason_cannot_leave_its_element) {
  const std::string text = fault(SoapVersion::v1_1, 500, "a</faultstring><b>&x;\x01");
  STRCMP_CONTAINS("<faultstring>a/faultstringbx;</faultstring>", text.c_str());
}
