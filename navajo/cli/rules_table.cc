#include "navajo/cli/rules_table.h"

#include <algorithm>
#include <cstdlib>
#include <span>

#include "navajo/cli/session_table.h"
#include "navajo/config/text.h"

namespace navajo::cli {
namespace {

// The field of a line, and the head of its column.
struct Column {
  const char *field, *head;
};
constexpr Column kRule[] = {{"id", "ID"}, {"set", "SET"}, {"place", "PLACE"}, {"mode", "MODE"}, {"hits", "HITS"},
                            {"other_arm", "OTHER-ARM"}, {"refused", "REFUSED"}, {"would_have", "WOULD-HAVE"},
                            {"gave_up", "GAVE-UP"}, {"mean_ns", "MEAN-NS"}, {"last_hit", "LAST-HIT"}};
constexpr Column kCredit[] = {{"rule", "CREDIT-OF"}, {"of", "KEY"}, {"amount", "AMOUNT"}, {"remaining", "REMAINING"},
                              {"ends", "ENDS-IN"}};

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
                       {},
                       {}});
  const bool credit = line.words[0] == "credit";
  if ((line.words[0] != "rule" && !credit) || tables_.empty()) return;
  const std::string* id = line.field(credit ? "rule" : "id");
  if (!id || !wants(*id)) return;
  seen(*id);
  Row row;
  for (const Column& column : credit ? std::span<const Column>(kCredit) : kRule)
    row.push_back(shown(line, column.field));
  if (const std::string* time = line.field(credit ? "ends" : "last_hit")) {
    const int64_t then = strtoll(time->c_str(), nullptr, 10);
    row.back() = credit ? short_duration(std::max<int64_t>(then - now_, 0)) : short_duration(now_ - then) + " ago";
  }
  (credit ? tables_.back().credits : tables_.back().rules).push_back(std::move(row));
}

std::string RulesTable::text() const {
  std::string out;
  const auto print = [&out](std::span<const Column> columns, const std::vector<Row>& rows) {
    if (rows.empty()) return;
    std::vector<size_t> widths;
    for (size_t i = 0; i < columns.size(); i++) {
      widths.push_back(std::string_view(columns[i].head).size());
      for (const Row& row : rows) widths[i] = std::max(widths[i], row[i].size());
    }
    const auto print_row = [&](auto&& cell) {
      for (size_t i = 0; i < columns.size(); i++) {
        const std::string text = cell(i);
        out += (i == 0 ? "" : "  ") + text;
        if (i + 1 < columns.size()) out.append(widths[i] - text.size(), ' ');
      }
      out += '\n';
    };
    print_row([columns](size_t i) { return std::string(columns[i].head); });
    for (const Row& row : rows) print_row([&row](size_t i) { return row[i]; });
  };
  for (const Table& table : tables_) {
    out += table.head;
    print(kRule, table.rules);
    print(kCredit, table.credits);
  }
  return out;
}

}  // namespace navajo::cli
