#include "navajo/cli/doctor/finding.h"

#include <cstdio>

#include "navajo/observe/json_writer.h"

namespace navajo::cli::doctor {
namespace {

const char* word(Health health) {
  switch (health) {
    case Health::warning: return "warning";
    case Health::fault: return "fault";
    case Health::ok: break;
  }
  return "ok";
}

}  // namespace

std::string findings_text(const Findings& findings) {
  std::string out;
  for (const Finding& one : findings.all()) {
    char head[32];
    snprintf(head, sizeof head, "%-8s %-12s ", word(one.health), one.area.c_str());
    out += head + one.text + "\n";
    if (!one.advice.empty()) out += std::string(22, ' ') + "-> " + one.advice + "\n";
  }
  const size_t faults = findings.count(Health::fault), warnings = findings.count(Health::warning);
  return out + std::to_string(findings.all().size()) + " looked at, " + std::to_string(warnings) + " warning" +
         (warnings == 1 ? "" : "s") + ", " + std::to_string(faults) + " fault" + (faults == 1 ? "" : "s") + "\n";
}

std::string findings_json(const Findings& findings) {
  observe::JsonWriter json;
  json.begin_object().key("findings").begin_array();
  for (const Finding& one : findings.all()) {
    json.begin_object().key("health").text(word(one.health)).key("area").text(one.area).key("text").text(one.text);
    if (!one.advice.empty()) json.key("advice").text(one.advice);
    json.end_object();
  }
  json.end_array().key("warnings").natural(findings.count(Health::warning));
  json.key("faults").natural(findings.count(Health::fault)).end_object();
  return json.str() + "\n";
}

}  // namespace navajo::cli::doctor
