// Texts of rules with ${variables}: parsed while rules are read, expanded per request. A value of a request never
// ends up in a text unescaped: who expands says where the text goes. Facts: failure-modes.md rows 16 and 24.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>

#include "navajo/base/result.h"
#include "navajo/rules/action.h"
#include "navajo/rules/facts.h"

namespace navajo::rules {

// The error says what is wrong, without a place.
base::Result<Template> parse_template(std::string_view text);

enum class Escape : uint8_t {
  none,          // text/plain, tags, captures: control characters but tab and newline become '?'
  field_value,   // of a header field: control characters become '?'
  html,
  json,          // inside of a JSON string
  url,           // percent-encoded as a part of a URL's path or query; nothing that could end it or change its host
};
// By the content type of a body.
Escape escape_for(std::string_view content_type);

// Appends. At most `limit` bytes of the values are taken.
void expand(const Template& text, Facts& facts, std::string_view rule_id, Escape escape, std::pmr::string& into,
            size_t limit = 8192);

}  // namespace navajo::rules
