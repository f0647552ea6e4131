// The schema and init-param tables as people read them: reference pages and comments of conf/.
#include "navajo/config/schema.h"

#include "navajo/config/text.h"

namespace navajo::config {
namespace {

using enum ParamType;

std::string_view occurs_text(Occurs occurs) {
  switch (occurs) {
    case Occurs::one: return "once";
    case Occurs::optional: return "at most once";
    case Occurs::many: return "any number";
    case Occurs::at_least_one: return "one or more";
  }
  return "";
}

std::string_view type_text(ParamType type) {
  switch (type) {
    case ParamType::text: return "text";
    case lines: return "lines";
    case boolean: return "true/false";
    case integer: return "integer";
    case bytes: return "bytes";
    case milliseconds: return "time in ms, or with unit";
    case seconds: return "time in s, or with unit";
    case choice: return "choice";
  }
  return "";
}

// In a table cell a bar would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : c == '\n' ? "<br>" : std::string(1, c);
  return out;
}

std::string allowed_text(const ParamSpec& spec) {
  std::string out = join(split_list(spec.choices, ','), spec.type == choice ? " | " : ", ");
  if (spec.minimum == INT64_MIN && spec.maximum == INT64_MAX) return out;
  return out.empty() ? range_text(spec) : out + " or " + range_text(spec);
}

std::string kind_text(const ParamSpec& spec) {
  switch (spec.conditions) {
    case Conditions::none: break;
    case Conditions::then_break: return "lines with conditions, default pragma break";
    case Conditions::then_continue: return "lines with conditions, default pragma continue";
  }
  return std::string(type_text(spec.type));
}

}  // namespace

std::string describe(const ParamSpec& spec) {
  std::string out = std::string(spec.name) + " (" + kind_text(spec);
  if (const std::string allowed = allowed_text(spec); !allowed.empty()) out += ", " + allowed;
  if (spec.required) out += ", required";
  if (*spec.default_value) out += ", default " + std::string(spec.default_value);
  out += "): " + std::string(spec.doc);
  if (*spec.not_yet) out += std::string(" Not there yet: ") + spec.not_yet;
  return *spec.deprecated ? out + " Deprecated: " + spec.deprecated : out;
}

std::string params_as_markdown(std::span<const ParamSpec> params) {
  std::string out = "| name | type | allowed | default | meaning |\n|---|---|---|---|---|\n";
  for (const ParamSpec& spec : params)
    out += "| `" + std::string(spec.name) + "` | " + kind_text(spec) + " | " +
           cell(allowed_text(spec)) + " | " +
           (spec.required         ? "required"
            : *spec.default_value ? "`" + cell(spec.default_value) + "`"
                                  : "") +
           " | " + cell(spec.doc) + (*spec.not_yet ? " **Not there yet**: " + cell(spec.not_yet) : "") +
           (*spec.deprecated ? " **Deprecated**: " + cell(spec.deprecated) : "") + " |\n";
  return out;
}

std::string schema_as_markdown(std::span<const ElementSpec> schema, std::string_view title) {
  std::string out = "# " + std::string(title) + "\n";
  for (const ElementSpec& row : schema) {
    out += "\n## " + (*row.parent ? std::string(row.parent) + " / " : std::string()) + row.name + "\n\n";
    out += std::string(row.doc) + " (" + std::string(occurs_text(row.occurs)) + ")\n";
    if (!row.attributes.empty() && row.attributes.front().name != std::string_view("id"))
      out += "\n" + params_as_markdown(row.attributes);
  }
  return out;
}

}  // namespace navajo::config
