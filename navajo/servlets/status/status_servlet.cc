#include "navajo/servlets/status/status_servlet.h"

#include <unistd.h>

#include <ctime>
#include <optional>
#include <utility>

#include "navajo/api/metrics_page.h"
#include "navajo/api/status_source.h"
#include "navajo/observe/metrics_text.h"
#include "navajo/observe/status_segment.h"
#include "navajo/servlets/status/status_page.h"

namespace navajo::servlets {
namespace status {
namespace {

enum class Format { html, json, text, open_metrics };

std::optional<std::string_view> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    const size_t equals = pair.find('=');
    if (pair.substr(0, equals) == name) {
      return equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    }
  }
  return std::nullopt;
}

// None: asked for by name and unknown. Browsers name text/html in Accept, scripts usually only what they want.
std::optional<Format> format_of(api::Request& request) {
  if (const auto asked = query_value(request.query(), "format")) {
    if (*asked == "html") return Format::html;
    if (*asked == "json") return Format::json;
    if (*asked == "text") return Format::text;
    if (*asked == "openmetrics") return Format::open_metrics;
    return std::nullopt;
  }
  if (request.path().ends_with("/metrics")) return Format::open_metrics;
  const std::string_view accept = request.headers().get("Accept").value_or("");
  if (accept.find("application/openmetrics-text") != std::string_view::npos) return Format::open_metrics;
  if (accept.find("text/html") != std::string_view::npos) return Format::html;
  if (accept.find("application/json") != std::string_view::npos) return Format::json;
  if (accept.find("text/plain") != std::string_view::npos) return Format::text;
  return Format::html;
}

const char* type_of(Format format) {
  switch (format) {
    case Format::json: return "application/json";
    case Format::text: return "text/plain; charset=utf-8";
    case Format::open_metrics: return observe::kOpenMetricsType;
    case Format::html: break;
  }
  return "text/html; charset=utf-8";
}

std::string page(Format format) {
  if (format == Format::open_metrics) return api::open_metrics_page();
  ComponentTree components;
  if (const api::StatusSource* source = api::status_source()) source->report(components);
  std::optional<observe::StatusNumbers> numbers;
  if (const observe::StatusSegment* segment = observe::process_segment()) numbers = segment->read();
  const StatusView view{numbers ? &*numbers : nullptr, components, static_cast<uint32_t>(getpid()), time(nullptr)};
  switch (format) {
    case Format::json: return status_as_json(view);
    case Format::text: return status_as_text(view);
    case Format::open_metrics:
    case Format::html: break;
  }
  return status_as_html(view);
}

}  // namespace

StatusServlet::StatusServlet(http::AddressRanges allowed)
    : allowed_(std::move(allowed)), policy_(content_security_policy()) {}

api::Outcome StatusServlet::service(api::Request& request, api::Response& response) {
  if (!allowed_.contains(request.client_address())) return api::Outcome::refused(403, "status_not_allowed");
  if (request.method() != "GET" && request.method() != "HEAD") {
    response.headers().set("Allow", "GET, HEAD");
    return api::Outcome::refused(405, "method_not_allowed");
  }
  const std::optional<Format> format = format_of(request);
  if (!format) return api::Outcome::refused(400, "status_unknown_format");
  const std::string body = page(*format);
  response.set_content_type(type_of(*format));
  response.set_content_length(body.size());
  response.headers().set("Cache-Control", "no-store");
  response.headers().set("Content-Security-Policy", policy_);
  response.headers().set("X-Content-Type-Options", "nosniff");
  response.headers().set("Referrer-Policy", "no-referrer");
  response.headers().set("Vary", "Accept");
  // A client that went away has no use for the rest, and there is nobody else to tell.
  if (request.method() == "HEAD") {
    static_cast<void>(response.commit());
  } else {
    static_cast<void>(response.write(std::string_view(body)));
  }
  return api::Outcome::answered();
}

namespace {

const config::ParamSpec kParams[] = {
    {.name = "AllowFrom",
     .type = config::ParamType::lines,
     .default_value = "127.0.0.0/8 ::1",
     .doc = "Addresses and networks that may look, separated by blanks or lines: \"10.0.0.0/8 2001:db8::/32\". "
            "Compared with the client's address as httpd knows it, so after mod_remoteip."},
};

std::unique_ptr<api::Servlet> make(const container::ComponentContext&, const config::Params& params) {
  http::AddressRanges allowed;
  bool ok = true;
  for (const config::ParamLine& line : params.positioned_lines("AllowFrom")) {
    std::string_view rest = line.text;
    while (!rest.empty()) {
      const size_t end = rest.find_first_of(" \t");
      const std::string_view entry = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (entry.empty()) continue;
      if (const auto added = allowed.add(entry); !added) {
        params.fault(line.where, added.error().text);
        ok = false;
      }
    }
  }
  return ok ? std::make_unique<StatusServlet>(std::move(allowed)) : nullptr;
}

}  // namespace
}  // namespace status

std::span<const container::ServletRow> status_servlet_rows() {
  static const container::ServletRow rows[] = {
      {.name = "StatusServlet",
       .aliases = {"ch::nevis::navajo::apglue::httpd_2_4_x::servlet::status::StatusServlet",
                   "ch::nevis::navajo::apglue::httpd_${HTTPD_LIB_VERSION}_x::servlet::status::StatusServlet"},
       .params = status::kParams,
       .doc = "Shows what the server does, as HTML, JSON or text: the numbers of all children and the components' own.",
       .make = status::make},
  };
  return rows;
}

}  // namespace navajo::servlets
