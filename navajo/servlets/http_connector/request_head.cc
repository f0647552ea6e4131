#include "navajo/servlets/http_connector/request_head.h"

#include "navajo/http/field_kind.h"
#include "navajo/http/hop_by_hop.h"
#include "navajo/http/request_target.h"
#include "navajo/http/syntax.h"
#include "navajo/servlets/http_connector/joined_text.h"

namespace navajo::servlets::http_connector {
namespace {

using connector::Cause;
using connector::Failure;
using http::FieldKind;

// This server's name that often in Via means that requests run in a circle; chained proxies may share a name.
constexpr size_t kMaxOwnVia = 8;

// AllowEncodedSlashes NoDecode leaves "%2F" in a path; nothing else there is encoded.
bool has_only_encoded_slashes(std::string_view path) {
  if (path.find('?') != std::string_view::npos) return false;
  for (size_t at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1))
    if (!http::same_name(path.substr(at, 3), "%2F")) return false;
  return true;
}

bool always_has_a_length(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

// The fields we make that came with the request: where to look again for those that are appended to.
struct Seen {
  bool via = false, forwarded = false, forwarded_for = false, forwarded_proto = false, forwarded_host = false;
};

class Writer {
 public:
  Writer(const Settings& settings, api::Request& request, http::HeadWriter& out)
      : settings_(settings), request_(request), headers_(request.headers()), out_(out), named_(headers_) {}

  Failure write(const RequestHead& head) {
    if (named_.too_many()) return {Cause::request_head_malformed, "too many names in Connection"};
    out_.request_line(request_.method(), head.target, head.to_proxy ? head.host : std::string_view());
    out_.field("Host", head.host);
    if (!head.proxy_authorization.empty()) out_.field("Proxy-Authorization", head.proxy_authorization);
    trace_is_ours_ = !head.trace.parent.empty();
    headers_.for_each([this](std::string_view name, std::string_view value) {
      copy(name, value);
      return true;
    });
    write_client_fields();
    write_via();
    if (trace_is_ours_) write_trace(head.trace);
    write_framing(head);
    out_.end_head();
    if (loop_) return {Cause::forwarding_loop, "this server stands in Via too often"};
    if (out_.state() == http::HeadWriter::State::full) return {Cause::request_head_too_large, "over 64 KB"};
    if (out_.state() == http::HeadWriter::State::malformed)
      return {Cause::request_head_malformed, "a field that must not be forwarded"};
    return {};
  }

 private:
  // The client's own fields. Those we make are only noted.
  void copy(std::string_view name, std::string_view value) {
    const FieldKind kind = http::field_kind(name, http::Spelling::folded);
    if (kind == FieldKind::other || kind >= FieldKind::content_type) {
      if (trace_is_ours_ && is_trace_field(name)) return;
      if (named_.empty() || !named_.names(name)) out_.field(name, value);
      return;
    }
    // An underscore alias of a special name is nobody's friend, and a named field ends here.
    if (name.find('_') != std::string_view::npos || named_.names(name)) return;
    switch (kind) {
      case FieldKind::via: seen_.via = true; return;
      case FieldKind::x_forwarded_for:
        return copy_client_field(settings_.forwarded_for, name, value, seen_.forwarded_for);
      case FieldKind::x_forwarded_proto:
        return copy_client_field(settings_.forwarded_proto, name, value, seen_.forwarded_proto);
      case FieldKind::x_forwarded_host:
        return copy_client_field(settings_.forwarded_host, name, value, seen_.forwarded_host);
      case FieldKind::forwarded: return copy_client_field(settings_.forwarded, name, value, seen_.forwarded);
      case FieldKind::x_real_ip: {
        bool unused = false;
        return copy_client_field(settings_.real_ip, name, value, unused);
      }
      default: return;  // hop-by-hop, framing, Host, Expect, Proxy
    }
  }

  void copy_client_field(ClientField what, std::string_view name, std::string_view value, bool& seen) {
    if (what == ClientField::pass) out_.field(name, value);
    if (what == ClientField::append) seen = true;
  }

  // What came under that name, as one list in front of what we add.
  void repeat(FieldKind kind, bool seen) {
    if (!seen) return;
    headers_.for_each([&](std::string_view name, std::string_view value) {
      if (http::field_kind(name) != kind) return true;
      if (kind == FieldKind::via) count_own_via(value);
      if (value.empty()) return true;
      out_.part(value);
      out_.part(", ");
      return true;
    });
  }

  void write_client_fields() {
    const std::string_view proto = request_.secure() ? "https" : "http";
    write_one("X-Forwarded-For", FieldKind::x_forwarded_for, settings_.forwarded_for, seen_.forwarded_for, address());
    write_one("X-Forwarded-Proto", FieldKind::x_forwarded_proto, settings_.forwarded_proto, seen_.forwarded_proto,
              proto);
    if (!request_.authority().empty())
      write_one("X-Forwarded-Host", FieldKind::x_forwarded_host, settings_.forwarded_host, seen_.forwarded_host,
                request_.authority());
    if (settings_.real_ip == ClientField::replace) out_.field("X-Real-IP", request_.client_address());
    if (settings_.forwarded == ClientField::replace || settings_.forwarded == ClientField::append)
      write_forwarded(proto);
  }

  // With append the list already holds what the peer says about the client: what we add is the peer.
  std::string_view address() const {
    return settings_.forwarded_for == ClientField::append ? request_.peer_address() : request_.client_address();
  }

  void write_one(std::string_view name, FieldKind kind, ClientField what, bool seen, std::string_view value) {
    if (what != ClientField::replace && what != ClientField::append) return;
    out_.begin_field(name);
    repeat(kind, seen);
    out_.part(value);
    out_.end_field();
  }

  void write_forwarded(std::string_view proto) {
    const bool append = settings_.forwarded == ClientField::append;
    const std::string_view address = append ? request_.peer_address() : request_.client_address();
    const bool six = address.find(':') != std::string_view::npos;
    out_.begin_field("Forwarded");
    repeat(FieldKind::forwarded, seen_.forwarded);
    out_.part(six ? "for=\"[" : "for=");
    out_.part(address);
    out_.part(six ? "]\";proto=" : ";proto=");
    out_.part(proto);
    // Quoted, since a port brings a colon; anything that would need escaping is no host.
    if (http::is_host(request_.authority())) {
      out_.part(";host=\"");
      out_.part(request_.authority());
      out_.part("\"");
    }
    out_.end_field();
  }

  void write_via() {
    if (settings_.via.empty() && !seen_.via) return;
    out_.begin_field("Via");
    if (settings_.via.empty()) {
      pass_via();
    } else {
      repeat(FieldKind::via, seen_.via);
      const std::string_view protocol = request_.protocol();
      out_.part(protocol.starts_with("HTTP/") ? protocol.substr(5) : protocol);
      out_.part(" ");
      out_.part(settings_.via);
    }
    out_.end_field();
  }

  void pass_via() {
    bool first = true;
    headers_.for_each([&](std::string_view name, std::string_view value) {
      if (http::field_kind(name) != FieldKind::via) return true;
      if (!first) out_.part(", ");
      first = false;
      out_.part(value);
      return true;
    });
  }

  void count_own_via(std::string_view list) {
    http::ListWalker walk(list);
    while (const auto element = walk.next()) {
      // "1.1 name (comment)"
      const size_t space = element->find(' ');
      if (space == std::string_view::npos) continue;
      const std::string_view by = http::trim(element->substr(space + 1));
      if (http::same_name(by.substr(0, by.find(' ')), settings_.via) && ++own_via_ > kMaxOwnVia) loop_ = true;
    }
  }

  static bool is_trace_field(std::string_view name) {
    return (name.size() == 11 && http::same_name(name, "traceparent")) ||
           (name.size() == 10 && http::same_name(name, "tracestate"));
  }

  void write_trace(const api::TraceFields& trace) {
    out_.field("traceparent", trace.parent);
    if (!trace.state.empty()) out_.field("tracestate", trace.state);
  }

  void write_framing(const RequestHead& head) {
    switch (head.framing.kind) {
      case RequestFraming::Kind::chunked: out_.field("Transfer-Encoding", "chunked"); break;
      case RequestFraming::Kind::length: out_.field("Content-Length", head.framing.length); break;
      case RequestFraming::Kind::none:
        if (always_has_a_length(request_.method())) out_.field("Content-Length", uint64_t{0});
        break;
    }
    if (head.announce_expectation) out_.field("Expect", "100-continue");
    if (!head.upgrade.empty()) return write_upgrade(head.upgrade);
    if (head.accept_trailers) out_.field("TE", "trailers");
    if (head.accept_trailers || !settings_.keep_alive)
      out_.field("Connection", settings_.keep_alive ? "TE" : head.accept_trailers ? "close, TE" : "close");
  }

  void write_upgrade(std::string_view protocol) {
    out_.field("Connection", "Upgrade");
    out_.field("Upgrade", protocol);
  }

  const Settings& settings_;
  api::Request& request_;
  http::Headers& headers_;
  http::HeadWriter& out_;
  http::ConnectionOptions named_;
  Seen seen_;
  size_t own_via_ = 0;
  bool loop_ = false, trace_is_ours_ = false;
};

}  // namespace

RequestFraming request_framing(api::Request& request) {
  api::BodyReader& body = request.body();
  const auto length = body.declared_length();
  if (length)
    return {*length > 0 || body.present() ? RequestFraming::Kind::length : RequestFraming::Kind::none, *length};
  return {body.present() ? RequestFraming::Kind::chunked : RequestFraming::Kind::none, 0};
}

std::optional<std::string_view> target_for(const Settings& settings, api::Request& request) {
  const std::string_view target = request.target();
  if (target == "*") return request.method() == "OPTIONS" ? std::optional(target) : std::nullopt;
  const std::string_view encoded = target.substr(0, target.find('?'));
  const std::string_view query = target.substr(encoded.size());
  const std::string_view path = request.path();
  const bool path_info = settings.mapping == Mapping::path_info;
  if (path_info && !path.ends_with(request.path_info())) return std::nullopt;
  const std::string_view wanted = path_info ? request.path_info() : path;
  const std::string_view prefix = path_info ? std::string_view(settings.uri_prefix) : std::string_view();

  if (const auto spelling = http::spelling_of_tail(encoded, path, path.size() - wanted.size())) {
    // The rest of the client's target, as it stands there.
    const std::string_view rest(spelling->data(), spelling->size() + query.size());
    if (http::is_request_target(rest)) return prefix.empty() ? rest : joined({prefix, rest}, request.memory());
    if (spelling->empty() && (query.empty() || http::is_request_target(joined({"/", query}, request.memory()))))
      return joined({prefix.empty() ? "/" : prefix, query}, request.memory());
  }
  if (settings.encode_path) return http::encode_target(prefix, wanted, request.query(), request.memory());
  const std::string_view mark = request.query().empty() ? "" : "?";
  const std::string_view whole = joined({prefix, wanted, mark, request.query()}, request.memory());
  // A '%' may stand for an octet it did not stand for when the decisions were made.
  if (!http::is_request_target(whole) || !has_only_encoded_slashes(wanted)) return std::nullopt;
  return whole;
}

connector::Failure write_request_head(const Settings& settings, api::Request& request, const RequestHead& head,
                                      http::HeadWriter& writer) {
  return Writer(settings, request, writer).write(head);
}

}  // namespace navajo::servlets::http_connector
