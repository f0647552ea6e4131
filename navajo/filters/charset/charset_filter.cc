#include "navajo/filters/charset/charset_filter.h"

#include <charconv>
#include <vector>

#include "navajo/api/request_wrapper.h"
#include "navajo/api/text_body.h"
#include "navajo/http/form.h"
#include "navajo/http/syntax.h"

namespace navajo::filters::charset {
namespace {

constexpr config::ParamSpec kParams[] = {
    {.name = "ConvertFrom", .required = true, .doc = "Character set of the request's fields, as iconv names it."},
    {.name = "ConvertTo", .required = true, .doc = "Character set the application expects."},
    {.name = "ConvertQuery", .type = config::ParamType::boolean, .default_value = "false",
     .doc = "Whether the query is converted."},
    {.name = "ConvertBody", .type = config::ParamType::boolean, .default_value = "true",
     .doc = "Whether an application/x-www-form-urlencoded body is converted. It is read as a whole first; one over "
            "ch.nevis.navajo.request.BufferSize is refused with 413."},
    {.name = "IncomingCharsetStrategy", .type = config::ParamType::choice, .default_value = "CONVERT",
     .choices = "IGNORE,KEEP,CONVERT",
     .doc = "When the Content-Type names another character set than ConvertFrom. IGNORE: the body is converted from "
            "ConvertFrom all the same. KEEP: it is left alone. CONVERT: it is converted from the one it names."},
};

// Of the charset parameter, without quotes; empty when there is none.
std::string_view named_charset(std::string_view content_type) {
  for (size_t at = content_type.find(';'); at != std::string_view::npos; at = content_type.find(';', at + 1)) {
    const std::string_view rest = content_type.substr(at + 1);
    const std::string_view parameter = http::trim(rest.substr(0, rest.find(';')));
    const size_t equals = parameter.find('=');
    if (equals == std::string_view::npos || !http::same_name(http::trim(parameter.substr(0, equals)), "charset"))
      continue;
    std::string_view value = http::trim(parameter.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

}  // namespace

class CharsetFilter::ConvertedRequest final : public api::RequestWrapper {
 public:
  explicit ConvertedRequest(api::Request& inner)
      : RequestWrapper(inner), query_(&inner.memory()), target_(&inner.memory()), text_(&inner.memory()) {}
  std::string_view target() const override { return query_changed_ ? target_ : RequestWrapper::target(); }
  std::string_view query() const override { return query_changed_ ? query_ : RequestWrapper::query(); }
  api::BodyReader& body() override { return body_ ? *body_ : RequestWrapper::body(); }
  const http::Parameters* parameters() override {
    return query_changed_ || body_ ? nullptr : RequestWrapper::parameters();
  }
  std::optional<std::string_view> attribute(std::string_view name) const override {
    if (body_ && name == kBodyAttribute) return text_;
    return RequestWrapper::attribute(name);
  }

  void convert_query(Converter& converter) {
    converter.append_form(inner().query(), query_);
    const std::string_view old = inner().target();
    target_ = old.substr(0, old.find('?'));
    target_ += '?';
    target_ += query_;
    query_changed_ = true;
  }
  void set_body(std::string_view form, Converter& converter) {
    converter.append_form(form, text_);
    body_.emplace(text_);
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, text_.size()).ptr;
    if (headers().get("Content-Length"))
      headers().set("Content-Length", {digits, static_cast<size_t>(end - digits)});
  }

 private:
  bool query_changed_ = false;
  std::pmr::string query_, target_, text_;
  std::optional<api::TextBody> body_;
};

api::Outcome CharsetFilter::filter(api::Request& request, api::Response& response, api::FilterChain& rest) {
  ConvertedRequest converted(request);
  if (options_.query && !request.query().empty()) {
    auto converter = Converter::open(options_.from, options_.to);
    if (!converter.ok()) return api::Outcome::refused(500, "charset_failed");
    converted.convert_query(*converter);
    queries_.fetch_add(1, std::memory_order_relaxed);
  }
  if (options_.body)
    if (const api::Outcome outcome = convert_body(converted); !outcome.is_answered()) return outcome;
  return rest.proceed(converted, response);
}

api::Outcome CharsetFilter::convert_body(ConvertedRequest& request) {
  const auto type = request.headers().get("Content-Type");
  if (!type || !http::is_form_type(*type) || !request.body().present()) return api::Outcome::answered();
  if (request.headers().get("Content-Encoding")) return api::Outcome::answered();  // no text yet
  std::string from = options_.from;
  const std::string_view named = named_charset(*type);
  if (!named.empty() && !same_charset(named, options_.from)) {
    if (options_.incoming == IncomingCharset::keep) return api::Outcome::answered();
    if (options_.incoming == IncomingCharset::convert) {
      if (!is_client_charset(named)) return api::Outcome::refused(415, "charset_not_known");
      from = named;
    }
  }
  auto converter = Converter::open(from, options_.to);
  if (!converter.ok()) return api::Outcome::refused(415, "charset_not_known");
  std::pmr::string form(&request.memory());
  if (const api::Outcome read = api::read_body(request.body(), options_.largest_body, form); !read.is_answered())
    return read;
  request.set_body(form, *converter);
  if (!named.empty()) {
    std::pmr::string said(http::kFormType, &request.memory());
    said += "; charset=";
    said += options_.to;
    request.headers().set("Content-Type", said);
  }
  bodies_.fetch_add(1, std::memory_order_relaxed);
  return api::Outcome::answered();
}

void CharsetFilter::report(api::StatusWriter& writer) const {
  writer.text("from", options_.from);
  writer.text("to", options_.to);
  writer.number("queries", static_cast<double>(queries_.load(std::memory_order_relaxed)));
  writer.number("bodies", static_cast<double>(bodies_.load(std::memory_order_relaxed)));
}

namespace {

std::unique_ptr<api::Filter> make(const container::ComponentContext& context, const config::Params& params) {
  CharsetOptions options;
  options.from = params.text("ConvertFrom");
  options.to = params.text("ConvertTo");
  options.query = params.boolean("ConvertQuery");
  options.body = params.boolean("ConvertBody");
  const std::string& incoming = params.text("IncomingCharsetStrategy");
  if (incoming == "IGNORE") options.incoming = IncomingCharset::ignore;
  if (incoming == "KEEP") options.incoming = IncomingCharset::keep;
  options.largest_body = context.properties->bytes("ch.nevis.navajo.request.BufferSize");
  for (const char* name : {"ConvertFrom", "ConvertTo"})
    if (auto known = Converter::open(params.text(name), "UTF-8"); !known.ok()) params.fault(name, known.error().text);
  auto usual = Converter::open(options.from, options.to);
  if (!usual.ok()) return nullptr;
  return std::make_unique<CharsetFilter>(std::move(options), std::move(*usual));
}

const container::FilterRow kRows[] = {
    {.name = "CharsetFilter",
     .aliases = {"ch::nevis::isiweb4::filter::rewrite::CharsetFilter"},
     .params = kParams,
     .doc = "Converts form fields of requests from one character set to another.",
     .make = make},
};

}  // namespace
}  // namespace navajo::filters::charset

namespace navajo::filters {
std::span<const container::FilterRow> charset_rows() { return charset::kRows; }
}  // namespace navajo::filters
