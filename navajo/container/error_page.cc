#include "navajo/container/error_page.h"

#include <memory_resource>
#include <string>

#include "navajo/api/explanation.h"
#include "navajo/config/error_text.h"
#include "navajo/container/web_application.h"
#include "navajo/http/accept.h"

namespace navajo::container {
namespace {

// Every field that describes a body that is not sent, or how long it may be kept.
constexpr std::string_view kBodyFields[] = {
    "Accept-Ranges",    "Age",           "Cache-Control",  "Content-Disposition", "Content-Encoding",
    "Content-Language", "Content-Length", "Content-Location", "Content-MD5",      "Content-Range",
    "Content-Type",     "Digest",        "ETag",           "Expires",             "Last-Modified",
    "Pragma",           "Repr-Digest",   "Trailer",        "Transfer-Encoding",   "Content-Digest",
};

// Ids are letters and digits; whatever else one might contain cannot leave its place in HTML or JSON.
std::pmr::string harmless(std::string_view id, std::pmr::memory_resource* memory) {
  std::pmr::string out(memory);
  for (const char c : id) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '@' || c == '+';
    out += plain ? c : '_';
  }
  return out;
}

// The same for a sentence: without what could end a text in HTML or JSON. Cut, so that a stranger's certificate cannot
// fill the page.
std::pmr::string harmless_sentence(std::string_view text, std::pmr::memory_resource* memory) {
  constexpr size_t kLongest = 600;
  constexpr std::string_view kHarmful = "<>&\"'\\";
  std::pmr::string out(memory);
  for (const char c : text.substr(0, kLongest))
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f || kHarmful.find(c) != std::string_view::npos ? '_' : c;
  return out;
}

}  // namespace

void render_error(const api::Outcome& refused, const ErrorPage* own_page, api::Request& request,
                  api::Response& response) {
  config::StatusText text = config::status_text(refused.status);
  std::pmr::string explanation(&request.memory());
  if (const auto said = request.attribute(api::kExplanationAttribute); said && !said->empty()) {
    explanation = harmless_sentence(*said, &request.memory());
    text.explanation = explanation.c_str();
  }
  for (const std::string_view name : kBodyFields) response.headers().remove(name);
  response.set_status(refused.status, text.reason);
  response.headers().set("Cache-Control", "no-store");
  response.headers().set("X-Content-Type-Options", "nosniff");

  std::pmr::string body(&request.memory());
  if (own_page) {
    response.set_content_type(own_page->content_type);
    body.assign(own_page->content);
  } else if (http::prefers_json(request.headers())) {
    response.set_content_type("application/problem+json");
    body.append("{\"type\":\"about:blank\",\"title\":\"").append(text.reason).append("\",\"status\":");
    body.append(std::to_string(refused.status)).append(",\"detail\":\"").append(text.explanation);
    body.append("\",\"requestId\":\"").append(harmless(request.id(), &request.memory())).append("\"}\n");
  } else {
    response.set_content_type("text/html;charset=utf-8");
    body.assign(config::error_page_html(text, harmless(request.id(), &request.memory())));
  }
  response.set_content_length(body.size());
  if (response.commit() != api::WriteStatus::ok) return;
  if (request.method() != "HEAD" && response.write(std::string_view(body)) != api::WriteStatus::ok) return;
  (void)response.finish();
}

}  // namespace navajo::container
