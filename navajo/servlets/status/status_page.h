// The three faces of the status page. Plain functions of what is to be shown: no request, no clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "navajo/api/component_tree.h"
#include "navajo/observe/status_segment.h"

namespace navajo::servlets::status {

using api::ComponentNode;
using api::ComponentTree;

struct StatusView {
  const observe::StatusNumbers* numbers;  // null: this server keeps no status segment
  const ComponentTree& components;
  uint32_t answered_by;  // pid of the process whose components these are
  int64_t now;           // seconds since 1970
};

std::string status_as_json(const StatusView& view);
std::string status_as_text(const StatusView& view);
std::string status_as_html(const StatusView& view);

// The page's only style, inline; its hash stands in the Content-Security-Policy.
std::string_view page_style();
std::string content_security_policy();

}  // namespace navajo::servlets::status
