#include "navajo/rules/fact_text.h"

#include <algorithm>

#include "navajo/config/text.h"

namespace navajo::rules {
namespace {

base::Failed<TextFault> failed(std::string text, size_t at) { return base::Failed{TextFault{std::move(text), at}}; }

}  // namespace

base::Result<KeyPart, TextFault> parse_fact(std::string_view text) {
  const size_t start = std::min(text.find_first_not_of(" \t"), text.size());
  text = config::trim(text);
  const size_t open = text.find('(');
  const std::string word = config::lower_case(config::trim(text.substr(0, open)));
  const FieldRow* const row = find_field(word);
  if (!row) {
    std::vector<std::string_view> known;
    for (const FieldRow& field : kFields) known.push_back(field.word);
    return failed("'" + config::printable(word) + "' is not known" + config::did_you_mean(word, known), start);
  }
  KeyPart out;
  out.field = row->field;
  if (open == text.npos) {
    if (row->shape == Shape::named)
      return failed(word + " needs a name: " + word + "(Name)", start);
    return out;
  }
  if (!text.ends_with(')')) return failed("expected ')' at the end of '" + config::printable(text) + "'", start);
  const std::string_view name = config::trim(text.substr(open + 1, text.size() - open - 2));
  if (row->shape == Shape::single) {
    if (!name.empty()) return failed(word + " has no names: it stands alone", start + open);
    return out;
  }
  auto made = make_name(*row, name);
  if (!made.ok()) return failed(made.error().text, start + open + 1);
  out.name = std::move(*made);
  return out;
}

base::Result<std::vector<KeyPart>, TextFault> parse_key(std::string_view text) {
  std::vector<KeyPart> out;
  size_t at = 0;
  while (at <= text.size()) {
    size_t end = at;
    // A name may have a + in it.
    for (int depth = 0; end < text.size() && (text[end] != '+' || depth > 0); end++) {
      if (text[end] == '(') depth++;
      if (text[end] == ')') depth--;
    }
    if (config::trim(text.substr(at, end - at)).empty()) return failed("expected a fact, like client or header(X)", at);
    auto part = parse_fact(text.substr(at, end - at));
    if (!part.ok()) return failed(part.error().text, at + part.error().at);
    const FieldRow& row = row_of(part->field);
    if (row.from > From::body || part->field == Field::body || row.kind == FieldKind::time)
      return failed(std::string(row.word) + " cannot be a part of a key", at);
    out.push_back(std::move(*part));
    at = end + 1;
  }
  return out;
}

std::string key_text(const std::vector<KeyPart>& key) {
  std::string out;
  for (const KeyPart& part : key) {
    const FieldRow& row = row_of(part.field);
    out += std::string(out.empty() ? "" : "+") + row.word;
    if (row.shape == Shape::named) out += "(" + part.name + ")";
  }
  return out;
}

}  // namespace navajo::rules
