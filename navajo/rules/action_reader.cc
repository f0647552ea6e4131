#include "navajo/rules/action_reader.h"

#include <charconv>
#include <optional>

#include "navajo/config/regex.h"
#include "navajo/config/text.h"
#include "navajo/config/time_zone.h"
#include "navajo/http/syntax.h"
#include "navajo/rules/fact_text.h"
#include "navajo/rules/template.h"

namespace navajo::rules {
namespace {

using config::printable;

// Variables of a text are known when it is made.
void check_variables(const RulesElement& element, const config::Position& where, const Template& text, Phase phase) {
  if (phase == Phase::response) return;
  for (const Template::Part& part : text.parts)
    if (part.variable && row_of(*part.variable).from >= From::response)
      element.fault(where, std::string("${") + row_of(*part.variable).word +
                               "} is not known yet: there is no response in a set of phase=\"request\"");
}

Template text_of(const RulesElement& element, std::string_view attribute, Phase phase) {
  Template out = element.text_with_variables(attribute);
  check_variables(element, element.where(attribute), out, phase);
  return out;
}

std::string field_name(const RulesElement& element) {
  std::string name = element.text("name");
  if (element.has("name") && !http::is_token(name))
    element.fault("name", "'" + printable(name) + "' is no name of a header field");
  return name;
}

std::vector<FieldText> read_fields(const RulesElement& action, Phase phase, bool of_answer) {
  std::vector<FieldText> out;
  for_each_child(action, [&](const RulesElement& child) {
    if (child.row().name != std::string_view("field")) return;
    const std::string name = of_answer ? field_name(child) : child.text("name");
    if (of_answer && (config::same_word(name, "content-length") || config::same_word(name, "transfer-encoding")))
      child.fault("name", "is made with the body");
    out.push_back({name, text_of(child, "value", of_answer ? phase : Phase::response)});
  });
  return out;
}

// The text inside of <body>; the type when it is asked for.
Template read_body(const RulesElement& action, Phase phase, std::string* type) {
  Template out;
  for_each_child(action, [&](const RulesElement& child) {
    if (child.row().name != std::string_view("body")) return;
    if (!http::is_field_value(child.text("type")) || child.text("type").empty())
      child.fault("type", "is no content type");
    if (type)
      *type = child.text("type");
    else if (child.has("type"))
      child.fault("type", "is text/plain here");
    base::Result<Template> text = parse_template(config::trim(child.xml().text));
    if (!text.ok()) return child.fault(child.xml().text_where, text.error().text);
    out = std::move(*text);
    check_variables(child, child.xml().text_where, out, phase);
  });
  return out;
}

// 100/s, 100/10s, 5000/h
bool read_rate_limit(std::string_view text, Rate& rate) {
  const size_t slash = text.find('/');
  if (slash == text.npos) return false;
  const std::string_view count = config::trim(text.substr(0, slash));
  std::string window(config::trim(text.substr(slash + 1)));
  if (window.empty()) return false;
  if (window[0] < '0' || window[0] > '9') window.insert(0, "1");
  const char last = window.back();
  if (last >= '0' && last <= '9') return false;  // a number alone does not say of what
  const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), rate.limit);
  if (error != std::errc() || end != count.data() + count.size() || rate.limit == 0) return false;
  const config::ParamSpec spec{.name = "window", .type = config::ParamType::milliseconds, .minimum = 1,
                               .maximum = 86400000};
  const config::ParsedValue parsed = config::parse_value(spec, window);
  rate.window = std::chrono::milliseconds(parsed.number);
  return parsed.ok;
}

std::vector<KeyPart> read_key(const RulesElement& element) {
  if (!element.has("key")) return {};
  auto key = parse_key(element.raw("key"));
  if (key.ok()) return std::move(*key);
  element.fault("key", key.error().text, key.error().at);
  return {};
}

void check_soft_limit(const RulesElement& element, uint64_t soft, uint64_t hard) {
  if (soft > 0 && soft >= hard) element.fault("softLimit", "has to be below the limit");
  if (soft == 0 && element.has("maxDelay")) element.fault("maxDelay", "has no meaning without softLimit");
}

Rate read_rate(const RulesElement& element, Phase phase) {
  Rate out;
  if (element.has("limit") && !read_rate_limit(element.text("limit"), out))
    element.fault("limit", "'" + printable(element.text("limit")) +
                               "' is not a number of requests and a time, like 100/s, 100/10s or 5000/h");
  out.algorithm = element.choice<Algorithm>("algorithm");
  out.burst = static_cast<uint64_t>(element.number("burst"));
  if (element.has("burst") && out.algorithm != Algorithm::token_bucket)
    element.fault("burst", "has no meaning without algorithm=\"token-bucket\"");
  out.soft_limit = static_cast<uint64_t>(element.number("softLimit"));
  if (out.limit > 0) check_soft_limit(element, out.soft_limit, out.limit);
  out.max_delay = element.milliseconds("maxDelay");
  out.key = read_key(element);
  if (element.has("addressLimit")) out.address_limit = static_cast<uint64_t>(element.number("addressLimit"));
  out.ipv6_prefix = static_cast<int>(element.number("ipv6Prefix"));
  out.status = static_cast<int>(element.number("status"));
  out.body = read_body(element, phase, nullptr);
  out.fields = element.boolean("fields");
  return out;
}

std::optional<int> minute_of_day(std::string_view text) {
  const auto digit = [&](size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
  const int hours = (text[0] - '0') * 10 + text[1] - '0', minutes = (text[3] - '0') * 10 + text[4] - '0';
  return hours < 24 && minutes < 60 ? std::optional(hours * 60 + minutes) : std::nullopt;
}

Credit read_credit(const RulesElement& element, Phase phase) {
  Credit out;
  out.amount = static_cast<uint64_t>(element.number("amount"));
  out.period = element.choice<Period>("period");
  out.day = static_cast<int>(element.number("day"));
  if (element.has("day") && out.period == Period::daily) element.fault("day", "has no meaning with period=\"daily\"");
  if (out.period == Period::weekly && out.day > 7) element.fault("day", "of a week is 1 (Monday) to 7");
  const std::optional<int> minute = minute_of_day(element.text("at"));
  if (!minute) element.fault("at", "'" + printable(element.text("at")) + "' is not a time of the day, HH:MM");
  out.minute = minute.value_or(0);
  out.zone = element.text("zone");
  if (const auto zone = config::TimeZone::load(out.zone); !zone.ok()) element.fault("zone", zone.error().text);
  out.price = static_cast<uint64_t>(element.number("price"));
  out.unit = element.choice<PriceUnit>("per");
  out.soft_limit = static_cast<uint64_t>(element.number("softLimit"));
  if (out.amount > 0) check_soft_limit(element, out.soft_limit, out.amount);
  out.max_delay = element.milliseconds("maxDelay");
  out.key = read_key(element);
  out.status = static_cast<int>(element.number("status"));
  out.body = read_body(element, phase, nullptr);
  out.fields = element.boolean("fields");
  return out;
}

Block read_block(const RulesElement& element, Phase phase) {
  Block out;
  out.status = static_cast<int>(element.number("status"));
  out.body = read_body(element, phase, &out.content_type);
  out.fields = read_fields(element, phase, true);
  return out;
}

Redirect read_redirect(const RulesElement& element, Phase phase) {
  Redirect out;
  const std::string status = element.text("status");
  std::from_chars(status.data(), status.data() + status.size(), out.status);
  out.location = text_of(element, "to", phase);
  if (element.has("to") && out.location.parts.empty()) element.fault("to", "is empty");
  return out;
}

Side read_side(const RulesElement& element, Phase phase) {
  if (!element.has("side")) return phase == Phase::request ? Side::request : Side::response;
  const Side side = element.choice<Side>("side");
  if (side == Side::request && phase == Phase::response)
    element.fault("side", "the request is gone when a set of phase=\"response\" is evaluated");
  return side;
}

ChangeHeader read_header(const RulesElement& element, Change change, Phase phase) {
  ChangeHeader out;
  out.change = change;
  out.side = read_side(element, phase);
  if (change == Change::remove) {
    out.name = element.text("name");
    std::string_view name = out.name;
    if (name.ends_with('*')) name.remove_suffix(1);
    if (element.has("name") && !http::is_token(name))
      element.fault("name", "'" + printable(out.name) + "' is no name of a header field");
  } else {
    out.name = field_name(element);
    out.value = text_of(element, "value", phase);
  }
  return out;
}

// 1%, 0.1%, 0.5
double read_share(const RulesElement& element) {
  std::string text = element.text("sample");
  const bool percent = text.ends_with('%');
  if (percent) text.pop_back();
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (percent) out /= 100;
  if (error == std::errc() && end == text.data() + text.size() && out > 0 && out <= 1) return out;
  element.fault("sample", "is not a share above 0% and up to 100%");
  return 1;
}

Log read_log(const RulesElement& element) {
  Log out;
  out.log = element.text("log");
  out.headers = element.names("headers");
  out.response_headers = element.names("responseHeaders");
  out.body = static_cast<uint32_t>(element.number("body"));
  out.response_body = static_cast<uint32_t>(element.number("responseBody"));
  out.timing = element.boolean("timing");
  out.tls = element.boolean("tls");
  out.backend = element.boolean("backend");
  out.sample = read_share(element);
  out.per_second = static_cast<uint64_t>(element.number("perSecond"));
  out.fields = read_fields(element, Phase::response, false);
  return out;
}

Capture read_capture(const RulesElement& element, Phase phase) {
  Capture out;
  out.name = element.text("name");
  if (element.has("from")) {
    auto fact = parse_fact(element.raw("from"));
    if (!fact.ok()) {
      element.fault("from", fact.error().text, fact.error().at);
    } else {
      out.field = fact->field;
      out.field_name = fact->name;
      const FieldRow& row = row_of(out.field);
      if (row.kind == FieldKind::time) element.fault("from", "time cannot be captured");
      if (phase == Phase::request && row.from >= From::response)
        element.fault("from", std::string(row.word) + " is not known in a set of phase=\"request\"");
    }
  }
  out.pattern = element.raw("pattern");
  if (!out.pattern.empty())
    if (const auto regex = config::Regex::compile(out.pattern); !regex.ok())
      element.fault("pattern", "the regular expression '" + printable(out.pattern) + "': " + regex.error().text);
  return out;
}

// In a set of the response these come too late.
bool is_too_late(std::string_view name) {
  for (const char* late : {"rate", "credit", "concurrency", "route", "timeout"})
    if (name == late) return true;
  return false;
}

Action read_action(const RulesElement& element, Phase phase) {
  const std::string_view name = element.row().name;
  if (phase == Phase::response && is_too_late(name))
    element.fault(element.where(), "comes too late in a set of phase=\"response\": the request was served already");
  if (name == "block") return read_block(element, phase);
  if (name == "redirect") return read_redirect(element, phase);
  if (name == "delay") return Delay{element.milliseconds("time")};
  if (name == "tag") return Tag{element.text("name"), text_of(element, "value", phase)};
  if (name == "add-header") return read_header(element, Change::add, phase);
  if (name == "set-header") return read_header(element, Change::set, phase);
  if (name == "remove-header") return read_header(element, Change::remove, phase);
  if (name == "rate") return read_rate(element, phase);
  if (name == "credit") return read_credit(element, phase);
  if (name == "concurrency")
    return Concurrency{static_cast<uint64_t>(element.number("limit")), read_key(element),
                       static_cast<int>(element.number("status"))};
  if (name == "log") return read_log(element);
  if (name == "capture") return read_capture(element, phase);
  if (name == "route") return Route{element.text("servlet")};
  if (name == "body-limit") return BodyLimit{read_side(element, phase), static_cast<uint64_t>(element.number("bytes"))};
  if (name == "timeout") return Timeout{element.milliseconds("time")};
  if (name == "skip") return Skip{element.text("to")};
  return Pass();
}

}  // namespace

std::vector<Action> read_actions(const RulesElement& parent, Phase phase) {
  std::vector<Action> out;
  for_each_child(parent, [&](const RulesElement& child) {
    if (child.row().parent != kActionGroup) return;
    if (!out.empty() && is_final(out.back()))
      child.fault(child.where(), "is never done: the action before it ends everything; put it first");
    out.push_back(read_action(child, phase));
  });
  return out;
}

}  // namespace navajo::rules
