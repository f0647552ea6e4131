#include "navajo/rules/sample.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "navajo/config/element_reader.h"
#include "navajo/config/text.h"
#include "navajo/config/xml_document.h"
#include "navajo/http/headers.h"
#include "navajo/http/syntax.h"
#include "navajo/rules/field.h"
#include "navajo/rules/matcher_text.h"
#include "navajo/rules/vocabulary.h"

namespace navajo::rules {
namespace {

using config::ParamSpec;
using config::XmlElement;
using enum config::ParamType;
using enum config::Occurs;
constexpr auto kFault = config::UnknownAttributes::fault;
constexpr config::XmlLimits kLimits{.bytes = 16 << 20, .depth = 8, .elements = 200000};
constexpr char kDefaultTime[] = "2026-01-05T12:00:00Z";

constexpr ParamSpec kRequest[] = {
    {.name = "name", .doc = "For messages."},
    {.name = "method", .default_value = "GET", .doc = "The method."},
    {.name = "url", .required = true, .doc = "The whole of it: https://www.example.org:8443/a?b=c"},
    {.name = "protocol", .default_value = "HTTP/1.1", .doc = "The protocol."},
    {.name = "client", .default_value = "192.0.2.1", .doc = "The client's address."},
    {.name = "peer", .doc = "Address of the TCP connection; unset, the client's."},
    {.name = "country", .doc = "The client's country; unset, none is known."},
    {.name = "user", .doc = "Who has logged in; unset, nobody."},
    {.name = "roles", .doc = "Of the user, separated by commas."},
    {.name = "time", .default_value = kDefaultTime, .doc = "When it comes, in UTC. The default is a Monday."},
    {.name = "id", .default_value = "sample", .doc = "The request's id."},
};
constexpr ParamSpec kValue[] = {
    {.name = "name", .required = true, .doc = "Its name."},
    {.name = "value", .default_value = "", .doc = "Its value."},
};
constexpr ParamSpec kResponse[] = {
    {.name = "status", .type = integer, .default_value = "200", .minimum = 100, .maximum = 599, .doc = "The status."},
    {.name = "backend", .doc = "Name of the backend that answered."},
    {.name = "duration", .type = milliseconds, .default_value = "0", .minimum = 0, .doc = "Until the head was there."},
};
constexpr ParamSpec kExpect[] = {
    {.name = "rule", .doc = "id of a rule that acts."},
    {.name = "arm", .type = choice, .default_value = "then", .choices = "then,else", .doc = "With its else, too."},
    {.name = "action", .doc = "An action of it, or, without a rule, of any that acts: block."},
    {.name = "status", .type = integer, .minimum = 200, .maximum = 599,
     .doc = "Status of the block or redirect that ends the request."},
    {.name = "tag", .doc = "A tag at the end, with its value: x=y"},
    {.name = "none", .type = boolean, .default_value = "false", .doc = "No rule acts."},
};

constexpr config::ElementSpec kSchema[] = {
    {"samples", "", one, kFault, {}, "Requests, in their order."},
    {"request", "samples", many, kFault, kRequest, "One request and what is expected."},
    {"header", "request", many, kFault, kValue, "A field of the request; Host is that of the url."},
    {"tls", "request", many, kFault, kValue, "A fact of the client's TLS."},
    {"session", "request", many, kFault, kValue, "An attribute of the session."},
    {"attribute", "request", many, kFault, kValue, "An attribute an earlier element left."},
    {"environment", "request", many, kFault, kValue, "A variable of httpd's environment."},
    {"body", "request", optional, kFault, {}, "The request's body."},
    {"response", "request", optional, kFault, kResponse, "With it, sets of the response are evaluated as well."},
    {"header", "response", many, kFault, kValue, "A field of the response."},
    {"body", "response", optional, kFault, {}, "The response's body."},
    {"expect", "request", at_least_one, kFault, kExpect, "What has to happen; all that is given, of all of them."},
};

// 2026-03-29T10:00:00Z, in seconds since 1970.
std::optional<int64_t> time_of(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00T00:00:00Z";
  if (text.size() != shape.size()) return std::nullopt;
  for (size_t i = 0; i < shape.size(); i++)
    if (shape[i] == '0' ? !isdigit(static_cast<unsigned char>(text[i])) : text[i] != shape[i]) return std::nullopt;
  const auto number = [&](size_t at, size_t length) {
    int64_t out = 0;
    std::from_chars(text.data() + at, text.data() + at + length, out);
    return out;
  };
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(number(0, 4))),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  if (!day.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) return std::nullopt;
  return std::chrono::sys_days(day).time_since_epoch().count() * 86400 + number(11, 2) * 3600 + number(14, 2) * 60 +
         number(17, 2);
}

// As httpd does it: decoded, without dot segments, several slashes as one.
std::string normalised_path(std::string_view encoded) {
  std::string decoded;
  for (size_t i = 0; i < encoded.size(); i++) {
    const bool escaped = encoded[i] == '%' && i + 2 < encoded.size() && http::hex_value(encoded[i + 1]) >= 0 &&
                         http::hex_value(encoded[i + 2]) >= 0;
    decoded += escaped ? static_cast<char>(http::hex_value(encoded[i + 1]) * 16 + http::hex_value(encoded[i + 2]))
                       : encoded[i];
    if (escaped) i += 2;
  }
  std::vector<std::string_view> segments;
  bool folder = true;
  const std::string_view all = decoded;
  for (size_t at = 0; at <= all.size();) {
    const size_t end = std::min(all.find('/', at), all.size());
    const std::string_view segment = all.substr(at, end - at);
    folder = segment.empty() || segment == "." || segment == "..";
    if (segment == ".." && !segments.empty()) segments.pop_back();
    if (!folder) segments.push_back(segment);
    at = end + 1;
  }
  std::string out;
  for (const std::string_view segment : segments) out.append("/").append(segment);
  return folder ? out + "/" : out;
}

class SampleReader {
 public:
  explicit SampleReader(config::Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  Sample read(const XmlElement& element) {
    Sample out;
    out.where = element.where;
    out.name = text(element, "name");
    out.method = text(element, "method", "GET");
    out.protocol = text(element, "protocol", "HTTP/1.1");
    out.client = text(element, "client", "192.0.2.1");
    out.peer = text(element, "peer", out.client);
    out.country = text(element, "country");
    out.id = text(element, "id", "sample");
    if (find(element, "user")) out.user = text(element, "user");
    const std::string roles = text(element, "roles");
    for (const std::string_view role : config::split_list(roles, ',')) out.roles.emplace_back(role);
    take_url(element, out);
    const std::optional<int64_t> time = time_of(text(element, "time", kDefaultTime));
    if (!time) fault(element, "time", "is not a time like " + std::string(kDefaultTime));
    out.time = time.value_or(0);
    if (!out.host.empty()) out.headers.push_back({"Host", authority_});
    for (const XmlElement& child : element.children) take(child, out);
    return out;
  }

 private:
  static const config::XmlAttribute* find(const XmlElement& element, std::string_view name) {
    for (const config::XmlAttribute& attribute : element.attributes)
      if (attribute.name == name) return &attribute;
    return nullptr;
  }
  static std::string text(const XmlElement& element, std::string_view name, std::string_view otherwise = "") {
    const config::XmlAttribute* const attribute = find(element, name);
    return std::string(attribute ? config::trim(attribute->value) : otherwise);
  }
  void fault(const XmlElement& element, std::string_view name, std::string why) {
    const config::XmlAttribute* const attribute = find(element, name);
    diagnostics_.fault(attribute ? attribute->where : element.where, observe::id::config_bad_value,
                       element.name + " " + std::string(name) + ": '" + config::printable(text(element, name)) + "' " +
                           why);
  }
  int64_t number(const XmlElement& element, std::span<const ParamSpec> specs, std::string_view name) {
    for (const ParamSpec& spec : specs) {
      if (name != spec.name) continue;
      const config::ParsedValue parsed = config::parse_value(spec, text(element, name, spec.default_value));
      if (!parsed.ok) fault(element, name, parsed.why);
      return parsed.number;
    }
    return 0;
  }

  void take_url(const XmlElement& element, Sample& out) {
    const std::string url = text(element, "url");
    std::string_view rest = url;
    for (const char* scheme : {"http", "https"}) {
      const std::string begin = std::string(scheme) + "://";
      if (!rest.starts_with(begin)) continue;
      out.scheme = scheme;
      out.port = begin.size() == 8 ? 443 : 80;
      rest.remove_prefix(begin.size());
      const size_t end = std::min(rest.find_first_of("/?"), rest.size());
      authority_ = rest.substr(0, end);
      rest.remove_prefix(end);
      std::string_view host = authority_;
      const size_t colon = host.rfind(':');
      if (colon != host.npos && host.find(']', colon) == host.npos) {
        const std::string_view port = host.substr(colon + 1);
        const auto [last, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
        if (error != std::errc() || last != port.data() + port.size())
          return fault(element, "url", "has no valid port");
        host = host.substr(0, colon);
      }
      if (!http::is_host(authority_)) return fault(element, "url", "has no valid host");
      out.host = config::lower_case(host);
      out.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
      const size_t mark = out.target.find('?');
      out.path = normalised_path(std::string_view(out.target).substr(0, mark));
      if (mark != std::string::npos) out.query = out.target.substr(mark + 1);
      return;
    }
    fault(element, "url", "does not begin with http:// or https://");
  }

  static SampleValue value(const XmlElement& element) { return {text(element, "name"), text(element, "value")}; }

  void take(const XmlElement& child, Sample& out) {
    if (child.name == "header") {
      if (http::same_name(text(child, "name"), "Host")) return fault(child, "name", "is that of the url");
      out.headers.push_back(value(child));
    } else if (child.name == "tls") {
      const std::span<const std::string_view> facts = tls_facts();
      if (std::find(facts.begin(), facts.end(), text(child, "name")) == facts.end())
        fault(child, "name", "is no fact of TLS: " + config::join({facts.begin(), facts.end()}, ", "));
      out.tls.push_back(value(child));
    } else if (child.name == "session") {
      out.session.push_back(value(child));
    } else if (child.name == "attribute") {
      out.attributes.push_back(value(child));
    } else if (child.name == "environment") {
      out.environment.push_back(value(child));
    } else if (child.name == "body") {
      out.body = child.text;
    } else if (child.name == "response") {
      out.response = response(child);
    } else {
      out.expected.push_back(expectation(child));
    }
  }

  SampleResponse response(const XmlElement& element) {
    SampleResponse out;
    out.status = static_cast<int>(number(element, kResponse, "status"));
    out.backend = text(element, "backend");
    out.duration = std::chrono::milliseconds(number(element, kResponse, "duration"));
    for (const XmlElement& child : element.children) {
      if (child.name == "header") out.headers.push_back(value(child));
      if (child.name == "body") out.body = child.text;
    }
    return out;
  }

  Expectation expectation(const XmlElement& element) {
    Expectation out;
    out.where = element.where;
    out.rule = text(element, "rule");
    out.otherwise = number(element, kExpect, "arm") == 1;
    if (out.otherwise && out.rule.empty()) fault(element, "arm", "has no meaning without a rule");
    out.action = text(element, "action");
    if (!out.action.empty()) {
      std::vector<std::string_view> known;
      for (const config::ElementSpec& row : rules_schema())
        if (row.parent == kActionGroup) known.push_back(row.name);
      if (std::find(known.begin(), known.end(), out.action) == known.end())
        fault(element, "action", "is no action" + config::did_you_mean(out.action, known));
    }
    if (find(element, "status")) out.status = static_cast<int>(number(element, kExpect, "status"));
    if (find(element, "tag")) {
      const std::string tag = text(element, "tag");
      const size_t equals = tag.find('=');
      if (equals == std::string::npos) fault(element, "tag", "is not a name and a value, x=y");
      out.tag = SampleValue{tag.substr(0, equals), equals == std::string::npos ? "" : tag.substr(equals + 1)};
    }
    out.none = number(element, kExpect, "none") != 0;
    const bool something = !out.rule.empty() || !out.action.empty() || out.status || out.tag;
    if (out.none == something)
      diagnostics_.fault(element.where, observe::id::config_bad_value,
                         out.none ? "expect: none stands alone" : "expect: says nothing");
    return out;
  }

  config::Diagnostics& diagnostics_;
  std::string authority_;
};

std::vector<Sample> samples_of(const std::optional<XmlElement>& root, config::Diagnostics& diagnostics) {
  std::vector<Sample> out;
  if (!root || !config::check_structure(*root, kSchema, config::Compat::strict, diagnostics) || !diagnostics.ok())
    return out;
  for (const XmlElement& element : root->children) out.push_back(SampleReader(diagnostics).read(element));
  return out;
}

}  // namespace

std::span<const config::ElementSpec> sample_schema() { return kSchema; }

std::string samples_as_markdown() {
  std::string out;
  for (const config::ElementSpec& row : kSchema) {
    out += "#### " + std::string(row.name) + (*row.parent ? " in " + std::string(row.parent) : "") + "\n\n" + row.doc +
           "\n\n";
    if (!row.attributes.empty()) out += config::params_as_markdown(row.attributes) + "\n";
  }
  return out;
}

std::vector<Sample> parse_samples(const std::string& path, std::string_view text, config::Diagnostics& diagnostics) {
  return samples_of(config::parse_xml(path, text, config::DoctypePolicy::refuse, diagnostics, kLimits), diagnostics);
}

std::vector<Sample> read_samples(const std::string& path, config::Diagnostics& diagnostics) {
  return samples_of(config::read_xml(path, config::DoctypePolicy::refuse, diagnostics, kLimits), diagnostics);
}

}  // namespace navajo::rules
