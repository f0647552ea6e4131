// What components report, as JSON: {"name", "values": {name: number or text}, "parts": [...]}. Any thread.
#pragma once

#include "navajo/api/component_tree.h"
#include "navajo/observe/json_writer.h"

namespace navajo::api {

void write_component(observe::JsonWriter& json, const ComponentNode& node);

}  // namespace navajo::api
