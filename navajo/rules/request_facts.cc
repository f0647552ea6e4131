#include "navajo/rules/request_facts.h"

#include <ctime>

#include "navajo/api/authentication.h"
#include "navajo/config/pattern.h"
#include "navajo/http/cookies.h"
#include "navajo/http/syntax.h"

namespace navajo::rules {
namespace {

// Where elements that look up countries leave them; the first that is there counts.
constexpr std::string_view kCountryVariables[] = {"QS_Country", "MM_COUNTRY_CODE", "GEOIP_COUNTRY_CODE"};

struct TlsFact {
  std::string_view name, variable;
};
constexpr TlsFact kTlsFacts[] = {
    {"protocol", "SSL_PROTOCOL"},           {"cipher", "SSL_CIPHER"},
    {"server_name", "SSL_TLS_SNI"},         {"client_subject", "SSL_CLIENT_S_DN"},
    {"client_issuer", "SSL_CLIENT_I_DN"},   {"client_verify", "SSL_CLIENT_VERIFY"},
};

std::optional<std::string_view> if_not_empty(std::optional<std::string_view> value) {
  return value && !value->empty() ? value : std::nullopt;
}

bool visit_one(const std::optional<std::string_view>& value, Facts::Visitor visit) { return value && visit(*value); }

bool visit_fields(const http::Headers& fields, std::string_view name, Facts::Visitor visit) {
  bool found = false;
  fields.for_each([&](std::string_view field, std::string_view value) {
    if (http::same_name(field, name)) found = visit(value);
    return !found;
  });
  return found;
}

bool visit_cookies(const http::Headers& fields, std::string_view name, Facts::Visitor visit) {
  return visit_fields(fields, "Cookie", [&](std::string_view field) {
    http::CookieWalker walk(field);
    while (const auto cookie = walk.next())
      if (cookie->name == name && visit(cookie->value)) return true;
    return false;
  });
}

bool visit_roles(api::Request& request, Facts::Visitor visit) {
  http::ListWalker walk(request.attribute(api::kRolesAttribute).value_or(""));
  while (const auto role = walk.next())
    if (visit(*role)) return true;
  return false;
}

}  // namespace

RequestFacts::RequestFacts(api::Request& request, base::TimePoint begun)
    : request_(request), begun_(begun), tags_(request.memory()), captures_(request.memory()) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  wall_time_ = now.tv_sec;
}

void RequestFacts::set_response(api::Response& response, int status) {
  response_ = &response;
  status_ = status;
}

void RequestFacts::set_end(std::optional<uint64_t> request_bytes, uint64_t response_bytes) {
  request_bytes_ = request_bytes;
  response_bytes_ = response_bytes;
}

void RequestFacts::append_tags(std::pmr::string& into) const {
  tags_.for_each([&into](std::string_view name, std::string_view value) {
    if (!into.empty()) into += ';';
    into.append(name).append("=").append(value);
  });
}

std::optional<std::string_view> RequestFacts::country() {
  for (const std::string_view variable : kCountryVariables)
    if (const auto value = if_not_empty(request_.environment(variable))) return value;
  return std::nullopt;
}

std::optional<std::string_view> RequestFacts::text(Field field) {
  switch (field) {
    case Field::path: return request_.path();
    case Field::query: return if_not_empty(request_.query());
    case Field::target: return request_.target();
    case Field::method: return request_.method();
    case Field::host: return if_not_empty(request_.host());
    case Field::scheme: return request_.secure() ? "https" : "http";
    case Field::protocol: return request_.protocol();
    case Field::client: return if_not_empty(request_.client_address());
    case Field::peer: return if_not_empty(request_.peer_address());
    case Field::country: return country();
    case Field::body: return body_;
    case Field::request_id: return request_.id();
    case Field::user: {
      const auto user = if_not_empty(request_.attribute(api::kUserAttribute));
      return user ? user : if_not_empty(request_.environment("REMOTE_USER"));
    }
    case Field::role: {
      std::optional<std::string_view> first;
      visit_roles(request_, [&](std::string_view role) {
        first = role;
        return true;
      });
      return first;
    }
    case Field::response_body: return response_body_;
    case Field::backend: return if_not_empty(request_.environment("inetAB"));
    default: return std::nullopt;
  }
}

std::optional<int64_t> RequestFacts::number(Field field) {
  switch (field) {
    case Field::port: return request_.server_port();
    case Field::request_size: {
      if (request_bytes_) return static_cast<int64_t>(*request_bytes_);
      if (!request_.body().present()) return 0;
      const std::optional<uint64_t> declared = request_.body().declared_length();
      return declared ? std::optional<int64_t>(static_cast<int64_t>(*declared)) : std::nullopt;
    }
    case Field::status:
      if (!response_) return std::nullopt;
      return status_ != 0 ? status_ : response_->status();
    case Field::response_size: {
      if (response_bytes_) return static_cast<int64_t>(*response_bytes_);
      if (!response_) return std::nullopt;
      const auto declared = response_->headers().get("Content-Length");
      const auto bytes = declared ? http::parse_decimal(*declared) : std::nullopt;
      return bytes ? std::optional<int64_t>(static_cast<int64_t>(*bytes)) : std::nullopt;
    }
    case Field::duration:
      if (!response_) return std::nullopt;
      return std::chrono::duration_cast<std::chrono::milliseconds>(base::system_clock().now() - begun_).count();
    default: return std::nullopt;
  }
}

std::optional<AddressBytes> RequestFacts::address(Field field) {
  auto& known = field == Field::client ? client_ : peer_;
  if (!known)
    known.emplace(config::address_bytes(field == Field::client ? request_.client_address() : request_.peer_address()));
  return *known;
}

bool RequestFacts::any(Field field, std::string_view name, Visitor visit) {
  switch (field) {
    case Field::header: return visit_fields(request_.headers(), name, visit);
    case Field::response_header: return response_ && visit_fields(response_->headers(), name, visit);
    case Field::cookie: return visit_cookies(request_.headers(), name, visit);
    case Field::role: return visit_roles(request_, visit);
    case Field::attribute: return visit_one(request_.attribute(name), visit);
    case Field::environment: return visit_one(request_.environment(name), visit);
    case Field::session: {
      api::Session* session = request_.session(api::SessionUse::existing);
      return session && visit_one(session->get(name), visit);
    }
    case Field::parameter: {
      const http::Parameters* parameters = request_.parameters();
      if (!parameters) return false;
      for (const http::Parameter& one : parameters->all())
        if (one.name == name && visit(one.value)) return true;
      return false;
    }
    case Field::tls:
      for (const TlsFact& fact : kTlsFacts)
        if (fact.name == name) return visit_one(if_not_empty(request_.environment(fact.variable)), visit);
      return false;
    case Field::tag: return visit_one(tags_.get(name), visit);
    case Field::capture: return visit_one(captures_.get(name), visit);
    default: return visit_one(text(field), visit);
  }
}

void RequestFacts::for_each_header(HeaderVisitor visit) { request_.headers().for_each(visit); }

}  // namespace navajo::rules
