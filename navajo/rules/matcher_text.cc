#include "navajo/rules/matcher_text.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "navajo/config/pattern.h"
#include "navajo/config/regex.h"
#include "navajo/config/text.h"
#include "navajo/rules/time_window.h"

namespace navajo::rules {
namespace {

using config::printable;

constexpr std::string_view kTlsFacts[] = {"protocol",       "cipher",        "server_name",
                                          "client_subject", "client_issuer", "client_verify"};
constexpr std::string_view kOperators = ":=~@%";

base::Failed<TextFault> failed(std::string text, size_t at = 0) { return base::Failed{TextFault{std::move(text), at}}; }

std::string quoted(std::string_view text) { return "'" + printable(text) + "'"; }

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}

enum class Folding : uint8_t { none, lower, upper };
Folding folding_of(Field field) {
  switch (field) {
    case Field::host:
    case Field::scheme: return Folding::lower;
    case Field::method:
    case Field::country: return Folding::upper;
    default: return Folding::none;
  }
}

struct Unit {
  std::string_view word;
  int64_t factor;
};
constexpr Unit kSizes[] = {{"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}};
constexpr Unit kTimes[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}};

std::span<const Unit> units_of(Field field) {
  if (field == Field::request_size || field == Field::response_size) return kSizes;
  if (field == Field::duration) return kTimes;
  return {};
}

std::string number_help(Field field) {
  if (units_of(field).data() == kSizes) return "a size like 4096, >1M or 1K-64K";
  if (units_of(field).data() == kTimes) return "a time like >500ms, <2s or 100-200 (milliseconds)";
  return field == Field::status ? "a status like 404, 500-599 or >=400" : "a number like 443, 8000-8999 or >1023";
}

std::optional<int64_t> number_of(std::string_view text, Field field) {
  text = config::trim(text);
  int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || out < 0 || text[0] == '-') return std::nullopt;
  const std::string_view unit = config::trim(text.substr(static_cast<size_t>(end - text.data())));
  if (unit.empty()) return out;
  for (const Unit& known : units_of(field))
    if (config::same_word(unit, known.word) && !__builtin_mul_overflow(out, known.factor, &out)) return out;
  return std::nullopt;
}

base::Result<Matcher, TextFault> range_of(Field field, std::string_view text) {
  Matcher out;
  out.kind = MatchKind::range;
  std::string_view rest = config::trim(text);
  const auto wrong = [&] { return failed(quoted(text) + " is not " + number_help(field)); };
  const bool above = rest.starts_with('>'), below = rest.starts_with('<');
  if (above || below) {
    rest.remove_prefix(1);
    const bool also_equal = rest.starts_with('=');
    if (also_equal) rest.remove_prefix(1);
    const std::optional<int64_t> bound = number_of(rest, field);
    if (!bound) return wrong();
    if (above) {
      if (!also_equal && *bound == INT64_MAX) return wrong();
      out.from = *bound + (also_equal ? 0 : 1);
    } else {
      if (!also_equal && *bound == 0) return failed(quoted(text) + " can never hold");
      out.to = *bound - (also_equal ? 0 : 1);
    }
    return out;
  }
  const size_t dash = rest.find('-');
  const std::optional<int64_t> from = number_of(rest.substr(0, dash), field);
  const std::optional<int64_t> to = dash == rest.npos ? from : number_of(rest.substr(dash + 1), field);
  if (!from || !to) return wrong();
  if (*from > *to) return failed(quoted(text) + " is empty: it ends before it begins");
  out.from = *from;
  out.to = *to;
  return out;
}

base::Result<Matcher, TextFault> list_of(const FieldRow& row, std::string_view name, bool ignore_case,
                                         const Names& names) {
  const bool networks = row.kind == FieldKind::address;
  if (ignore_case) return failed("a list says itself whether case counts: ignoreCase of <list>");
  std::vector<std::string_view> known;
  for (size_t i = 0; i < names.lists.size(); i++) {
    const ValueList& list = names.lists[i];
    known.push_back(list.name);
    if (list.name != name) continue;
    if ((list.kind == ValueList::Kind::network) != networks)
      return failed("the list " + quoted(name) + " is one of " + (networks ? "texts" : "networks") + ", " + row.word +
                    " needs one of " + (networks ? "networks" : "texts"));
    Matcher out;
    out.kind = MatchKind::list;
    out.list = static_cast<uint32_t>(i);
    return out;
  }
  return failed("there is no list " + quoted(name) + config::did_you_mean(name, known));
}

const char* kind_word(MatchKind kind) {
  switch (kind) {
    case MatchKind::exact: return "an exact value";
    case MatchKind::glob: return "a glob";
    case MatchKind::regex: return "a regular expression";
    case MatchKind::network: return "a network";
    case MatchKind::range: return "a range";
    case MatchKind::time: return "a time window";
    default: return "a list";
  }
}

bool fits(FieldKind field, MatchKind kind) {
  switch (field) {
    case FieldKind::text:
      return kind == MatchKind::exact || kind == MatchKind::glob || kind == MatchKind::regex || kind == MatchKind::list;
    case FieldKind::number: return kind == MatchKind::range;
    case FieldKind::address: return kind == MatchKind::network || kind == MatchKind::list;
    case FieldKind::time: return kind == MatchKind::time;
  }
  return false;
}

// The name before an operator; \ takes the next character as it is.
std::string take_name(std::string_view text, size_t& at) {
  std::string out;
  while (at < text.size() && kOperators.find(text[at]) == kOperators.npos) {
    if (text[at] == '\\' && at + 1 < text.size()) at++;
    out += text[at++];
  }
  return std::string(config::trim(out));
}

std::string escaped_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '\\' || kOperators.find(c) != kOperators.npos) out += '\\';
    out += c;
  }
  return out;
}

std::string range_text(const Matcher& matcher) {
  if (matcher.from == INT64_MIN) return "<=" + std::to_string(matcher.to);
  if (matcher.to == INT64_MAX) return ">=" + std::to_string(matcher.from);
  if (matcher.from == matcher.to) return std::to_string(matcher.from);
  return std::to_string(matcher.from) + "-" + std::to_string(matcher.to);
}

}  // namespace

std::span<const std::string_view> tls_facts() { return kTlsFacts; }

bool has_wildcard(Field field, std::string_view text) {
  // A path's glob is config::Pattern's, which also has classes and escapes.
  const bool path = field == Field::path || field == Field::target;
  return text.find_first_of(path ? "*?[\\" : "*?") != text.npos;
}

base::Result<Matcher, TextFault> make_matcher(const FieldRow& row, MatchKind kind, std::string_view text,
                                              bool ignore_case, const Names& names) {
  if (kind == MatchKind::exists) return Matcher();
  if (!fits(row.kind, kind)) return failed(std::string(row.word) + " cannot be compared with " + kind_word(kind));
  if (kind == MatchKind::range) return range_of(row.field, text);
  if (kind == MatchKind::list) return list_of(row, config::trim(text), ignore_case, names);
  Matcher out;
  out.kind = kind;
  out.text = text;
  out.ignore_case = ignore_case && row.kind == FieldKind::text;
  if (kind == MatchKind::network) {
    out.text = config::trim(text);
    if (const auto network = config::Network::parse(out.text); !network.ok()) return failed(network.error().text);
  } else if (kind == MatchKind::time) {
    out.text = config::trim(text);
    if (const auto window = TimeWindow::parse(out.text); !window.ok()) return failed(window.error().text);
  } else if (kind == MatchKind::regex) {
    if (text.empty()) return failed("a regular expression is expected behind ~");
    if (const auto regex = config::Regex::compile(text, {.ignore_case = ignore_case}); !regex.ok())
      return failed("the regular expression " + quoted(text) + ": " + regex.error().text);
  } else {
    const Folding folding = folding_of(row.field);
    if (folding != Folding::none) {
      out.text = folding == Folding::lower ? config::lower_case(text) : upper_case(text);
      out.ignore_case = false;
    }
    if (kind == MatchKind::glob && !has_wildcard(row.field, text)) out.kind = MatchKind::exact;
    if (out.kind == MatchKind::glob && (row.field == Field::path || row.field == Field::target))
      if (const auto glob = config::Pattern::parse(text, {config::PatternType::glob, {}}); !glob.ok())
        return failed("the glob " + quoted(text) + ": " + glob.error().text);
  }
  return out;
}

base::Result<std::string, TextFault> make_name(const FieldRow& row, std::string_view name) {
  if (row.shape == Shape::single) return std::string();
  const std::string word = row.word;
  if (name.empty()) return failed(word + " needs a name: " + word + "(\"Name\") or " + word + "(\"Name:glob\")");
  if (config::has_control_character(name)) return failed("the name has a control character in it");
  if (row.field == Field::tls && std::find(std::begin(kTlsFacts), std::end(kTlsFacts), name) == std::end(kTlsFacts)) {
    const std::vector<std::string_view> known(std::begin(kTlsFacts), std::end(kTlsFacts));
    return failed("tls has no " + quoted(name) + config::did_you_mean(name, known) + ": it has " +
                  config::join(known, ", "));
  }
  const bool without_case = row.field == Field::header || row.field == Field::response_header;
  return without_case ? config::lower_case(name) : std::string(name);
}

base::Result<Condition, TextFault> without_argument(const FieldRow& row) {
  if (row.kind == FieldKind::time) return failed("time needs a window, like Mon-Fri 08:00-18:00 Europe/Zurich");
  Condition out;
  out.op = Condition::Op::test;
  out.field = row.field;
  const auto name = make_name(row, "");
  if (!name.ok()) return base::Failed{name.error()};
  return out;
}

base::Result<Condition, TextFault> parse_argument(const FieldRow& row, std::string_view text, const Names& names) {
  Condition out;
  out.op = Condition::Op::test;
  out.field = row.field;
  size_t at = 0;
  if (row.shape == Shape::named) {
    auto name = make_name(row, take_name(text, at));
    if (!name.ok()) return base::Failed{name.error()};
    out.name = std::move(*name);
    if (at == text.size()) return out;
  }
  MatchKind kind = MatchKind::glob;
  bool ignore_case = false;
  if (row.kind == FieldKind::text) {
    ignore_case = at < text.size() && text[at] == '%';
    if (ignore_case) at++;
    const char first = at < text.size() ? text[at] : '\0';
    if (first == '=') kind = MatchKind::exact;
    if (first == '~') kind = MatchKind::regex;
    if (first == '@') kind = MatchKind::list;
    if (first == ':' || kind != MatchKind::glob) at++;
  } else if (row.kind == FieldKind::number) {
    kind = MatchKind::range;
  } else if (row.kind == FieldKind::time) {
    kind = MatchKind::time;
  } else {
    kind = MatchKind::network;
    if (text.starts_with('@')) {
      kind = MatchKind::list;
      at++;
    }
  }
  auto matcher = make_matcher(row, kind, text.substr(at), ignore_case, names);
  if (!matcher.ok()) return failed(matcher.error().text, at + matcher.error().at);
  out.matcher = std::move(*matcher);
  return out;
}

std::string argument_text(const Condition& test, std::span<const ValueList> lists) {
  const FieldRow& row = row_of(test.field);
  const Matcher& matcher = test.matcher;
  const bool named = row.shape == Shape::named;
  std::string out = escaped_name(test.name);
  if (matcher.ignore_case) out += '%';
  switch (matcher.kind) {
    case MatchKind::exists: break;
    case MatchKind::exact: {
      const bool plain = !named && !has_wildcard(test.field, matcher.text) &&
                         (matcher.text.empty() || kOperators.find(matcher.text[0]) == kOperators.npos);
      out += (plain ? "" : "=") + matcher.text;
      break;
    }
    case MatchKind::glob:
      out += (!named && kOperators.find(matcher.text[0]) == kOperators.npos ? "" : ":") + matcher.text;
      break;
    case MatchKind::regex: out += "~" + matcher.text; break;
    case MatchKind::list: out += "@" + (matcher.list < lists.size() ? lists[matcher.list].name : "?"); break;
    case MatchKind::range: out += range_text(matcher); break;
    case MatchKind::network:
    case MatchKind::time: out += matcher.text; break;
  }
  return out;
}

}  // namespace navajo::rules
