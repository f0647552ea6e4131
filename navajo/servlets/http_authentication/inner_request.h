// The request a service is asked with: its own method, target, fields and body; who the client is and how it came are
// those of the request it is asked about. What a connector writes down about it stays here. Lives on the stack.
#pragma once

#include <optional>

#include "navajo/api/attributes.h"
#include "navajo/api/request_wrapper.h"
#include "navajo/api/text_body.h"
#include "navajo/servlets/http_authentication/settings.h"

namespace navajo::servlets::http_authentication {

class InnerRequest final : public api::RequestWrapper, private api::BodyReader {
 public:
  // settings outlive it. Forwards the fields they name, and says in X-Forwarded-* what is asked about.
  InnerRequest(api::Request& about, const Settings& settings);
  // It is a POST with these answers as a form: those of the fields that are asked for, and no others.
  void send(const api::LoginAnswers& answers);
  // Everything the service sees of it but the body, without a way to read one question as another.
  std::pmr::string question();

  std::string_view method() const override { return method_; }
  std::string_view target() const override { return settings_.uri; }
  std::string_view path() const override { return target().substr(0, target().find('?')); }
  std::string_view query() const override {
    return target().size() > path().size() ? target().substr(path().size() + 1) : std::string_view();
  }
  std::string_view protocol() const override { return "HTTP/1.1"; }
  std::string_view servlet_path() const override { return {}; }
  std::string_view path_info() const override { return path(); }
  http::Headers& headers() override { return fields_; }
  api::BodyReader& body() override { return sent_ ? static_cast<api::BodyReader&>(*sent_) : *this; }
  void set_environment(const char*, std::string_view) override {}
  std::optional<std::string_view> attribute(std::string_view name) const override {
    if (name == kBodyAttribute) return std::nullopt;
    const auto own = attributes_.get(name);
    return own ? own : RequestWrapper::attribute(name);
  }
  void set_attribute(std::string_view name, std::string_view value) override { attributes_.set(name, value); }
  const http::Parameters* parameters() override { return nullptr; }
  api::Session* session(api::SessionUse) override { return nullptr; }
  void set_session_source(api::SessionSource*) override {}

 private:
  // Of a question without a body.
  std::optional<uint64_t> declared_length() const override { return std::nullopt; }
  bool present() const override { return false; }
  api::BodyRead read(std::span<char>) override { return {}; }

  const Settings& settings_;
  std::string_view method_;
  http::HeaderList fields_;
  api::Attributes attributes_;
  std::pmr::string form_;
  std::optional<api::TextBody> sent_;
};

}  // namespace navajo::servlets::http_authentication
