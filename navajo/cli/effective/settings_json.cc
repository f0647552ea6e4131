#include "navajo/cli/effective/settings.h"
#include "navajo/observe/json_writer.h"

namespace navajo::cli::effective {

std::string settings_json(const std::vector<Setting>& settings) {
  observe::JsonWriter json;
  json.begin_array();
  for (const Setting& one : settings) {
    json.begin_object().key("place").text(one.place).key("name").text(one.name).key("value").text(one.value);
    json.key("origin").text(one.origin).end_object();
  }
  json.end_array();
  return json.str() + "\n";
}

std::string differences_json(const std::vector<Difference>& differences) {
  observe::JsonWriter json;
  json.begin_array();
  for (const Difference& one : differences) {
    const bool removed = one.kind == Difference::Kind::removed, added = one.kind == Difference::Kind::added;
    const Setting& shown = removed ? one.before : one.now;
    json.begin_object().key("kind").text(added ? "added" : removed ? "removed" : "changed");
    json.key("place").text(shown.place).key("name").text(shown.name);
    if (!added) json.key("before").text(one.before.value);
    if (!removed) json.key("now").text(one.now.value);
    json.key("origin").text(shown.origin).end_object();
  }
  json.end_array();
  return json.str() + "\n";
}

}  // namespace navajo::cli::effective
