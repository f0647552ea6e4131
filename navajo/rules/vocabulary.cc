#include "navajo/rules/vocabulary.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "navajo/rules/field.h"

namespace navajo::rules {
namespace {

using config::ElementSpec;
using config::ParamSpec;
using enum config::ParamType;
using enum config::Occurs;
constexpr auto kFault = config::UnknownAttributes::fault;

constexpr ParamSpec kInclude[] = {
    {.name = "file", .required = true,
     .doc = "Another file with <rules>, relative to the folder of this one. Its rules stand where the element stands. "
            "A file is read once: including it twice, or in a circle, is a fault."},
};
constexpr ParamSpec kList[] = {
    {.name = "name", .required = true, .doc = "As @name has it."},
    {.name = "type", .type = choice, .default_value = "text", .choices = "text,network",
     .doc = "text: each entry is exact, or a glob where it has * or ?. network: addresses and networks."},
    {.name = "file", .doc = "A file with entries, besides those inside of the element; relative to this one's folder."},
    {.name = "ignoreCase", .type = boolean, .default_value = "false", .doc = "Texts are compared without case."},
};
constexpr ParamSpec kMacro[] = {
    {.name = "name", .required = true, .doc = "As macro(name) has it."},
    {.name = "when", .doc = "An expression. Conditions as elements may stand inside; both have to hold."},
};
constexpr ParamSpec kSet[] = {
    {.name = "name", .required = true, .doc = "Filters name the sets they evaluate."},
    {.name = "phase", .type = choice, .default_value = "request", .choices = "request,response",
     .doc = "request: before the rest of the chain runs. response: when the head of the response is there."},
    {.name = "match", .type = choice, .default_value = "first", .choices = "first,all",
     .doc = "first: the first rule that holds ends the set, unless it says continue. all: every rule that holds acts, "
            "until one passes, blocks or redirects."},
    {.name = "shadow", .type = boolean, .default_value = "false",
     .doc = "Rules of the set are evaluated, counted and logged as \"would have\", but do nothing."},
};
constexpr ParamSpec kRule[] = {
    {.name = "id", .required = true,
     .doc = "Letters, digits and ._:- ; unique in all files together. Counters go by it, and limits."},
    {.name = "when", .doc = "An expression; always stands for every request. With <when>, both have to hold."},
    {.name = "shadow", .type = boolean, .default_value = "false",
     .doc = "The rule is evaluated, counted and logged as \"would have\", but does nothing."},
    {.name = "continue", .type = boolean, .default_value = "false",
     .doc = "In a set of match=\"first\": later rules are looked at although this one holds."},
};

constexpr ParamSpec kBlock[] = {
    {.name = "status", .type = integer, .default_value = "403", .minimum = 200, .maximum = 599,
     .doc = "Status of the answer."},
};
constexpr ParamSpec kRedirect[] = {
    {.name = "to", .required = true, .doc = "The Location, with ${variables}."},
    {.name = "status", .type = choice, .default_value = "302", .choices = "301,302,303,307,308",
     .doc = "Status of the answer."},
};
constexpr ParamSpec kDelay[] = {
    {.name = "time", .type = milliseconds, .required = true, .minimum = 1, .maximum = 60000,
     .doc = "How long the request waits. No thread waits with it."},
};
constexpr ParamSpec kTag[] = {
    {.name = "name", .required = true, .doc = "As tag(name) and ${tag:name} have it."},
    {.name = "value", .doc = "A text with ${variables}; it may be empty."},
};
constexpr ParamSpec kSideParam{
    .name = "side", .type = choice, .default_value = "", .choices = "request,response",
    .doc = "Of which message; unset, that of the set's phase. The request's only in a request set."};
constexpr ParamSpec kAddHeader[] = {
    {.name = "name", .required = true, .doc = "Name of the field."},
    {.name = "value", .required = true, .doc = "Its value, with ${variables}."},
    kSideParam,
};
constexpr ParamSpec kRemoveHeader[] = {
    {.name = "name", .required = true, .doc = "Name of the field; X-* stands for all that begin so."},
    kSideParam,
};
constexpr ParamSpec kKeyParam{
    .name = "key",
    .doc = "Whom each count is for: facts joined with +, like client or header(X-Api)+host. One that a request does "
           "not have counts as a value of its own. Unset: one count for all. The rule's id is always part of it."};
constexpr ParamSpec kSoftLimitParam{
    .name = "softLimit", .type = integer, .default_value = "0", .minimum = 0,
    .doc = "From this count on requests wait, the longer the nearer the limit; 0: none do."};
constexpr ParamSpec kMaxDelayParam{
    .name = "maxDelay", .type = milliseconds, .default_value = "2s", .minimum = 0, .maximum = 60000,
    .doc = "How long they wait at the limit."};
constexpr ParamSpec kStatus429{.name = "status", .type = integer, .default_value = "429", .minimum = 400,
                               .maximum = 599, .doc = "Status of the answer above the limit."};
constexpr ParamSpec kFieldsParam{.name = "fields", .type = boolean, .default_value = "true",
                                 .doc = "Answers tell the limit and what is left of it in RateLimit fields."};
constexpr ParamSpec kRate[] = {
    {.name = "limit", .required = true, .doc = "Requests and time: 100/s, 100/10s, 1000/m, 5000/h."},
    {.name = "algorithm", .type = choice, .default_value = "two-window", .choices = "two-window,token-bucket",
     .doc = "two-window: this window's count and the last one's, weighted. token-bucket: a burst at once, refilled "
            "evenly."},
    {.name = "burst", .type = integer, .default_value = "0", .minimum = 0,
     .doc = "Requests of a token bucket at once; 0: the limit."},
    kSoftLimitParam,
    kMaxDelayParam,
    kKeyParam,
    {.name = "addressLimit", .type = integer, .minimum = 1,
     .doc = "So many in the same time from one client address, checked first: a guard where the key is the client's "
            "to choose. Unset: no such guard."},
    {.name = "ipv6Prefix", .type = integer, .default_value = "64", .minimum = 1, .maximum = 128,
     .doc = "Bits of an IPv6 address that are one client."},
    kStatus429,
    kFieldsParam,
};
constexpr ParamSpec kCredit[] = {
    {.name = "amount", .type = integer, .required = true, .minimum = 1, .doc = "Units of a window."},
    {.name = "period", .type = choice, .default_value = "daily", .choices = "daily,weekly,monthly",
     .doc = "How long a window is."},
    {.name = "day", .type = integer, .default_value = "1", .minimum = 1, .maximum = 28,
     .doc = "When it begins: weekly 1 (Monday) to 7, monthly 1 to 28."},
    {.name = "at", .default_value = "00:00", .doc = "The time of that day, HH:MM."},
    {.name = "zone", .default_value = "UTC", .doc = "The time zone of it: Europe/Zurich."},
    {.name = "price", .type = integer, .default_value = "1", .minimum = 1, .doc = "Units that are taken each time."},
    {.name = "per", .type = choice, .default_value = "request", .choices = "request,KB",
     .doc = "For each request, or for each begun 1024 bytes of response body (taken when it was sent)."},
    kSoftLimitParam,
    kMaxDelayParam,
    kKeyParam,
    kStatus429,
    kFieldsParam,
};
constexpr ParamSpec kConcurrency[] = {
    {.name = "limit", .type = integer, .required = true, .minimum = 1, .doc = "Requests in work at the same time."},
    kKeyParam,
    {.name = "status", .type = integer, .default_value = "503", .minimum = 400, .maximum = 599,
     .doc = "Status of the answer above the limit."},
};
constexpr ParamSpec kLog[] = {
    {.name = "log", .doc = "Name of the EventLog; unset: the only one."},
    {.name = "headers", .doc = "Names of request fields, separated by commas; * for all."},
    {.name = "responseHeaders", .doc = "The same of the response."},
    {.name = "body", .type = bytes, .default_value = "0", .minimum = 0, .maximum = 1 << 20,
     .doc = "So many first bytes of the request's body."},
    {.name = "responseBody", .type = bytes, .default_value = "0", .minimum = 0, .maximum = 1 << 20,
     .doc = "The same of the response's."},
    {.name = "timing", .type = boolean, .default_value = "true", .doc = "How long it took, and what of it."},
    {.name = "tls", .type = boolean, .default_value = "false", .doc = "Facts of the client's TLS."},
    {.name = "backend", .type = boolean, .default_value = "true", .doc = "Which backend answered."},
    {.name = "sample", .default_value = "100%", .doc = "The share of requests that are logged: 1%, 0.1%."},
    {.name = "perSecond", .type = integer, .default_value = "0", .minimum = 0,
     .doc = "Records of this rule in one second, at most; 0: any number."},
};
constexpr ParamSpec kCapture[] = {
    {.name = "name", .required = true, .doc = "As capture(name) and ${capture:name} have it."},
    {.name = "from", .required = true, .doc = "A fact, like path or header(X-Api)."},
    {.name = "pattern",
     .doc = "A regular expression (PCRE2): what its first group found, or all of it. Unset: the value as it is."},
};
constexpr ParamSpec kRoute[] = {
    {.name = "servlet", .required = true, .doc = "servlet-name of who answers instead of the mapped one."},
};
constexpr ParamSpec kBodyLimit[] = {
    {.name = "bytes", .type = bytes, .required = true, .minimum = 0, .doc = "The largest body; above it, 413 or 502."},
    kSideParam,
};
constexpr ParamSpec kTimeout[] = {
    {.name = "time", .type = milliseconds, .required = true, .minimum = 1, .maximum = 86400000,
     .doc = "How long the backend may take to begin its answer."},
};
constexpr ParamSpec kSkip[] = {
    {.name = "to", .doc = "id of a later rule of the set, which is the next to be looked at; unset: the set's end."},
};

constexpr ParamSpec kField[] = {
    {.name = "name", .required = true, .doc = "Name of the field."},
    {.name = "value", .required = true, .doc = "Its value, with ${variables}."},
};
constexpr ParamSpec kBody[] = {
    {.name = "type", .default_value = "text/plain", .doc = "Its content type; values of variables are escaped for it."},
};
constexpr ParamSpec kUsedMacro[] = {{.name = "name", .required = true, .doc = "A macro that stands before this."}};

// Conditions for each field: what compares depends on its kind.
constexpr ParamSpec kFieldName{.name = "name", .required = true, .doc = "Which of them."};
constexpr ParamSpec kEquals{.name = "equals", .doc = "The whole value, exactly."};
constexpr ParamSpec kGlob{.name = "glob", .doc = "The whole value, with * and ?."};
constexpr ParamSpec kMatches{.name = "matches", .doc = "A regular expression (PCRE2), found anywhere in the value."};
constexpr ParamSpec kInList{.name = "list", .doc = "An entry of that list."};
constexpr ParamSpec kIgnoreCase{.name = "ignoreCase", .type = boolean, .default_value = "false",
                                .doc = "equals, glob and matches do not look at case."};
constexpr ParamSpec kNetwork{.name = "network", .doc = "An address, or a network like 10.0.0.0/8."};
constexpr ParamSpec kRange{.name = "range", .doc = "443, 8000-8999, >1M, >=, <, <="};
constexpr ParamSpec kWindow{.name = "window", .required = true, .doc = "Like Mon-Fri 08:00-18:00 Europe/Zurich."};
constexpr ParamSpec kText[] = {kEquals, kGlob, kMatches, kInList, kIgnoreCase};
constexpr ParamSpec kNamedText[] = {kFieldName, kEquals, kGlob, kMatches, kInList, kIgnoreCase};
constexpr ParamSpec kAddress[] = {kNetwork, kInList};
constexpr ParamSpec kNumber[] = {kRange};
constexpr ParamSpec kTime[] = {kWindow};

std::span<const ParamSpec> attributes_of(const FieldRow& field) {
  switch (field.kind) {
    case FieldKind::text:
      if (field.shape == Shape::named) return kNamedText;
      return kText;
    case FieldKind::number: return kNumber;
    case FieldKind::address: return kAddress;
    case FieldKind::time: return kTime;
  }
  return {};
}

constexpr ComparingAttribute kComparing[] = {
    {"equals", MatchKind::exact}, {"glob", MatchKind::glob},     {"matches", MatchKind::regex},
    {"list", MatchKind::list},    {"network", MatchKind::network}, {"range", MatchKind::range},
    {"window", MatchKind::time},
};

const std::vector<ElementSpec>& table() {
  static const std::vector<ElementSpec> rows = [] {
    const char* const file = kFileGroup.data();
    const char* const rule = kRuleGroup.data();
    const char* const action = kActionGroup.data();
    const char* const condition = kConditionGroup.data();
    const char* const part = kPartGroup.data();
    std::vector<ElementSpec> out = {
        {"rules", "", one, kFault, {}, "The root of the file. Rules outside of a set are in a set named default "
                                       "(phase=\"request\", match=\"first\")."},
        {"include", file, many, kFault, kInclude, "The rules of another file."},
        {"list", file, many, kFault, kList, "Values under a name, one a line; # begins a comment."},
        {"macro", file, many, kFault, kMacro, "A condition under a name. It may use macros that stand before it."},
        {"set", file, many, kFault, kSet, "Rules that are evaluated together."},
        {"rule", file, many, kFault, kRule, "A condition, and what is done where it holds."},
        {"rule", kSetGroup.data(), many, kFault, kRule, "A condition, and what is done where it holds."},
        {"when", rule, optional, kFault, {}, "Conditions as elements; all of them have to hold."},
        {"else", rule, optional, kFault, {}, "Actions for where the condition does not hold."},
        {"pass", action, many, kFault, {}, "The request goes on; no later rule of any set of this phase is looked at."},
        {"block", action, many, kFault, kBlock, "Answered here. Without a body, with the error page of the Context."},
        {"redirect", action, many, kFault, kRedirect, "The client is sent elsewhere."},
        {"delay", action, many, kFault, kDelay, "The request waits."},
        {"tag", action, many, kFault, kTag, "A text under a name, for later rules, logs and fields."},
        {"add-header", action, many, kFault, kAddHeader, "One more field."},
        {"set-header", action, many, kFault, kAddHeader, "The field, instead of those of that name."},
        {"remove-header", action, many, kFault, kRemoveHeader, "No field of that name."},
        {"rate", action, many, kFault, kRate, "So many requests in a time; more are refused."},
        {"credit", action, many, kFault, kCredit, "A budget of each calendar day, week or month."},
        {"concurrency", action, many, kFault, kConcurrency, "So many requests at the same time."},
        {"log", action, many, kFault, kLog, "A record in an event log when the request is over."},
        {"capture", action, many, kFault, kCapture, "A part of a fact under a name, for later rules and texts."},
        {"route", action, many, kFault, kRoute, "Another servlet answers."},
        {"body-limit", action, many, kFault, kBodyLimit, "How large the body may be."},
        {"timeout", action, many, kFault, kTimeout, "A limit on the backend's time for this request."},
        {"skip", action, many, kFault, kSkip, "Later rules of the set are left out. In a set of match=\"first\" only "
                                              "with continue=\"true\"."},
        {"field", part, many, kFault, kField, "Of block: a field of the answer. Of log: a value in the record."},
        {"body", part, optional, kFault, kBody, "Of block, rate and credit: the answer's body, with ${variables}."},
        {"all", condition, many, kFault, {}, "All conditions inside hold."},
        {"any", condition, many, kFault, {}, "One of the conditions inside holds."},
        {"not", condition, many, kFault, {}, "Not all of the conditions inside hold."},
        {"always", condition, many, kFault, {}, "Holds."},
        {"macro", condition, many, kFault, kUsedMacro, "The condition of that name."},
    };
    for (const FieldRow& field : kFields)
      out.push_back({field.word, condition, many, kFault, attributes_of(field), field.doc});
    return out;
  }();
  return rows;
}

// The groups below a row.
std::vector<std::string_view> groups_below(const ElementSpec& row) {
  const std::string_view name = row.name, group = row.parent;
  if (name == "rules") return {kFileGroup};
  if (name == "set") return {kSetGroup};
  if (name == "rule") return {kRuleGroup, kActionGroup};
  if (name == "else") return {kActionGroup};
  if (name == "when" || name == "all" || name == "any" || name == "not" || (name == "macro" && group == kFileGroup))
    return {kConditionGroup};
  if (group == kActionGroup && (name == "block" || name == "rate" || name == "credit" || name == "log"))
    return {kPartGroup};
  return {};
}

bool is_part_of(std::string_view part, std::string_view action) {
  return part == "field" ? action == "block" || action == "log" : action != "log";
}

std::string title(std::string_view group) {
  if (group == kFileGroup) return "Below rules";
  if (group == kRuleGroup) return "Below rule";
  if (group == kActionGroup) return "Actions";
  if (group == kPartGroup) return "Parts of actions";
  return "Conditions";
}

}  // namespace

std::span<const ElementSpec> rules_schema() { return table(); }
const ElementSpec& root_row() { return table().front(); }
std::span<const ComparingAttribute> comparing_attributes() { return kComparing; }

std::vector<const ElementSpec*> allowed_below(const ElementSpec& parent) {
  std::vector<const ElementSpec*> out;
  for (const std::string_view group : groups_below(parent))
    for (const ElementSpec& row : table())
      if (row.parent == group && (group != kPartGroup || is_part_of(row.name, parent.name))) out.push_back(&row);
  return out;
}

const ElementSpec* row_below(const ElementSpec& parent, std::string_view name) {
  // A large file has a hundred thousand elements.
  using Index = std::unordered_map<std::string_view, const ElementSpec*>;
  static const std::map<const ElementSpec*, Index> index = [] {
    std::map<const ElementSpec*, Index> out;
    for (const ElementSpec& row : table())
      for (const ElementSpec* below : allowed_below(row)) out[&row].emplace(below->name, below);
    return out;
  }();
  const auto rows = index.find(&parent);
  if (rows == index.end()) return nullptr;
  const auto found = rows->second.find(name);
  return found == rows->second.end() ? nullptr : found->second;
}

std::string vocabulary_as_markdown() {
  std::string out;
  for (const std::string_view group : {kFileGroup, kRuleGroup, kActionGroup, kPartGroup, kConditionGroup}) {
    out += "### " + title(group) + "\n\n";
    for (const ElementSpec& row : table()) {
      if (row.parent != group || (group == kConditionGroup && find_field(row.name))) continue;
      out += "#### " + std::string(row.name) + "\n\n" + row.doc + "\n\n";
      if (!row.attributes.empty()) out += config::params_as_markdown(row.attributes) + "\n";
    }
  }
  out += "### Facts\n\n| word | kind | known | meaning |\n|---|---|---|---|\n";
  constexpr const char* kKinds[] = {"text", "number", "address", "time"};
  constexpr const char* kFrom[] = {"with the request", "with the request's body", "with the response",
                                   "with the response's body", "at the end"};
  for (const FieldRow& field : kFields)
    out += "| `" + std::string(field.word) + (field.shape == Shape::named ? "(name)" : "") + "` | " +
           kKinds[static_cast<size_t>(field.kind)] + " | " + kFrom[static_cast<size_t>(field.from)] + " | " +
           field.doc + " |\n";
  out += "\n#### Attributes of conditions on texts\n\n" + config::params_as_markdown(kNamedText);
  out += "\n#### Of conditions on addresses\n\n" + config::params_as_markdown(kAddress);
  out += "\n#### Of conditions on numbers\n\n" + config::params_as_markdown(kNumber);
  out += "\n#### Of conditions on time\n\n" + config::params_as_markdown(kTime);
  return out;
}

}  // namespace navajo::rules
