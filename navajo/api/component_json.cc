#include "navajo/api/component_json.h"

namespace navajo::api {

void write_component(observe::JsonWriter& json, const ComponentNode& node) {
  json.begin_object();
  json.key("name").text(node.name);
  json.key("values").begin_object();
  for (const auto& value : node.values) {
    json.key(value.name);
    if (value.is_number) {
      json.number(value.number);
    } else {
      json.text(value.text);
    }
  }
  json.end_object();
  json.key("parts").begin_array();
  for (const ComponentNode& part : node.parts) write_component(json, part);
  json.end_array();
  json.end_object();
}

}  // namespace navajo::api
