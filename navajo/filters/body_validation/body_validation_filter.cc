#include "navajo/filters/body_validation/body_validation_filter.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "navajo/config/text.h"
#include "navajo/http/parameter_walker.h"
#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"
#include "navajo/observe/status_segment.h"

namespace navajo::filters::body_validation {
namespace {

using api::Outcome;
using api::WriteStatus;
using config::ParamType;
using container::BlockMode;

constexpr config::ParamSpec kParams[] = {
    {.name = "BlockOnError", .type = ParamType::lines, .default_value = "on",
     .doc = "on: what is malformed or over a limit is refused. log: it is logged and passes. off: nothing is looked "
            "at, neither requests nor responses. Where no line holds it is on.",
     .conditions = config::Conditions::then_break},
    {.name = "MaxRequestBody", .type = ParamType::bytes, .default_value = "none", .minimum = 1, .choices = "none",
     .doc = "Longest body of a request; above it, 413."},
    {.name = "MaxResponseBody", .type = ParamType::bytes, .default_value = "none", .minimum = 1, .choices = "none",
     .doc = "Longest body of a response; above it, 502, or the response is cut where it has begun."},
    {.name = "ContentTypes", .type = ParamType::lines,
     .doc = "Media types of request bodies that are expected, one a line: application/json, image/*. A body of another "
            "type, or of none, is refused with 415. Unset: all are."},
    {.name = "Multipart.ContentTypes", .type = ParamType::lines, .default_value = "multipart/*",
     .doc = "Media types that are judged as multipart bodies; empty: none."},
    {.name = "Multipart.MaxParts", .type = ParamType::integer, .default_value = "100", .minimum = 1,
     .maximum = 1000000000, .choices = "none", .doc = "Most parts of a body."},
    {.name = "Multipart.MaxPartSize", .type = ParamType::bytes, .default_value = "none", .minimum = 1,
     .choices = "none", .doc = "Longest content of a part."},
    {.name = "Multipart.MaxHeaderSize", .type = ParamType::bytes, .default_value = "8K", .minimum = 64,
     .maximum = limits::MultipartScan::kMostHeader, .doc = "Most bytes of the fields of a part."},
    {.name = "Xml.ContentTypes", .type = ParamType::lines, .default_value = "*/*xml",
     .doc = "Media types that are judged as XML; empty: none."},
    {.name = "Xml.MaxDepth", .type = ParamType::integer, .default_value = "100", .minimum = 1,
     .maximum = limits::XmlScan::kMostDepth, .doc = "Most elements in each other."},
    {.name = "Xml.MaxElements", .type = ParamType::integer, .default_value = "none", .minimum = 1,
     .maximum = 1000000000, .choices = "none", .doc = "Most elements of a body."},
    {.name = "Xml.MaxAttributes", .type = ParamType::integer, .default_value = "100", .minimum = 1,
     .maximum = limits::XmlScan::kMostAttributes, .doc = "Most attributes of an element."},
};

constexpr size_t kMostMediaType = 127;

// "type/subtype", each a token: of two fields that were joined, or worse, nobody knows which one counts behind us.
bool is_media_type(std::string_view text) {
  const size_t slash = text.find('/');
  return slash != std::string_view::npos && text.size() <= kMostMediaType && http::is_token(text.substr(0, slash)) &&
         http::is_token(text.substr(slash + 1));
}

bool is_one_of(const MediaTypes& types, std::string_view media_type) {
  char buffer[kMostMediaType];
  std::transform(media_type.begin(), media_type.end(), buffer, http::lower);
  const std::string_view lower(buffer, media_type.size());
  // In doubt it is one of those that are looked at; a glob of this length does not give up.
  return std::any_of(types.begin(), types.end(), [lower](const config::Pattern& type) {
    return type.search(lower) != config::SearchResult::not_found;
  });
}

bool is_encoded(const http::Headers& fields) {
  const auto encoding = fields.get("Content-Encoding");
  return encoding && !http::same_name(http::trim(*encoding), "identity");
}

std::optional<BodyFault> judge_charset(std::string_view content_type) {
  http::ParameterWalker walk(content_type);
  while (walk.next())
    if (http::same_name(walk.name(), "charset") && !limits::is_xml_charset(walk.value()))
      return BodyFault{400, "xml_refused", "its charset is not known"};
  return std::nullopt;
}

// A response that is not committed when more is declared than may be, and cut where more comes.
class LimitedResponse final : public api::ResponseWrapper {
 public:
  LimitedResponse(api::Response& inner, uint64_t limit, bool has_body, FaultSink& sink)
      : ResponseWrapper(inner), limit_(limit), has_body_(has_body), sink_(sink) {}

  WriteStatus commit() override {
    if (!judged_ && !committed()) {
      judged_ = true;
      refused_ = is_declared_too_long() && refuses();
    }
    return refused_ ? WriteStatus::client_gone : ResponseWrapper::commit();
  }
  WriteStatus write(std::span<const char> bytes) override {
    if (commit() != WriteStatus::ok || cut_) return WriteStatus::client_gone;
    passed_ += bytes.size();
    if (passed_ > limit_ && refuses()) {
      cut_ = true;
      ResponseWrapper::abort();
      return WriteStatus::client_gone;
    }
    return ResponseWrapper::write(bytes);
  }
  using Response::write;
  WriteStatus finish() override {
    if (commit() != WriteStatus::ok || cut_) return WriteStatus::client_gone;
    return ResponseWrapper::finish();
  }
  void abort() override {
    if (!refused_) ResponseWrapper::abort();
  }
  bool refused() const { return refused_; }

 private:
  // To HEAD, and with 204 and 304, none follows, whatever is declared.
  bool is_declared_too_long() {
    if (!has_body_ || status() == 204 || status() == 304) return false;
    const auto declared = headers().get("Content-Length");
    return declared && http::parse_decimal(*declared).value_or(UINT64_MAX) > limit_;
  }
  bool refuses() {
    if (told_) return false;
    told_ = true;
    return sink_.refuses({413, "response_too_large", "the response is longer than MaxResponseBody", limit_});
  }

  uint64_t limit_, passed_ = 0;
  bool has_body_, judged_ = false, refused_ = false, cut_ = false, told_ = false;
  FaultSink& sink_;
};

MediaTypes read_types(const config::Params& params, const char* name) {
  MediaTypes types;
  for (const config::ParamLine& line : params.positioned_lines(name)) {
    auto type = config::Pattern::parse(config::lower_case(line.text), {.type = config::PatternType::glob});
    if (type && std::count(line.text.begin(), line.text.end(), '/') == 1)
      types.push_back(std::move(*type));
    else
      params.fault(line.where, std::string(name) + ": '" + config::printable(line.text) + "' is no media type");
  }
  return types;
}

uint64_t length_of(const config::Params& params, const char* name) {
  const uint64_t bytes = params.bytes(name);
  return bytes == 0 ? UINT64_MAX : bytes;
}

std::unique_ptr<api::Filter> make(const container::ComponentContext& context, const config::Params& params) {
  BodyOptions options;
  options.name = context.name;
  options.request.length = length_of(params, "MaxRequestBody");
  options.response_length = length_of(params, "MaxResponseBody");
  options.request.multipart = {.parts = static_cast<uint64_t>(params.integer("Multipart.MaxParts")),
                               .part_size = params.bytes("Multipart.MaxPartSize"),
                               .header_size = static_cast<uint32_t>(params.bytes("Multipart.MaxHeaderSize"))};
  options.request.xml = {.elements = static_cast<uint64_t>(params.integer("Xml.MaxElements")),
                         .depth = static_cast<uint32_t>(params.integer("Xml.MaxDepth")),
                         .attributes = static_cast<uint32_t>(params.integer("Xml.MaxAttributes"))};
  options.multipart = read_types(params, "Multipart.ContentTypes");
  options.xml = read_types(params, "Xml.ContentTypes");
  if (params.has("ContentTypes")) options.expected = read_types(params, "ContentTypes");
  return std::make_unique<BodyValidationFilter>(std::move(options), container::BlockOnError(params));
}

const container::FilterRow kRows[] = {
    {.name = "BodyValidationFilter",
     .aliases = {},
     .params = kParams,
     .doc = "Limits bodies, and refuses multipart and XML bodies that are malformed or over limits.",
     .make = make},
};

}  // namespace

class BodyValidationFilter::Sink final : public FaultSink {
 public:
  Sink(BodyValidationFilter& filter, const api::Request& request, BlockMode mode)
      : filter_(filter), request_(request), refuses_(mode == BlockMode::on) {}
  bool refuses(const BodyFault& fault) override {
    const bool limit = fault.status == 413;
    const observe::LogId id = !refuses_ ? observe::id::validation_noted
                              : limit   ? observe::id::body_refused
                                        : observe::id::validation_refused;
    char place[40] = "";
    if (fault.position) snprintf(place, sizeof(place), " at byte %" PRIu64, *fault.position);
    observe::log(id, "request %.*s, filter %s, %s: %s%s: %s", static_cast<int>(request_.id().size()),
                 request_.id().data(), filter_.options_.name.c_str(), fault.cause, fault.what, place,
                 refuses_ ? "refused" : "passes, BlockOnError is log");
    (refuses_ ? filter_.refused_ : filter_.noted_).fetch_add(1, std::memory_order_relaxed);
    if (refuses_) observe::count(limit ? observe::Counter::bodies_refused : observe::Counter::validation_refused);
    return refuses_;
  }

 private:
  BodyValidationFilter& filter_;
  const api::Request& request_;
  bool refuses_;
};

std::optional<BodyFault> BodyValidationFilter::judge_head(api::Request& request, std::string_view content_type,
                                                          Kind& kind) const {
  if (request.body().declared_length().value_or(0) > options_.request.length)
    return BodyFault{413, "body_too_large", "it is declared longer than MaxRequestBody"};
  int fields = 0;
  request.headers().for_each([&](std::string_view name, std::string_view) {
    fields += http::same_name(name, "Content-Type");
    return true;
  });
  if (fields == 0) {
    if (!options_.expected) return std::nullopt;
    return BodyFault{415, "content_type_refused", "it has no Content-Type"};
  }
  const std::string_view type = http::ParameterWalker(content_type).head();
  if (fields > 1 || !is_media_type(type))
    return BodyFault{400, "content_type_refused", "its Content-Type is malformed"};
  if (options_.expected && !is_one_of(*options_.expected, type))
    return BodyFault{415, "content_type_refused", "its Content-Type is not expected"};
  if (is_one_of(options_.multipart, type)) kind = Kind::multipart;
  if (kind == Kind::other && is_one_of(options_.xml, type)) kind = Kind::xml;
  if (kind == Kind::other) return std::nullopt;
  if (is_encoded(request.headers())) return BodyFault{415, "body_is_encoded", "it is in a Content-Encoding"};
  return kind == Kind::xml ? judge_charset(content_type) : std::nullopt;
}

Outcome BodyValidationFilter::validate(api::Request& request, api::Response& response, api::FilterChain& rest,
                                       Sink& sink) {
  if (!request.body().present()) return rest.proceed(request, response);
  // The field may be changed or removed behind us while the body is still read.
  const std::pmr::string content_type(request.headers().get("Content-Type").value_or(""), &request.memory());
  Kind kind = Kind::other;
  if (const auto fault = judge_head(request, content_type, kind)) {
    if (sink.refuses(*fault)) return Outcome::refused(fault->status, fault->cause);
    return rest.proceed(request, response);
  }
  CheckedBody body(request.body(), options_.request, kind, content_type, sink, request.memory());
  scanned_.fetch_add(kind == Kind::other ? 0 : 1, std::memory_order_relaxed);
  if (const auto held = request.attribute(api::Request::kBodyAttribute)) {
    body.judge(*held);
    if (const auto& fault = body.refusal()) return Outcome::refused(fault->status, fault->cause);
    return rest.proceed(request, response);
  }
  CheckedRequest checked(request, body);
  const Outcome outcome = rest.proceed(checked, response);
  const auto& fault = body.refusal();
  if (!fault || (outcome.is_answered() && response.committed())) return outcome;
  return Outcome::refused(fault->status, fault->cause);
}

Outcome BodyValidationFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  const BlockMode mode = block_.mode(request);
  if (mode == BlockMode::off) return rest.proceed(request, response);
  Sink sink(*this, request, mode);
  if (options_.response_length == UINT64_MAX) return validate(request, response, rest, sink);
  LimitedResponse limited(response, options_.response_length, request.method() != "HEAD", sink);
  const Outcome outcome = validate(request, limited, rest, sink);
  return limited.refused() ? Outcome::refused(502, "response_too_large") : outcome;
}

void BodyValidationFilter::report(api::StatusWriter& writer) const {
  writer.number("scanned", static_cast<double>(scanned_.load(std::memory_order_relaxed)));
  writer.number("refused", static_cast<double>(refused_.load(std::memory_order_relaxed)));
  writer.number("noted", static_cast<double>(noted_.load(std::memory_order_relaxed)));
}

}  // namespace navajo::filters::body_validation

namespace navajo::filters {
std::span<const container::FilterRow> body_validation_rows() { return body_validation::kRows; }
}  // namespace navajo::filters
