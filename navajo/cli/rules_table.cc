#include "navajo/cli/rules_table.h"

#include <algorithm>
#include <cstdlib>

#include "navajo/cli/session_table.h"
#include "navajo/config/text.h"

namespace navajo::cli {
namespace {

constexpr const char* kHeads[] = {"ID",         "SET",     "PLACE",   "MODE",     "HITS",    "OTHER-ARM",
                                  "REFUSED", "WOULD-HAVE", "GAVE-UP", "MEAN-NS", "LAST-HIT"};
constexpr const char* kFields[] = {"id",      "set",        "place",   "mode",    "hits",    "other_arm",
                                   "refused", "would_have", "gave_up", "mean_ns", "last_hit"};

std::string shown(const admin::Line& line, const char* name) {
  const std::string* value = line.field(name);
  return value ? config::printable(*value) : "-";
}

}  // namespace

void RulesTable::add(const admin::Line& line) {
  if (line.words.empty()) return;
  if (line.words[0] == "rules")
    tables_.push_back({"rules " + shown(line, "name") + ", generation " + shown(line, "generation") + ", " +
                           shown(line, "rules") + " rules in " + shown(line, "sets") + " sets, " +
                           shown(line, "file") + "\n",
                       {}});
  if (line.words[0] != "rule" || tables_.empty()) return;
  const std::string* id = line.field("id");
  if (!id || !wants(*id)) return;
  seen(*id);
  Row row;
  for (size_t i = 0; i < kColumns; i++) row[i] = shown(line, kFields[i]);
  if (const std::string* last = line.field("last_hit"))
    row[kColumns - 1] = short_duration(now_ - strtoll(last->c_str(), nullptr, 10)) + " ago";
  tables_.back().rows.push_back(std::move(row));
}

std::string RulesTable::text() const {
  std::string out;
  for (const Table& table : tables_) {
    out += table.head;
    if (table.rows.empty()) continue;
    std::array<size_t, kColumns> widths{};
    for (size_t i = 0; i < kColumns; i++) {
      widths[i] = std::string_view(kHeads[i]).size();
      for (const Row& row : table.rows) widths[i] = std::max(widths[i], row[i].size());
    }
    const auto print = [&](auto&& cell) {
      for (size_t i = 0; i < kColumns; i++) {
        const std::string text = cell(i);
        out += (i == 0 ? "" : "  ") + text;
        if (i + 1 < kColumns) out.append(widths[i] - text.size(), ' ');
      }
      out += '\n';
    };
    print([](size_t i) { return std::string(kHeads[i]); });
    for (const Row& row : table.rows) print([&row](size_t i) { return row[i]; });
  }
  return out;
}

}  // namespace navajo::cli
