#include "navajo/http/soap_fault.h"

#include "navajo/http/syntax.h"

namespace navajo::http {
namespace {

std::string_view media_type(std::string_view content_type) {
  return trim(content_type.substr(0, content_type.find(';')));
}

}  // namespace

SoapVersion soap_version(const Headers& fields) {
  if (fields.get("SOAPAction")) return SoapVersion::v1_1;
  const auto type = fields.get("Content-Type");
  return type && same_name(media_type(*type), "application/soap+xml") ? SoapVersion::v1_2 : SoapVersion::none;
}

bool is_soap_answer(std::string_view content_type) {
  const std::string_view type = media_type(content_type);
  return same_name(type, "text/xml") || same_name(type, "application/soap+xml");
}

std::string_view soap_content_type(SoapVersion version) {
  return version == SoapVersion::v1_1 ? "text/xml;charset=utf-8" : "application/soap+xml;charset=utf-8";
}

std::pmr::string soap_fault(SoapVersion version, int status, std::string_view reason,
                            std::pmr::memory_resource& memory) {
  const bool senders = status < 500;
  std::pmr::string text("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", &memory);
  const auto add_reason = [&] {
    for (const char c : reason)
      if (c != '<' && c != '>' && c != '&' && static_cast<unsigned char>(c) >= 0x20) text += c;
  };
  if (version == SoapVersion::v1_1) {
    text += "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><soap:Fault>"
            "<faultcode>soap:";
    text += senders ? "Client" : "Server";
    text += "</faultcode><faultstring>";
    add_reason();
    text += "</faultstring></soap:Fault></soap:Body></soap:Envelope>\n";
  } else {
    text += "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"><soap:Body><soap:Fault>"
            "<soap:Code><soap:Value>soap:";
    text += senders ? "Sender" : "Receiver";
    text += "</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang=\"en\">";
    add_reason();
    text += "</soap:Text></soap:Reason></soap:Fault></soap:Body></soap:Envelope>\n";
  }
  return text;
}

}  // namespace navajo::http
