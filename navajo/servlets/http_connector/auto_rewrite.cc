#include "navajo/servlets/http_connector/auto_rewrite.h"

#include <algorithm>

#include "navajo/http/syntax.h"
#include "navajo/observe/log.h"
#include "navajo/servlets/http_connector/joined_text.h"
#include "navajo/servlets/http_connector/location.h"
#include "navajo/servlets/http_connector/settings.h"

namespace navajo::servlets::http_connector {
namespace {

using api::WriteStatus;
using http::Replacement;

constexpr std::string_view kNotForBackend[] = {"Accept-Encoding", "Range", "If-Range"};

enum class Form : uint8_t { plain, json, percent };

// A link as it stands in a text of that form.
std::string_view written(std::string_view link, Form form, std::pmr::memory_resource& memory) {
  if (form == Form::plain) return link;
  char* const start = static_cast<char*>(memory.allocate(link.size() * 3 + 1, 1));
  char* out = start;
  for (const char c : link) {
    if (form == Form::json && c == '/') {
      *out++ = '\\';
      *out++ = '/';
    } else if (form == Form::percent && (c == ':' || c == '/' || c == '%' || c == '[' || c == ']')) {
      static constexpr char kDigits[] = "0123456789ABCDEF";
      *out++ = '%';
      *out++ = kDigits[static_cast<unsigned char>(c) >> 4];
      *out++ = kDigits[c & 15];
    } else {
      *out++ = c;
    }
  }
  return {start, static_cast<size_t>(out - start)};
}

std::string_view in_lower_case(std::string_view text, std::pmr::memory_resource& memory) {
  char* const start = static_cast<char*>(memory.allocate(text.size() + 1, 1));
  std::transform(text.begin(), text.end(), start, http::lower);
  return {start, text.size()};
}

// Collects the rows for one request.
class LinkTable {
 public:
  LinkTable(const Settings& settings, api::Request& request)
      : settings_(settings), request_(request), memory_(request.memory()), rows_(&request.memory()) {}

  std::pmr::vector<Replacement> make() {
    client_ = request_.authority();
    if (!http::is_host(client_)) return std::move(rows_);
    const bool path_info = settings_.mapping == Mapping::path_info;
    inner_path_ = path_info ? std::string_view(settings_.uri_prefix) : std::string_view();
    client_path_ = path_info ? mapped_prefix(request_) : std::string_view();
    for (const auto& address : settings_.addresses) add_host(address.host_field);
    for (const std::string& name : settings_.inner_names) add_host(name);
    const std::string_view host = settings_.host_name.value(request_);
    if (http::is_host(host)) add_host(host);
    // The backend knows the public name, but not that the client came over TLS.
    if (request_.secure()) add("http://", client_, "", "https://", client_, "");
    return std::move(rows_);
  }

 private:
  void add_host(std::string_view host) {
    if (http::same_name(host, client_)) return;
    const bool six = host.starts_with('[');
    const size_t colon = six ? host.find("]:") : host.rfind(':');
    const std::string_view port = colon == std::string_view::npos ? "" : host.substr(colon + (six ? 2 : 1));
    const std::string_view bare =
        colon == std::string_view::npos ? host : host.substr(0, colon + (six ? 1 : 0));
    if (port.empty() || port == "80") {
      add_schemes(bare, true, false);
      add_schemes(joined({bare, ":80"}, memory_), true, false);
    }
    if (port.empty() || port == "443") {
      add_schemes(bare, false, true);
      add_schemes(joined({bare, ":443"}, memory_), false, true);
    }
    if (!port.empty() && port != "80" && port != "443") add_schemes(host, true, true);
  }
  void add_schemes(std::string_view host, bool plain, bool tls) {
    const std::string_view scheme = request_.secure() ? "https://" : "http://";
    if (plain) add("http://", host, inner_path_, scheme, client_, client_path_);
    if (tls) add("https://", host, inner_path_, scheme, client_, client_path_);
    add("//", host, inner_path_, "//", client_, client_path_);
  }
  void add(std::string_view scheme, std::string_view host, std::string_view path, std::string_view new_scheme,
           std::string_view new_host, std::string_view new_path) {
    const std::string_view from = joined({scheme, host, path}, memory_);
    const std::string_view to = joined({new_scheme, new_host, new_path}, memory_);
    const bool any = scheme.size() > 2;
    for (const Form form : {Form::plain, Form::json, Form::percent}) {
      const Replacement row{in_lower_case(written(from, form, memory_), memory_), written(to, form, memory_),
                            any ? Replacement::Before::any : Replacement::Before::start_of_link,
                            path.empty() ? Replacement::After::end_of_host : Replacement::After::end_of_path};
      const bool known = std::any_of(rows_.begin(), rows_.end(), [&](const Replacement& other) {
        return other.from == row.from;
      });
      if (!known) rows_.push_back(row);
    }
  }

  const Settings& settings_;
  api::Request& request_;
  std::pmr::memory_resource& memory_;
  std::pmr::vector<Replacement> rows_;
  std::string_view client_, inner_path_, client_path_;
};

// "text/html" of "text/HTML; charset=x".
std::string_view media_type(std::string_view content_type) {
  return http::trim(content_type.substr(0, content_type.find(';')));
}
bool ends_with_name(std::string_view text, std::string_view end) {
  return text.size() > end.size() && http::same_name(text.substr(text.size() - end.size()), end);
}

// The path of a backend's cookie as the client sees it; value itself when it is none of ours.
std::string_view client_cookie_path(std::string_view value, const Settings& settings, api::Request& request) {
  if (settings.mapping != Mapping::path_info || !value.starts_with('/')) return value;
  const std::string_view prefix = settings.uri_prefix;
  std::string_view path = value;
  while (path.ends_with('/')) path.remove_suffix(1);
  const auto below = [](std::string_view inner, std::string_view outer) {
    return inner.starts_with(outer) && (inner.size() == outer.size() || inner[outer.size()] == '/');
  };
  const std::string_view mapped = mapped_prefix(request);
  if (below(prefix, path)) return mapped.empty() ? std::string_view("/") : mapped;  // "/" of "/base"
  if (!below(path, prefix)) return value;
  return joined({mapped, path.substr(prefix.size())}, request.memory());
}

}  // namespace

bool is_rewritten_type(std::string_view content_type, AutoRewrite mode) {
  if (mode != AutoRewrite::html && mode != AutoRewrite::all) return false;
  // Texts of two or four bytes a character hold no link that could be found.
  for (const std::string_view wide : {"utf-16", "utf-32", "ucs-2", "ucs-4"})
    for (size_t at = 0; at + wide.size() <= content_type.size(); at++)
      if (http::same_name(content_type.substr(at, wide.size()), wide)) return false;
  const std::string_view type = media_type(content_type);
  for (const std::string_view one : {"text/html", "application/xhtml+xml", "text/css"})
    if (http::same_name(type, one)) return true;
  if (mode != AutoRewrite::all) return false;
  for (const std::string_view one : {"text/javascript", "application/javascript", "application/x-javascript",
                                     "application/ecmascript", "text/ecmascript", "application/json", "text/json",
                                     "application/xml", "text/xml"})
    if (http::same_name(type, one)) return true;
  return ends_with_name(type, "+json") || ends_with_name(type, "+xml");
}

std::pmr::vector<Replacement> link_table(const Settings& settings, api::Request& request) {
  return LinkTable(settings, request).make();
}

RewritingRequest::RewritingRequest(api::Request& inner, AutoRewrite mode)
    : RequestWrapper(inner),
      hidden_(inner.headers(), mode == AutoRewrite::html || mode == AutoRewrite::all
                                   ? std::span<const std::string_view>(kNotForBackend)
                                   : std::span<const std::string_view>()) {}

// ---------------------------------------------------------------- response

RewritingResponse::RewritingResponse(const Settings& settings, api::Request& request, api::Response& inner,
                                     RewriteCounters& counters)
    : ResponseWrapper(inner),
      settings_(settings),
      request_(request),
      counters_(counters),
      table_(&request.memory()),
      content_type_(&request.memory()) {}

void RewritingResponse::set_content_type(std::string_view type) {
  content_type_ = type;
  ResponseWrapper::set_content_type(type);
}

void RewritingResponse::before_commit() {
  table_ = link_table(settings_, request_);
  rewrite_fields();
  rewrite_cookies();
  const bool changes = body_is_rewritten();
  const bool may_change = status() == 304 && content_type_.empty() && settings_.auto_rewrite != AutoRewrite::header;
  if (changes || may_change) mark_as_changed();
  if (!changes) {
    if (length_) inner().set_content_length(*length_);
    return;
  }
  if (request_.method() == "HEAD" || status() == 304 || status() == 204) return;
  replacer_.emplace(table_, request_.memory());
  counters_.bodies.fetch_add(1, std::memory_order_relaxed);
}

bool RewritingResponse::body_is_rewritten() {
  if (table_.empty() || !is_rewritten_type(content_type_, settings_.auto_rewrite)) return false;
  if (status() == 206 || headers().get("Content-Range")) return false;  // not asked for: a part has no beginning
  const auto coding = headers().get("Content-Encoding");
  if (!coding || http::same_name(http::trim(*coding), "identity")) return true;
  note_encoded_body();
  return false;
}

void RewritingResponse::note_encoded_body() {
  counters_.left_encoded.fetch_add(1, std::memory_order_relaxed);
  observe::log(observe::id::body_not_rewritten,
               "the backend compressed the answer to request %.*s though it was not asked to: its links stay",
               static_cast<int>(request_.id().size()), request_.id().data());
}

void RewritingResponse::rewrite_fields() {
  if (table_.empty()) return;
  for (const char* name : {"Location", "Content-Location", "Refresh", "Link"}) {
    std::pmr::vector<std::pmr::string> values(&request_.memory());
    bool changed = false;
    headers().for_each([&](std::string_view field, std::string_view value) {
      if (!http::same_name(field, name)) return true;
      values.push_back(http::replace_all(value, table_, request_.memory()));
      changed = changed || values.back() != value;
      return true;
    });
    if (!changed) continue;
    headers().remove(name);
    for (const std::pmr::string& value : values) headers().add(name, value);
  }
}

void RewritingResponse::rewrite_cookies() {
  std::pmr::vector<std::string_view> values(&request_.memory());
  headers().for_each([&](std::string_view field, std::string_view value) {
    if (http::same_name(field, "Set-Cookie")) values.push_back(joined({value}, request_.memory()));
    return true;
  });
  if (values.empty()) return;
  headers().remove("Set-Cookie");
  for (const std::string_view value : values) headers().add("Set-Cookie", rewritten_cookie(value));
}

std::string_view RewritingResponse::rewritten_cookie(std::string_view value) {
  std::pmr::string out(&request_.memory());
  const bool host_only = value.size() > 7 && http::same_name(value.substr(0, 7), "__Host-");
  const auto is_inner = [this](std::string_view domain) {
    if (domain.starts_with('.')) domain.remove_prefix(1);
    const auto names = [&](std::string_view host) {
      const size_t colon = host.rfind(':');
      return http::same_name(host.ends_with(']') ? host : host.substr(0, colon), domain);
    };
    return std::any_of(settings_.addresses.begin(), settings_.addresses.end(),
                       [&](const auto& address) { return names(address.host_field); }) ||
           std::any_of(settings_.inner_names.begin(), settings_.inner_names.end(), names) ||
           (!http::same_name(domain, request_.host()) && names(settings_.host_name.value(request_)));
  };
  for (size_t at = 0; at <= value.size();) {
    const size_t end = std::min(value.find(';', at), value.size());
    const std::string_view attribute = value.substr(at, end - at);
    const size_t equals = std::min(attribute.find('='), attribute.size());
    const std::string_view name = http::trim(attribute.substr(0, equals));
    const std::string_view text = http::trim(attribute.substr(std::min(equals + 1, attribute.size())));
    const bool first = at == 0;
    at = end + 1;
    // Without a Domain the cookie belongs to the host the client has asked: this one.
    if (!first && http::same_name(name, "Domain") && is_inner(text)) continue;
    if (!first) out += ';';
    if (!first && http::same_name(name, "Path") && !host_only) {
      out += attribute.substr(0, std::min(equals + 1, attribute.size()));
      out += client_cookie_path(text, settings_, request_);
    } else {
      out += attribute;
    }
  }
  return joined({out}, request_.memory());
}

// The bytes are no longer those the backend has described.
void RewritingResponse::mark_as_changed() {
  for (const char* name : {"Content-MD5", "Digest", "Content-Digest", "Repr-Digest", "Accept-Ranges"})
    headers().remove(name);
  const auto etag = headers().get("ETag");
  if (etag && etag->starts_with('"')) headers().set("ETag", joined({"W/", *etag}, request_.memory()));
}

WriteStatus RewritingResponse::write(std::span<const char> bytes) {
  if (commit() != WriteStatus::ok) return WriteStatus::client_gone;
  if (!replacer_) return inner().write(bytes);
  const auto sink = [this](std::span<const char> out) { return inner().write(out) == WriteStatus::ok; };
  return replacer_->write(bytes, sink) ? WriteStatus::ok : WriteStatus::client_gone;
}

void RewritingResponse::abort() {
  aborted_ = true;
  ResponseWrapper::abort();
}

void RewritingResponse::end() {
  if (aborted_ || commit() != WriteStatus::ok || !replacer_) return;
  (void)replacer_->finish([this](std::span<const char> out) { return inner().write(out) == WriteStatus::ok; });
  counters_.links.fetch_add(replacer_->replaced(), std::memory_order_relaxed);
  replacer_.reset();
}

}  // namespace navajo::servlets::http_connector
