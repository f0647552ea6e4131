#include "navajo/container/error_page.h"

#include <algorithm>
#include <memory_resource>
#include <string>

#include "navajo/config/error_text.h"
#include "navajo/container/web_application.h"
#include "navajo/http/headers.h"
#include "navajo/http/syntax.h"

namespace navajo::container {
namespace {

// Every field that describes a body that is not sent, or how long it may be kept.
constexpr std::string_view kBodyFields[] = {
    "Accept-Ranges",    "Age",           "Cache-Control",  "Content-Disposition", "Content-Encoding",
    "Content-Language", "Content-Length", "Content-Location", "Content-MD5",      "Content-Range",
    "Content-Type",     "Digest",        "ETag",           "Expires",             "Last-Modified",
    "Pragma",           "Repr-Digest",   "Trailer",        "Transfer-Encoding",   "Content-Digest",
};

// "0.8" in thousandths; anything odd counts as 0, which prefers nothing.
int quality(std::string_view parameters) {
  const size_t at = parameters.find("q=");
  if (at == std::string_view::npos) return 1000;
  const std::string_view digits = parameters.substr(at + 2);
  if (digits.empty() || (digits[0] != '0' && digits[0] != '1')) return 0;
  int value = (digits[0] - '0') * 1000;
  int weight = 100;
  if (digits.size() > 1 && digits[1] == '.')
    for (const char c : digits.substr(2)) {
      if (c < '0' || c > '9' || weight == 0) break;
      value += (c - '0') * weight;
      weight /= 10;
    }
  return value;
}

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

}  // namespace

bool prefers_json(const http::Headers& headers) {
  const auto requested_with = headers.get("X-Requested-With");
  if (requested_with && http::same_name(http::trim(*requested_with), "XMLHttpRequest")) return true;
  const auto accept = headers.get("Accept");
  if (!accept) return false;
  int json = 0, html = 0;
  http::ListWalker walk(*accept);
  while (const auto element = walk.next()) {
    const size_t semicolon = element->find(';');
    const std::string_view type = http::trim(element->substr(0, semicolon));
    const int q = semicolon == std::string_view::npos ? 1000 : quality(element->substr(semicolon + 1));
    const bool any = type == "*/*";
    if (http::same_name(type, "application/json") || http::same_name(type, "application/problem+json"))
      json = std::max(json, q);
    if (any || http::same_name(type, "text/html") || http::same_name(type, "application/xhtml+xml") ||
        http::same_name(type, "text/*"))
      html = std::max(html, q);
  }
  return json > html || (json > 0 && json == html && accept->find("html") == std::string_view::npos);
}

void render_error(const api::Outcome& refused, const ErrorPage* own_page, api::Request& request,
                  api::Response& response) {
  const config::StatusText text = config::status_text(refused.status);
  for (const std::string_view name : kBodyFields) response.headers().remove(name);
  response.set_status(refused.status, text.reason);
  response.headers().set("Cache-Control", "no-store");
  response.headers().set("X-Content-Type-Options", "nosniff");

  std::pmr::string body(&request.memory());
  if (own_page) {
    response.set_content_type(own_page->content_type);
    body.assign(own_page->content);
  } else if (prefers_json(request.headers())) {
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
