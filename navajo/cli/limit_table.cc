#include "navajo/cli/limit_table.h"

#include <algorithm>
#include <cstdlib>
#include <span>

#include "navajo/cli/session_table.h"
#include "navajo/config/text.h"

namespace navajo::cli {
namespace {

struct CountedLimit {
  const char *name, *what;
};
constexpr CountedLimit kCountedLimits[] = {
    {"decisions", "decisions on rates and credits"},
    {"rate_refused", "refused: a rate was exceeded"},
    {"credit_refused", "refused: a credit was used up"},
    {"at_work_refused", "refused: too many at work or waiting (QosFilter)"},
    {"delayed", "delayed: a soft limit was exceeded"},
    {"evictions", "keys of rates that gave way to others"},
};

struct LimitColumn {
  const char *field, *head;
};
constexpr LimitColumn kRateColumns[] = {{"key_id", "RATE-KEY-ID"}, {"rule", "RULE"},   {"of", "KEY"},
                                        {"used", "USED"},          {"limit", "LIMIT"}, {"percent", "PERCENT"},
                                        {"window_ms", "WINDOW"}};
constexpr LimitColumn kCreditColumns[] = {
    {"key_id", "CREDIT-KEY-ID"}, {"rule", "RULE"},           {"of", "KEY"},      {"used", "USED"},
    {"amount", "AMOUNT"},        {"remaining", "REMAINING"}, {"ends", "ENDS-IN"}};

std::string cell_of(const admin::Line& line, const char* name) {
  const std::string* value = line.field(name);
  return value && !value->empty() ? config::printable(*value) : "-";
}

int64_t number_of(const admin::Line& line, const char* name) {
  const std::string* value = line.field(name);
  return value ? strtoll(value->c_str(), nullptr, 10) : 0;
}

std::string window_text(int64_t ms) { return ms % 1000 == 0 ? short_duration(ms / 1000) : std::to_string(ms) + " ms"; }

void append_table(std::string& out, std::span<const LimitColumn> columns,
                  const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return;
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns.size(); i++) {
    widths.push_back(std::string_view(columns[i].head).size());
    for (const auto& row : rows) widths[i] = std::max(widths[i], row[i].size());
  }
  const auto append = [&](size_t i, const std::string& text) {
    out += text;
    out += i + 1 < columns.size() ? std::string(widths[i] - text.size() + 2, ' ') : "\n";
  };
  out += '\n';
  for (size_t i = 0; i < columns.size(); i++) append(i, columns[i].head);
  for (const auto& row : rows)
    for (size_t i = 0; i < columns.size(); i++) append(i, row[i]);
}

}  // namespace

void LimitTable::add(const admin::Line& line) {
  const std::string& type = line.words[0];
  if (type == "counters")
    for (const CountedLimit& row : kCountedLimits) {
      const std::string number = cell_of(line, row.name);
      counters_ += std::string(12 - std::min<size_t>(number.size(), 12), ' ') + number + "  " + row.what + "\n";
    }
  if (type == "end")
    counts_ = cell_of(line, "rates") + " keys of rates and " + cell_of(line, "credits") + " of credits are in use" +
              (number_of(line, "rates") + number_of(line, "credits") > number_of(line, "shown")
                   ? ", the " + cell_of(line, "shown") + " nearest to their limit are shown\n"
                   : "\n");
  const bool rate = type == "rate";
  if (!rate && type != "credit") return;
  Row row;
  for (const LimitColumn& column : rate ? std::span<const LimitColumn>(kRateColumns) : kCreditColumns)
    row.push_back(cell_of(line, column.field));
  row.back() = rate ? window_text(number_of(line, "window_ms"))
                    : short_duration(std::max<int64_t>(number_of(line, "ends") - now_, 0));
  (rate ? rates_ : credits_).push_back(std::move(row));
}

std::string LimitTable::text() const {
  std::string out = counters_;
  append_table(out, kRateColumns, rates_);
  append_table(out, kCreditColumns, credits_);
  return out + (counts_.empty() ? "" : "\n" + counts_);
}

}  // namespace navajo::cli
