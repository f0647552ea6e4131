#include "navajo/servlets/http_authentication/inner_request.h"

#include <algorithm>

#include "navajo/http/form.h"

namespace navajo::servlets::http_authentication {

InnerRequest::InnerRequest(api::Request& about, const Settings& settings)
    : RequestWrapper(about),
      settings_(settings),
      method_(settings.method),
      attributes_(about.memory()),
      form_(&about.memory()) {
  about.headers().for_each([&](std::string_view name, std::string_view value) {
    for (const std::string& wanted : settings.forward_fields)
      if (http::same_name(wanted, name)) fields_.add(wanted, value);
    return true;
  });
  fields_.set("X-Forwarded-Method", about.method());
  fields_.set("X-Forwarded-Proto", about.secure() ? "https" : "http");
  fields_.set("X-Forwarded-Host", about.authority().empty() ? about.host() : about.authority());
  fields_.set("X-Forwarded-Uri", about.target());
  fields_.set("X-Forwarded-For", about.client_address());
}

void InnerRequest::send(const api::LoginAnswers& answers) {
  method_ = "POST";
  fields_.set("Content-Type", http::kFormType);
  for (const auto& [name, value] : answers) {
    const auto asked = [&](const api::LoginField& field) { return field.name == name; };
    if (std::none_of(settings_.fields.begin(), settings_.fields.end(), asked)) continue;
    if (!form_.empty()) form_ += '&';
    http::form_encode(name, form_);
    form_ += '=';
    http::form_encode(value, form_);
  }
  sent_.emplace(form_);
}

std::pmr::string InnerRequest::question() {
  std::pmr::string out(&memory());
  const auto add = [&](std::string_view text) {
    const uint64_t size = text.size();
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out += text;
  };
  add(method_);
  add(target());
  fields_.for_each([&](std::string_view name, std::string_view value) {
    add(name);
    add(value);
    return true;
  });
  return out;
}

}  // namespace navajo::servlets::http_authentication
