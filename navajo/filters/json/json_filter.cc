#include "navajo/filters/json/json_filter.h"

#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::filters::json {
namespace {

using api::Outcome;
using container::BlockMode;

constexpr config::ParamSpec kParams[] = {
    {.name = "BlockOnError", .type = config::ParamType::lines, .default_value = "on",
     .doc = "on: what is no JSON, or too much of it, is refused. log: it is logged and passes. off: nothing is looked "
            "at. Where no line holds it is on.",
     .conditions = config::Conditions::then_break},
    {.name = "StatusCode", .type = config::ParamType::integer, .default_value = "403", .minimum = 400, .maximum = 599,
     .doc = "Status of a refusal."},
    {.name = "MaxElementNumber", .type = config::ParamType::integer, .default_value = "none", .minimum = 1,
     .maximum = 1000000000, .choices = "none",
     .doc = "Most objects, arrays and values; one in another are two."},
    {.name = "MaxElementSize", .type = config::ParamType::integer, .default_value = "none", .minimum = 1,
     .maximum = 1000000000, .choices = "none", .doc = "Most characters of a string, a name or a number."},
    {.name = "MaxNestingDepth", .type = config::ParamType::integer, .default_value = "none", .minimum = 1,
     .maximum = limits::JsonScan::kMostDepth, .choices = "none",
     .doc = "Most objects and arrays in each other; above 1000 there is a notice, above 10000 nothing passes."},
};

bool is_encoded(const http::Headers& fields) {
  const auto encoding = fields.get("Content-Encoding");
  return encoding && !http::same_name(http::trim(*encoding), "identity");
}

std::unique_ptr<api::Filter> make(const container::ComponentContext& context, const config::Params& params) {
  JsonOptions options;
  options.name = context.name;
  options.limits.elements = static_cast<uint64_t>(params.integer("MaxElementNumber"));
  options.limits.element_size = static_cast<uint64_t>(params.integer("MaxElementSize"));
  options.limits.depth = static_cast<uint32_t>(params.integer("MaxNestingDepth"));
  options.status = static_cast<int>(params.integer("StatusCode"));
  options.body = {context.properties->bytes("ch.nevis.navajo.request.BufferSize"),
                  context.properties->bytes("ch.nevis.navajo.request.MemBufferSize")};
  if (options.limits.depth > 1000)
    params.notice(params.where("MaxNestingDepth"), observe::id::config_without_effect,
                  "MaxNestingDepth above 1000 protects few parsers behind: many of them are recursive");
  return std::make_unique<JsonFilter>(std::move(options), container::BlockOnError(params));
}

const container::FilterRow kRows[] = {
    {.name = "JsonFilter",
     .aliases = {"ch::nevis::isiweb4::filter::json::JsonFilter"},
     .params = kParams,
     .doc = "Refuses requests whose body is no JSON or goes over limits.",
     .make = make},
};

}  // namespace

Outcome JsonFilter::refuse(api::Request& request, BlockMode mode, const char* what, uint64_t position) {
  const bool refused = mode == BlockMode::on;
  observe::log(refused ? observe::id::validation_refused : observe::id::validation_noted,
               "request %.*s, filter %s: its body is no JSON that may pass, %s at byte %llu: %s",
               static_cast<int>(request.id().size()), request.id().data(), options_.name.c_str(), what,
               static_cast<unsigned long long>(position), refused ? "refused" : "passes, BlockOnError is log");
  (refused ? refused_ : noted_).fetch_add(1, std::memory_order_relaxed);
  if (!refused) return Outcome::answered();
  observe::count(observe::Counter::validation_refused);
  return Outcome::refused(options_.status, "json_refused");
}

Outcome JsonFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  if (!request.body().present()) return rest.proceed(request, response);
  const BlockMode mode = block_.mode(request);
  if (mode == BlockMode::off) return rest.proceed(request, response);
  if (is_encoded(request.headers())) {  // nobody sees what is in it
    if (const Outcome outcome = refuse(request, mode, "in a Content-Encoding", 0); !outcome.is_answered())
      return outcome;
    return rest.proceed(request, response);
  }
  container::PreparedRequest held(request);
  if (const auto refusal = held.prepare(container::kNeedsBufferedBody, options_.body)) return *refusal;
  const std::string_view text = held.attribute(api::Request::kBodyAttribute).value_or("");
  limits::JsonScan scan(options_.limits);
  scanned_.fetch_add(1, std::memory_order_relaxed);
  (void)scan.feed(text);
  if (!scan.finish())
    if (const Outcome outcome = refuse(held, mode, name_of(scan.fault()), scan.position()); !outcome.is_answered())
      return outcome;
  (void)held.body().rewind();
  return rest.proceed(held, response);
}

void JsonFilter::report(api::StatusWriter& writer) const {
  writer.number("scanned", static_cast<double>(scanned_.load(std::memory_order_relaxed)));
  writer.number("refused", static_cast<double>(refused_.load(std::memory_order_relaxed)));
  writer.number("noted", static_cast<double>(noted_.load(std::memory_order_relaxed)));
}

}  // namespace navajo::filters::json

namespace navajo::filters {
std::span<const container::FilterRow> json_rows() { return json::kRows; }
}  // namespace navajo::filters
