#include "navajo/container/request_flags.h"

#include "navajo/config/text.h"

namespace navajo::container {
namespace {

constexpr config::ParamSpec kCommon[] = {
    {.name = "RequestFlags", .type = config::ParamType::lines,
     .doc = "What is prepared of a request before this element sees it: [ALL] [NONE] [+FLAG|-FLAG]... with the flags "
            "NEEDS_PARAMS, NEEDS_BUFFERED_BODY and PRUNE_ACCEPT_ENCODING; NEEDS_COOKIES, NEEDS_SET_COOKIES and "
            "HAS_RESPONSE_CONDITION need no preparation.",
     .conditions = config::Conditions::then_continue},
    {.name = "ModifierFlags", .type = config::ParamType::lines,
     .doc = "What this element changes of a request: [NONE] [-RESET_PARAMS]; +RESET_PARAMS is not there yet.",
     .conditions = config::Conditions::then_continue},
};

struct Flag {
  std::string_view name;
  Needs needs;
  bool available;
};
constexpr Flag kRequestFlags[] = {
    {"NEEDS_PARAMS", kNeedsParameters, true},
    {"NEEDS_BUFFERED_BODY", kNeedsBufferedBody, true},
    {"PRUNE_ACCEPT_ENCODING", kPrunesAcceptEncoding, true},
    {"NEEDS_COOKIES", 0, true},
    {"NEEDS_SET_COOKIES", 0, true},
    {"HAS_RESPONSE_CONDITION", 0, true},
    {"GUESS_CONTENTTYPE", 0, false},
    {"NEEDS_TIME_METER", 0, false},
    {"NEEDS_FORM_MULTIPARTS", 0, false},
    {"NEEDS_SWITCHING_PROTOCOLS", 0, false},
    {"NEEDS_REDIRECT", 0, false},
    {"NEEDS_GWT_PARSING", 0, false},
    {"NEEDS_JSON_PARSING", 0, false},
};
constexpr Flag kModifierFlags[] = {{"RESET_PARAMS", 0, false}};
constexpr Needs kAll = kNeedsParameters | kNeedsBufferedBody | kPrunesAcceptEncoding;

// Answers why the word means nothing; "" after it was applied.
std::string apply(std::string_view word, std::span<const Flag> known, Needs& keep, Needs& add) {
  if (word == "ALL" || word == "NONE") {
    keep = 0;
    add = word == "ALL" ? kAll : kNeedsNothing;
    return "";
  }
  const std::string_view name = word.substr(1);
  std::vector<std::string_view> names;
  for (const Flag& flag : known) names.push_back(flag.name);
  if (word[0] != '+' && word[0] != '-')
    return "'" + config::printable(word) + "' is not ALL, NONE, +FLAG or -FLAG" +
           config::did_you_mean(word, {"ALL", "NONE"});
  for (const Flag& flag : known) {
    if (flag.name != name) continue;
    if (word[0] == '-') {
      keep = static_cast<Needs>(keep & ~flag.needs);
      add = static_cast<Needs>(add & ~flag.needs);
      return "";
    }
    if (!flag.available) return std::string(name) + " is not there yet";
    add |= flag.needs;
    return "";
  }
  return "there is no flag '" + config::printable(name) + "'" + config::did_you_mean(name, names);
}

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> out;
  for (size_t at = 0; at < line.size();) {
    const size_t end = std::min(line.find_first_of(" \t", at), line.size());
    if (end > at) out.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

}  // namespace

std::span<const config::ParamSpec> common_params() { return kCommon; }

RequestFlags::Change RequestFlags::parse(std::string_view line, const config::Params& params,
                                         const config::Position& where) {
  Change out;
  for (const std::string_view word : words(line))
    if (const std::string why = apply(word, kRequestFlags, out.keep, out.add); !why.empty())
      params.fault(where, "RequestFlags: " + why);
  return out;
}

RequestFlags::RequestFlags(const config::Params& params, std::string_view of_class, Needs always) {
  {
    ParameterWatch watch;
    lines_ = ConditionalLines(params, "RequestFlags", Stage::request);
    always_ = static_cast<Needs>(always | (watch.seen() ? kNeedsParameters : kNeedsNothing));
  }
  of_class_ = parse(of_class, params, params.where("RequestFlags")).add;
  for (const config::ParamLine& line : lines_.entries()) changes_.push_back(parse(line.text, params, line.where));
  const ConditionalLines modifiers(params, "ModifierFlags", Stage::request);
  for (const config::ParamLine& line : modifiers.entries()) {
    Needs keep = 0, add = 0;
    for (const std::string_view word : words(line.text))
      if (const std::string why = apply(word, kModifierFlags, keep, add); !why.empty())
        params.fault(line.where, "ModifierFlags: " + why);
  }
}

Needs RequestFlags::needs(api::Request& request) const {
  Needs out = of_class_;
  lines_.for_each_active(request, nullptr, InDoubt::skip, [&](size_t entry) {
    out = static_cast<Needs>((out & changes_[entry].keep) | changes_[entry].add);
    return Visit::taken;
  });
  return static_cast<Needs>(out | always_);
}

}  // namespace navajo::container
