// Answers for SOAP clients, which expect a fault and not a page. SOAP 1.1 requests have a SOAPAction field, those of
// 1.2 the type application/soap+xml. Facts: nevisproxy-filters-ops.md 4.4. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>

#include "navajo/http/headers.h"

namespace navajo::http {

enum class SoapVersion : uint8_t { none, v1_1, v1_2 };

SoapVersion soap_version(const Headers& fields);
// Whether an answer of that type can be a fault of the application's own.
bool is_soap_answer(std::string_view content_type);
std::string_view soap_content_type(SoapVersion version);
// reason: what it says, and nothing else; characters that could end the element are left out. status: below 500 the
// client is at fault. version: not none.
std::pmr::string soap_fault(SoapVersion version, int status, std::string_view reason,
                            std::pmr::memory_resource& memory);

}  // namespace navajo::http
