#include "navajo/servlets/status/status_page.h"

#include <openssl/evp.h>

#include <cmath>
#include <cstdio>

#include "navajo/api/component_json.h"
#include "navajo/config/text.h"
#include "navajo/observe/json_writer.h"
#include "navajo/observe/status_report.h"

namespace navajo::servlets::status {
namespace {

using observe::JsonWriter;

std::string number_text(double value) {
  char digits[40];
  if (value == std::floor(value) && std::fabs(value) < 9.0e15) {
    snprintf(digits, sizeof digits, "%.0f", value);
  } else {
    snprintf(digits, sizeof digits, "%.6g", value);
  }
  return digits;
}

void append_text(std::string& out, const ComponentNode& node, size_t depth) {
  const std::string indent(2 * depth, ' ');
  out += indent + node.name + "\n";
  for (const auto& value : node.values) {
    out += indent + "  " + value.name + " " + (value.is_number ? number_text(value.number) : value.text) + "\n";
  }
  for (const ComponentNode& part : node.parts) append_text(out, part, depth + 1);
}

void append_row(std::string& out, std::string_view name, std::string_view value, std::string_view help = {}) {
  out += "<tr><th scope=\"row\"";
  if (!help.empty()) out += " title=\"" + config::xml_escaped(help) + "\"";
  out += ">" + config::xml_escaped(name) + "</th><td>" + config::xml_escaped(value) + "</td></tr>\n";
}

void append_number_rows(std::string& out, const observe::StatusNumbers& numbers) {
  auto cells = [&](auto total, auto of) {
    out += "<td>" + std::to_string(total) + "</td>";
    for (const auto& child : numbers.children) out += "<td>" + std::to_string(of(child)) + "</td>";
    out += "</tr>\n";
  };
  auto head = [&](const char* name, const char* help) {
    out += "<tr><th scope=\"row\" title=\"" + config::xml_escaped(help) + "\">" + config::xml_escaped(name) + "</th>";
  };
  for (size_t i = 0; i < observe::kGauges; i++) {
    head(observe::kGaugeRows[i].name, observe::kGaugeRows[i].help);
    cells(numbers.gauges[i], [i](const auto& child) { return child.gauges[i]; });
  }
  for (size_t i = 0; i < observe::kCounters; i++) {
    head(observe::kCounterRows[i].name, observe::kCounterRows[i].help);
    cells(numbers.counters[i], [i](const auto& child) { return child.counters[i]; });
  }
}

void append_node(std::string& out, const ComponentNode& node, size_t depth) {
  const std::string level = std::to_string(std::min<size_t>(depth + 3, 6));
  out += "<section><h" + level + ">" + config::xml_escaped(node.name) + "</h" + level + ">\n";
  if (!node.values.empty()) {
    out += "<table>\n";
    for (const auto& value : node.values) {
      append_row(out, value.name, value.is_number ? number_text(value.number) : value.text);
    }
    out += "</table>\n";
  }
  for (const ComponentNode& part : node.parts) append_node(out, part, depth + 1);
  out += "</section>\n";
}

void append_server(std::string& out, const observe::StatusNumbers& numbers, int64_t now) {
  out += "<h2>Server</h2>\n<table>\n";
  append_row(out, "version", numbers.texts.server);
  append_row(out, "process", std::to_string(numbers.parent_pid));
  append_row(out, "up", observe::duration_text(now - numbers.started_at));
  append_row(out, "configuration", numbers.texts.configuration);
  append_row(out, "generation", std::to_string(numbers.generation) + ", since " +
                                    observe::duration_text(now - numbers.configured_at));
  append_row(out, "memory", numbers.texts.allocator);
  if (numbers.claims_refused) {
    append_row(out, "children without a slot", std::to_string(numbers.claims_refused) + " (missing below)");
  }
  out += "</table>\n<h2>Numbers</h2>\n<table><thead><tr><td></td><th scope=\"col\">total</th>";
  for (const auto& child : numbers.children) {
    out += "<th scope=\"col\">" + std::to_string(child.pid) + "<br><small>generation " +
           std::to_string(child.generation) + "</small></th>";
  }
  out += "</tr></thead><tbody>\n";
  append_number_rows(out, numbers);
  out += "</tbody></table>\n";
}

constexpr std::string_view kStyle =
    "body{font:15px/1.4 system-ui,sans-serif;margin:2rem;max-width:72rem;color:#1b1f24;background:#fff}"
    "table{border-collapse:collapse;margin:.5rem 0 1.5rem}"
    "th,td{padding:.15rem .8rem;text-align:right;border-bottom:1px solid #d8dee4;font-variant-numeric:tabular-nums}"
    "th[scope=row]{text-align:left;font-weight:400}"
    "section section{margin-left:1.5rem}h1,h2,h3,h4,h5,h6{margin:.8rem 0 .3rem}small{font-weight:400}"
    "@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}th,td{border-color:#30363d}}";

}  // namespace

std::string_view page_style() { return kStyle; }

std::string content_security_policy() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  unsigned char base64[2 * EVP_MAX_MD_SIZE] = {};
  if (EVP_Digest(kStyle.data(), kStyle.size(), digest, &length, EVP_sha256(), nullptr) == 1) {
    EVP_EncodeBlock(base64, digest, static_cast<int>(length));
  }
  return "default-src 'none'; style-src 'sha256-" + std::string(reinterpret_cast<const char*>(base64)) +
         "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

std::string status_as_json(const StatusView& view) {
  JsonWriter json;
  json.begin_object();
  json.key("now").integer(view.now);
  json.key("segment").boolean(view.numbers != nullptr);
  if (view.numbers) observe::write_status(json, *view.numbers, view.now);
  json.key("components").begin_object();
  json.key("answered_by").natural(view.answered_by);
  json.key("truncated").boolean(view.components.truncated());
  json.key("parts").begin_array();
  for (const ComponentNode& part : view.components.root().parts) api::write_component(json, part);
  json.end_array();
  json.end_object();
  json.end_object();
  return json.str() + "\n";
}

std::string status_as_text(const StatusView& view) {
  std::string out = view.numbers ? observe::status_text(*view.numbers, view.now) : "no status segment\n";
  out += "\ncomponents, as process " + std::to_string(view.answered_by) + " sees them\n";
  for (const ComponentNode& part : view.components.root().parts) append_text(out, part, 0);
  if (view.components.truncated()) out += "(cut: too many rows)\n";
  return out;
}

std::string status_as_html(const StatusView& view) {
  std::string out;
  out += "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Navajo status</title>\n";
  out += "<meta name=\"viewport\" content=\"width=device-width\"><style>" + std::string(kStyle) + "</style></head>\n";
  out += "<body><main><h1>Navajo status</h1>\n";
  if (view.numbers) {
    append_server(out, *view.numbers, view.now);
  } else {
    out += "<p>This server keeps no status segment: NavajoRunDir is not set.</p>\n";
  }
  out += "<h2>Components</h2>\n<p>As process " + std::to_string(view.answered_by) +
         " sees them: each child keeps its own.</p>\n";
  for (const ComponentNode& part : view.components.root().parts) append_node(out, part, 0);
  if (view.components.truncated()) out += "<p>Cut: too many rows.</p>\n";
  out += "<p><a href=\"?format=json\">JSON</a> <a href=\"?format=text\">text</a></p>\n</main></body></html>\n";
  return out;
}

}  // namespace navajo::servlets::status
