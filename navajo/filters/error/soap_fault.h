// Errors for SOAP clients, which expect a fault and not a page. SOAP 1.1 requests have a SOAPAction field, those of 1.2
// the type application/soap+xml. Facts: nevisproxy-filters-ops.md 4.4. Pure functions, any thread.
#pragma once

#include <memory_resource>
#include <string>

#include "navajo/api/request.h"

namespace navajo::filters::error {

enum class SoapVersion : uint8_t { none, v1_1, v1_2 };

SoapVersion soap_version(const http::Headers& fields);
// Whether an answer of that type can be a fault of the application's own.
bool is_soap_answer(std::string_view content_type);
std::string_view soap_content_type(SoapVersion version);
// Says status and request id, and nothing else.
std::pmr::string soap_fault(SoapVersion version, int status, api::Request& request);

}  // namespace navajo::filters::error
