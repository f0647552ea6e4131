// Any bytes as XML: whole and in pieces the scanner finds the same, within limits no more passes than without, what
// passes is well-formed for libxml2, and what is well-formed for libxml2 passes unless it needs what the scanner does
// not know.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>

#include <libxml/parser.h>

#include "navajo/limits/xml_scan.h"
#include "tests/fuzz/require.h"

using namespace navajo::limits;

namespace {

struct Found {
  XmlFault fault;
  uint64_t position;
  bool operator==(const Found&) const = default;
};

Found scanned(std::string_view text, const XmlLimits& limits, size_t piece) {
  std::pmr::monotonic_buffer_resource memory;
  XmlScan scan(limits, memory);
  for (size_t at = 0; at < text.size(); at += piece)
    if (!scan.feed(text.substr(at, piece))) break;
  const bool fine = scan.finish();
  FUZZ_REQUIRE(fine == (scan.fault() == XmlFault::none));
  FUZZ_REQUIRE(scan.position() <= text.size());
  return {scan.fault(), scan.position()};
}

void check(std::string_view text, const XmlLimits& limits) {
  const Found whole = scanned(text, limits, std::max<size_t>(1, text.size()));
  for (const size_t piece : {1, 2, 3, 7}) FUZZ_REQUIRE(scanned(text, limits, piece) == whole);
  if (whole.fault == XmlFault::none) FUZZ_REQUIRE(scanned(text, {}, 5).fault == XmlFault::none);
}

void say_nothing(void*, const char*, ...) {}

void note_document_type(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
  *static_cast<bool*>(static_cast<xmlParserCtxtPtr>(context)->_private) = true;
}

// Well-formed and without a document type. Nothing is built, so that no namespaces are looked at; huge: depths beyond
// 256 are the scanner's to limit.
bool passes_libxml2(std::string_view text, bool& other_version) {
  xmlSAXHandler handler{};
  handler.internalSubset = note_document_type;
  xmlParserCtxtPtr context = xmlCreatePushParserCtxt(&handler, nullptr, nullptr, 0, nullptr);
  bool document_type = false;
  context->_private = &document_type;
  xmlCtxtUseOptions(context,
                    XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_SAX1 | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  const bool fine = xmlParseChunk(context, text.data(), static_cast<int>(text.size()), 1) == XML_ERR_OK &&
                    context->wellFormed && !document_type;
  other_version = context->version && strcmp(reinterpret_cast<const char*>(context->version), "1.0") != 0;
  xmlFreeDoc(context->myDoc);
  xmlFreeParserCtxt(context);
  return fine;
}

bool is_unknown_to_us(XmlFault fault) {
  return fault == XmlFault::encoding || fault == XmlFault::names || fault == XmlFault::attributes ||
         fault == XmlFault::depth;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  xmlSetGenericErrorFunc(nullptr, say_nothing);
  const std::unique_ptr<char[]> copy(new char[size ? size : 1]);
  std::copy_n(data, size, copy.get());
  const std::string_view text(copy.get(), size);
  check(text, {});
  check(text, {.elements = 3, .depth = 2, .attributes = 1});
  const XmlFault fault = scanned(text, {}, std::max<size_t>(1, size)).fault;
  bool other_version = false;
  const bool passes = passes_libxml2(text, other_version);
  if (fault == XmlFault::none)
    FUZZ_REQUIRE(passes);
  else if (passes)
    FUZZ_REQUIRE(other_version || is_unknown_to_us(fault));
  return 0;
}
