#include "navajo/config/error_text.h"

namespace navajo::config {
namespace {

constexpr StatusText kTexts[] = {
    {400, "Bad Request", "The request could not be understood."},
    {401, "Unauthorized", "This page asks for a login."},
    {403, "Forbidden", "This page may not be seen with the rights you have."},
    {404, "Not Found", "There is nothing at this address."},
    {405, "Method Not Allowed", "This address does not offer what was asked for."},
    {408, "Request Timeout", "The request took too long to arrive."},
    {410, "Gone", "What was at this address has been removed."},
    {411, "Length Required", "The request does not say how long it is."},
    {412, "Precondition Failed", "The page has changed in the meantime."},
    {413, "Content Too Large", "What was sent is larger than is accepted here."},
    {414, "URI Too Long", "The address is longer than is accepted here."},
    {415, "Unsupported Media Type", "What was sent is of a kind that is not accepted here."},
    {416, "Range Not Satisfiable", "The part that was asked for does not exist."},
    {417, "Expectation Failed", "What the request expects cannot be met."},
    {421, "Misdirected Request", "This server does not answer for that name."},
    {422, "Unprocessable Content", "What was sent cannot be processed."},
    {426, "Upgrade Required", "This address asks for another protocol."},
    {429, "Too Many Requests", "There were too many requests; try again in a while."},
    {431, "Request Header Fields Too Large", "The request carries more header data than is accepted here."},
    {500, "Internal Server Error", "Something went wrong here."},
    {501, "Not Implemented", "This server cannot do what was asked for."},
    {502, "Bad Gateway", "The service behind this page did not give a usable answer."},
    {503, "Service Unavailable", "The service cannot be reached at the moment; try again in a while."},
    {504, "Gateway Timeout", "The service behind this page took too long to answer."},
};

}  // namespace

std::span<const StatusText> status_texts() { return kTexts; }

StatusText status_text(int status) {
  for (const StatusText& text : kTexts)
    if (text.status == status) return text;
  if (status >= 500) return {status, "Server Error", "Something went wrong here."};
  return {status, "Request Refused", "The request was refused."};
}

std::string error_page_html(const StatusText& text, std::string_view request_id) {
  std::string out =
      "<!DOCTYPE html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>";
  out += std::to_string(text.status);
  out += ' ';
  out += text.reason;
  out +=
      "</title><style>body{font:17px/1.6 system-ui,sans-serif;margin:16vh auto;max-width:34em;padding:0 1.5em;"
      "color:#1f2933}h1{font-weight:600;font-size:1.6em;margin:0}small{color:#66788a}</style><h1>";
  out += text.reason;
  out += "</h1><p>";
  out += text.explanation;
  out += "</p><small>";
  out += std::to_string(text.status);
  out += " &middot; request ";
  out += request_id;
  out += "</small></html>";
  return out;
}

}  // namespace navajo::config
