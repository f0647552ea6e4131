#include "navajo/rules/template.h"

#include <charconv>

#include "navajo/http/headers.h"
#include "navajo/http/syntax.h"

namespace navajo::rules {
namespace {

using Part = Template::Part;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

void append_html(std::string_view value, std::pmr::string& into) {
  for (const char c : value) switch (c) {
      case '<': into += "&lt;"; break;
      case '>': into += "&gt;"; break;
      case '&': into += "&amp;"; break;
      case '"': into += "&quot;"; break;
      case '\'': into += "&#39;"; break;
      default: into += is_control(c) && c != '\t' && c != '\n' ? '?' : c;
    }
}

void append_json(std::string_view value, std::pmr::string& into) {
  constexpr char kHex[] = "0123456789abcdef";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      into += '\\';
      into += c;
    } else if (is_control(c)) {
      into.append("\\u00").append(1, kHex[static_cast<unsigned char>(c) >> 4]).append(1, kHex[c & 15]);
    } else {
      into += c;
    }
  }
}

// Unreserved characters and '/': what is left can neither begin a query or fragment nor change the authority.
void append_url(std::string_view value, std::pmr::string& into) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~' || c == '/';
    if (plain)
      into += c;
    else
      into.append("%").append(1, kHex[static_cast<unsigned char>(c) >> 4]).append(1, kHex[c & 15]);
  }
}

void append(std::string_view value, Escape escape, std::pmr::string& into) {
  switch (escape) {
    case Escape::html: return append_html(value, into);
    case Escape::json: return append_json(value, into);
    case Escape::url: return append_url(value, into);
    case Escape::none:
      for (const char c : value) into += is_control(c) && c != '\t' && c != '\n' ? '?' : c;
      return;
    case Escape::field_value:
      for (const char c : value) into += is_control(c) && c != '\t' ? '?' : c;
      return;
  }
}

// The value of a variable, cut to what is left of the limit.
void append_variable(const Part& part, Facts& facts, Escape escape, std::pmr::string& into, size_t& left) {
  const auto take = [&](std::string_view value) {
    value = value.substr(0, left);
    left -= value.size();
    append(value, escape, into);
    return true;
  };
  const FieldRow& row = row_of(*part.variable);
  if (row.shape == Shape::named) {
    facts.any(row.field, part.name, take);
  } else if (row.kind == FieldKind::number || row.kind == FieldKind::time) {
    const std::optional<int64_t> number =
        row.kind == FieldKind::time ? std::optional(facts.wall_time()) : facts.number(row.field);
    char digits[24];
    if (number) take({digits, std::to_chars(digits, digits + sizeof digits, *number).ptr});
  } else if (const auto value = facts.text(row.field)) {
    take(*value);
  }
}

base::Result<Part> parse_variable(std::string_view text) {
  Part part;
  if (text == "rule.id") {
    part.rule = true;
    return part;
  }
  const size_t colon = text.find(':');
  const std::string_view word = text.substr(0, colon);
  const FieldRow* row = find_field(word);
  if (!row) return base::Failed{base::Error{"there is no variable '" + std::string(word) + "'"}};
  const bool has_name = colon != std::string_view::npos && colon + 1 < text.size();
  if (row->shape == Shape::named && !has_name)
    return base::Failed{base::Error{"'" + std::string(word) + "' needs a name: ${" + std::string(word) + ":name}"}};
  if (row->shape == Shape::single && colon != std::string_view::npos)
    return base::Failed{base::Error{"'" + std::string(word) + "' has no names: ${" + std::string(word) + "}"}};
  part.variable = row->field;
  if (has_name) part.name = text.substr(colon + 1);
  return part;
}

}  // namespace

base::Result<Template> parse_template(std::string_view text) {
  Template out;
  std::string literal;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      literal += text[at++];
    } else if (text.substr(at, 2) == "$$") {
      literal += '$';
      at += 2;
    } else if (text.substr(at, 2) == "${") {
      const size_t end = text.find('}', at);
      if (end == std::string_view::npos) return base::Failed{base::Error{"'${' has no '}'"}};
      base::Result<Part> part = parse_variable(text.substr(at + 2, end - at - 2));
      if (!part.ok()) return base::Failed{part.error()};
      part->literal = std::move(literal);
      literal.clear();
      out.parts.push_back(std::move(*part));
      at = end + 1;
    } else {
      return base::Failed{base::Error{"'$' is written '$$', and a variable '${name}'"}};
    }
  }
  if (!literal.empty()) {
    out.parts.emplace_back();
    out.parts.back().literal = std::move(literal);
  }
  return out;
}

Escape escape_for(std::string_view content_type) {
  const std::string_view type = http::trim(content_type.substr(0, content_type.find(';')));
  if (http::same_name(type, "text/html") || http::same_name(type, "application/xhtml+xml") ||
      http::same_name(type, "text/xml") || http::same_name(type, "application/xml") || type.ends_with("+xml"))
    return Escape::html;
  if (http::same_name(type, "application/json") || type.ends_with("+json")) return Escape::json;
  return Escape::none;
}

void expand(const Template& text, Facts& facts, std::string_view rule_id, Escape escape, std::pmr::string& into,
            size_t limit) {
  size_t left = limit;
  for (const Part& part : text.parts) {
    into += part.literal;
    if (part.rule) append(rule_id, escape, into);
    if (part.variable) append_variable(part, facts, escape, into, left);
  }
}

}  // namespace navajo::rules
