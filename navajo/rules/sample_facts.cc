#include "navajo/rules/sample_facts.h"

#include <algorithm>

#include "navajo/config/pattern.h"
#include "navajo/config/text.h"
#include "navajo/http/cookies.h"
#include "navajo/http/headers.h"

namespace navajo::rules {
namespace {

std::optional<std::string_view> there(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

bool visit_values(const std::vector<SampleValue>& values, std::string_view name, bool without_case,
                  Facts::Visitor visit) {
  return std::any_of(values.begin(), values.end(), [&](const SampleValue& value) {
    return (without_case ? http::same_name(value.name, name) : value.name == name) && visit(value.value);
  });
}

bool is_form(const Sample& sample) {
  return std::any_of(sample.headers.begin(), sample.headers.end(), [](const SampleValue& header) {
    return http::same_name(header.name, "Content-Type") &&
           config::lower_case(header.value).starts_with("application/x-www-form-urlencoded");
  });
}

}  // namespace

SampleFacts::SampleFacts(const Sample& sample) : sample_(sample), parameters_(memory_) {
  // More than there may be are left out, as a real request with them would be refused before.
  (void)parameters_.add(sample.query);
  if (sample.body && is_form(sample)) (void)parameters_.add(*sample.body);
}

void SampleFacts::set(std::vector<SampleValue>& among, std::string_view name, std::string value) {
  for (SampleValue& one : among)
    if (one.name == name) {
      one.value = std::move(value);
      return;
    }
  among.push_back({std::string(name), std::move(value)});
}

std::optional<std::string_view> SampleFacts::text(Field field) {
  switch (field) {
    case Field::path: return sample_.path;
    case Field::query: return there(sample_.query);
    case Field::target: return sample_.target;
    case Field::method: return sample_.method;
    case Field::host: return sample_.host;
    case Field::scheme: return sample_.scheme;
    case Field::protocol: return sample_.protocol;
    case Field::client: return sample_.client;
    case Field::peer: return sample_.peer;
    case Field::country: return there(sample_.country);
    case Field::body: return sample_.body ? std::optional<std::string_view>(*sample_.body) : std::nullopt;
    case Field::user: return sample_.user ? std::optional<std::string_view>(*sample_.user) : std::nullopt;
    case Field::role: return sample_.roles.empty() ? std::nullopt : std::optional<std::string_view>(sample_.roles[0]);
    case Field::request_id: return sample_.id;
    case Field::response_body:
      return response_ && response_->body ? std::optional<std::string_view>(*response_->body) : std::nullopt;
    case Field::backend: return response_ ? there(response_->backend) : std::nullopt;
    default: return std::nullopt;
  }
}

std::optional<int64_t> SampleFacts::number(Field field) {
  switch (field) {
    case Field::port: return sample_.port;
    case Field::request_size: return sample_.body ? static_cast<int64_t>(sample_.body->size()) : 0;
    case Field::status: return response_ ? std::optional<int64_t>(response_->status) : std::nullopt;
    case Field::response_size:
      if (!response_) return std::nullopt;
      return response_->body ? static_cast<int64_t>(response_->body->size()) : 0;
    case Field::duration: return response_ ? std::optional<int64_t>(response_->duration.count()) : std::nullopt;
    default: return std::nullopt;
  }
}

std::optional<AddressBytes> SampleFacts::address(Field field) {
  return config::address_bytes(field == Field::client ? sample_.client : sample_.peer);
}

bool SampleFacts::any(Field field, std::string_view name, Visitor visit) {
  switch (field) {
    case Field::header: return visit_values(sample_.headers, name, true, visit);
    case Field::cookie:
      for (const SampleValue& header : sample_.headers) {
        if (!http::same_name(header.name, "Cookie")) continue;
        http::CookieWalker walk(header.value);
        while (const auto cookie = walk.next())
          if (cookie->name == name && visit(cookie->value)) return true;
      }
      return false;
    case Field::parameter:
      return std::any_of(parameters_.all().begin(), parameters_.all().end(), [&](const http::Parameter& parameter) {
        return parameter.name == name && visit(parameter.value);
      });
    case Field::role: return std::any_of(sample_.roles.begin(), sample_.roles.end(), visit);
    case Field::tls: return visit_values(sample_.tls, name, false, visit);
    case Field::session: return visit_values(sample_.session, name, false, visit);
    case Field::attribute: return visit_values(sample_.attributes, name, false, visit);
    case Field::environment: return visit_values(sample_.environment, name, false, visit);
    case Field::tag: return visit_values(tags_, name, false, visit);
    case Field::capture: return visit_values(captures_, name, false, visit);
    case Field::response_header: return response_ && visit_values(response_->headers, name, true, visit);
    default: return false;
  }
}

void SampleFacts::for_each_header(HeaderVisitor visit) {
  for (const SampleValue& header : sample_.headers)
    if (!visit(header.name, header.value)) return;
}

}  // namespace navajo::rules
