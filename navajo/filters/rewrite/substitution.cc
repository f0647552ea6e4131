#include "navajo/filters/rewrite/substitution.h"

#include <algorithm>

#include "navajo/http/syntax.h"

namespace navajo::filters::rewrite {
namespace {

constexpr std::string_view kSources[] = {"AUTH", "CONST", "ENV", "HEADER", "PARAM", "RESP", "SESSION"};

base::Failed<base::Error> failed(std::string text) { return base::Failed{base::Error{std::move(text)}}; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return http::lower(c) >= 'a' && http::lower(c) <= 'z'; }
bool is_plain(char c, std::string_view extra) {
  return is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_' ||
         c == '~' || extra.find(c) != std::string_view::npos;
}

void encode(std::string_view text, std::string_view also_plain, std::pmr::string& out) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_plain(c, also_plain)) {
      out += c;
      continue;
    }
    out += '%';
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[c & 15];
  }
}
constexpr std::string_view kInPath = "/!$&'()*+,;=:@";
constexpr std::string_view kInUrl = "/!$&'()*+,;=:@%?";

// "ENV:" at the beginning of text; its length.
size_t source_length(std::string_view text) {
  for (const std::string_view source : kSources)
    if (text.starts_with(source) && text.substr(source.size()).starts_with(':')) return source.size() + 1;
  return 0;
}

size_t scheme_length(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (url.starts_with(scheme)) return scheme.size();
  return 0;
}

}  // namespace

base::Result<Substitution> Substitution::parse(std::string_view text, size_t groups) {
  Substitution out;
  if (text == "-") return out;
  if (text.empty()) return failed("the substitution is empty; '-' leaves the URI as it is");
  if (!http::is_field_value(text)) return failed("the substitution holds a control character");
  const size_t question = text.find('?');
  if (base::Status<> path = parse_parts(text.substr(0, question), groups, out.path_); !path.ok())
    return failed(path.error().text);
  if (out.path_.empty()) return failed("the substitution has no path before its query");
  if (question == std::string_view::npos) return out;
  out.has_query_ = true;
  if (base::Status<> query = parse_parts(text.substr(question + 1), groups, out.query_); !query.ok())
    return failed(query.error().text);
  return out;
}

base::Status<> Substitution::parse_parts(std::string_view text, size_t groups, Parts& into) {
  const auto literal = [&](char c) {
    if (into.empty() || into.back().kind != Part::Kind::literal) into.push_back({Part::Kind::literal, "", 0, {}});
    into.back().text += c;
  };
  for (size_t i = 0; i < text.size();) {
    const bool inside_word = i > 0 && (text[i - 1] == '_' || is_letter(text[i - 1]));
    if (const size_t source = inside_word ? 0 : source_length(text.substr(i))) {
      const size_t end = text.find(';', i + source);
      if (end == std::string_view::npos)
        return failed("'" + std::string(text.substr(i)) + "' has no semicolon at its end");
      base::Result<Part> value = parse_value(text.substr(i, end - i));
      if (!value.ok()) return failed(value.error().text);
      into.push_back(std::move(*value));
      i = end + 1;
    } else if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '$') {
      literal('$');
      i += 2;
    } else if (text[i] == '$' && i + 1 < text.size() && is_digit(text[i + 1])) {
      size_t group = 0, digits = 1;
      for (; digits <= 2 && i + digits < text.size() && is_digit(text[i + digits]); digits++) {
        const size_t longer = group * 10 + static_cast<size_t>(text[i + digits] - '0');
        if (digits == 2 && longer >= groups) break;  // "$12" of an expression with two groups: $1 and a '2'
        group = longer;
      }
      if (group >= groups) return failed("$" + std::to_string(group) + " is no group of the expression");
      into.push_back({Part::Kind::group, "", group, {}});
      i += digits;
    } else {
      literal(text[i++]);
    }
  }
  return base::Done{};
}

base::Result<Substitution::Part> Substitution::parse_value(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view source = text.substr(0, colon), name = text.substr(colon + 1);
  std::string escaped(text.substr(0, colon + 1));
  for (const char c : name) escaped += c == ':' ? std::string("\\:") : std::string(1, c);
  auto value = container::ValueExpression::parse(escaped, container::Stage::request);
  if (!value.ok()) return failed(value.error().text);
  Part part{Part::Kind::value, "", 0, std::move(*value)};
  const bool environment = source == "ENV";
  part.encoded = environment && (name == "REQUEST_URI" || name == "REQUEST_URL" || name == "QUERY_STRING");
  part.names_host = source == "CONST" ||
                    (environment && (http::same_name(name, "HTTP_Host") || name == "SERVER_NAME" ||
                                     name == "SERVER_PORT" || name == "REQUEST_URL")) ||
                    (source == "HEADER" && http::same_name(name, "Host"));
  return part;
}

std::pmr::string Substitution::text_of(const Part& part, api::Request& request,
                                       std::span<const std::string_view> groups) {
  std::pmr::string out(&request.memory());
  switch (part.kind) {
    case Part::Kind::literal: out = part.text; break;
    case Part::Kind::group: out = groups[part.group]; break;
    case Part::Kind::value: part.value.append_to(out, request, nullptr); break;
  }
  return out;
}

std::pmr::string Substitution::make_path(api::Request& request, std::span<const std::string_view> groups) const {
  std::pmr::string out(&request.memory());
  for (const Part& part : path_) out += text_of(part, request, groups);
  return out;
}

std::optional<std::pmr::string> Substitution::make_query(api::Request& request,
                                                         std::span<const std::string_view> groups) const {
  if (!has_query_) return std::nullopt;
  std::pmr::string out(&request.memory());
  for (const Part& part : query_) {
    const std::pmr::string text = text_of(part, request, groups);
    if (part.kind == Part::Kind::literal)
      encode(text, kInUrl, out);
    else
      encode(text, part.encoded ? kInUrl : std::string_view(), out);
  }
  return out;
}

std::optional<std::string> Substitution::why_no_location() const {
  if (path_.empty()) return "has nothing to redirect to";
  std::string fixed;  // up to the first part that a client chooses
  for (const Part& part : path_) {
    if (part.kind == Part::Kind::literal) {
      fixed += part.text;
    } else if (part.kind == Part::Kind::value && part.names_host) {
      fixed += "x";
    } else {
      break;
    }
  }
  if (fixed.empty() && path_.front().kind == Part::Kind::group) return std::nullopt;
  if (fixed.starts_with("//") || fixed.starts_with("/\\")) return "would name another server without a scheme";
  const bool value_first = path_.front().kind == Part::Kind::value && path_.front().names_host;
  if (fixed.starts_with('/') || value_first) return std::nullopt;
  const size_t scheme = scheme_length(fixed);
  if (scheme == 0) return "starts with none of '/', 'http://' and 'https://'";
  if (scheme == fixed.size()) return "takes the host to redirect to from the request";
  return std::nullopt;
}

std::optional<std::pmr::string> Substitution::make_location(api::Request& request,
                                                            std::span<const std::string_view> groups) const {
  std::pmr::string out(&request.memory());
  size_t fixed = 0;  // bytes that no client has chosen
  bool still_fixed = true;
  for (const Part& part : path_) {
    const std::pmr::string text = text_of(part, request, groups);
    if (part.kind == Part::Kind::literal)
      out += text;
    else
      encode(text, part.encoded ? kInUrl : kInPath, out);
    still_fixed = still_fixed && (part.kind == Part::Kind::literal || part.names_host);
    if (still_fixed) fixed = out.size();
  }
  if (out.starts_with('/')) {
    if (out.size() > 1 && (out[1] == '/' || out[1] == '\\')) return std::nullopt;
  } else {
    const size_t scheme = scheme_length(out);
    if (scheme == 0) return std::nullopt;
    const size_t end = std::min(out.find_first_of("/?#", scheme), out.size());
    const std::string_view host = std::string_view(out).substr(scheme, end - scheme);
    if (end > fixed || !http::is_host(host)) return std::nullopt;
  }
  if (const auto query = make_query(request, groups)) {
    if (!query->empty()) out += '?';
    out += *query;
  } else if (!request.query().empty()) {
    out += '?';
    encode(request.query(), kInUrl, out);
  }
  if (!http::is_field_value(out) || out.find(' ') != std::pmr::string::npos) return std::nullopt;
  return out;
}

}  // namespace navajo::filters::rewrite
