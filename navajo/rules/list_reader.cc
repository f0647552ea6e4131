#include "navajo/rules/list_reader.h"

#include <algorithm>
#include <filesystem>

#include "navajo/config/pattern.h"
#include "navajo/config/text.h"

namespace navajo::rules {
namespace {

constexpr size_t kLargestFile = 32 << 20;

void add_lines(std::string_view text, config::Position where, ValueList& list, config::Diagnostics& diagnostics) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view entry = config::trim(text.substr(0, end));
    if (!entry.empty() && entry[0] != '#') {
      const config::Position here = config::first_visible(text.substr(0, end), where);
      if (config::has_control_character(entry)) {
        diagnostics.fault(here, observe::id::config_bad_value, "the entry has a control character in it");
      } else if (list.kind == ValueList::Kind::network) {
        if (const auto network = config::Network::parse(entry); !network.ok())
          diagnostics.fault(here, observe::id::config_bad_value, network.error().text);
      }
      list.entries.emplace_back(entry);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
    where.line++;
    where.column = 1;
  }
}

void add_file(const RulesElement& element, ValueList& list, config::FileTexts& files) {
  const std::filesystem::path folder = std::filesystem::path(element.document().path()).parent_path();
  const std::string path = (folder / element.text("file")).lexically_normal().string();
  const base::Result<std::string> text = config::read_file_text(path, kLargestFile);
  if (!text.ok()) return element.fault("file", path + " " + text.error().text);
  if (text->size() > kLargestFile) return element.fault("file", path + " is larger than 32M");
  files.insert_or_assign(path, *text);
  add_lines(*text, {path, 1, 1}, list, element.diagnostics());
}

enum Case : unsigned { kLower = 1, kUpper = 2, kAsItIs = 4 };

void collect_uses(const Condition& condition, std::vector<unsigned>& uses) {
  for (const Condition& operand : condition.operands) collect_uses(operand, uses);
  if (condition.op != Condition::Op::test || condition.matcher.kind != MatchKind::list) return;
  unsigned& use = uses[condition.matcher.list];
  switch (condition.field) {
    case Field::host:
    case Field::scheme: use |= kLower; break;
    case Field::method:
    case Field::country: use |= kUpper; break;
    default: use |= kAsItIs;
  }
}

std::string folded(std::string_view entry, unsigned use) {
  std::string out(entry);
  for (char& c : out) {
    if (use == kLower && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (use == kUpper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return out;
}

}  // namespace

ValueList read_list(const RulesElement& element, config::FileTexts& files) {
  ValueList out;
  out.name = element.text("name");
  out.kind = element.choice<ValueList::Kind>("type");
  out.ignore_case = element.boolean("ignoreCase");
  out.where = element.where();
  if (out.ignore_case && out.kind == ValueList::Kind::network)
    element.fault("ignoreCase", "has no meaning for networks");
  add_lines(element.xml().text, element.xml().text_where, out, element.diagnostics());
  if (element.has("file")) add_file(element, out, files);
  if (out.entries.empty() && !element.has("file"))
    element.fault(element.where(), "'" + config::printable(out.name) + "' has no entry");
  return out;
}

void fold_lists(RuleFile& file, config::Diagnostics& diagnostics) {
  std::vector<unsigned> uses(file.lists.size());
  for (const RuleSet& set : file.sets)
    for (const Rule& rule : set.rules) collect_uses(rule.when, uses);
  for (size_t i = 0; i < file.lists.size(); i++) {
    ValueList& list = file.lists[i];
    if (list.ignore_case || (uses[i] & (kLower | kUpper)) == 0) continue;
    for (std::string& entry : list.entries) {
      const bool fits = ((uses[i] & kLower) == 0 || folded(entry, kLower) == entry) &&
                        ((uses[i] & kUpper) == 0 || folded(entry, kUpper) == entry);
      if (fits) continue;
      if (uses[i] == kLower || uses[i] == kUpper) {
        entry = folded(entry, uses[i]);
        continue;
      }
      diagnostics.fault(list.where, observe::id::config_bad_value,
                        "list '" + config::printable(list.name) + "': the entry '" + config::printable(entry) +
                            "' never equals a host (lower case) or method (upper case); the list is compared with "
                            "other facts as well: give it ignoreCase=\"true\"");
      break;
    }
  }
}

}  // namespace navajo::rules
