// A request that hands everything on to another one: a filter overrides what the rest of the chain is to see
// differently (path, body, headers ...). Lives on the stack of the filter, around its call of the rest.
#pragma once

#include "navajo/api/request.h"

namespace navajo::api {

class RequestWrapper : public Request {
 public:
  explicit RequestWrapper(Request& inner) : inner_(inner) {}
  std::string_view method() const override { return inner_.method(); }
  std::string_view target() const override { return inner_.target(); }
  std::string_view path() const override { return inner_.path(); }
  std::string_view query() const override { return inner_.query(); }
  std::string_view protocol() const override { return inner_.protocol(); }
  bool secure() const override { return inner_.secure(); }
  std::string_view host() const override { return inner_.host(); }
  std::string_view authority() const override { return inner_.authority(); }
  std::string_view client_address() const override { return inner_.client_address(); }
  std::string_view peer_address() const override { return inner_.peer_address(); }
  uint16_t server_port() const override { return inner_.server_port(); }
  std::string_view id() const override { return inner_.id(); }
  std::string_view servlet_path() const override { return inner_.servlet_path(); }
  std::string_view path_info() const override { return inner_.path_info(); }
  http::Headers& headers() override { return inner_.headers(); }
  BodyReader& body() override { return inner_.body(); }
  std::optional<std::string_view> environment(std::string_view name) override { return inner_.environment(name); }
  void set_environment(const char* name, std::string_view value) override { inner_.set_environment(name, value); }
  std::optional<std::string_view> attribute(std::string_view name) const override { return inner_.attribute(name); }
  void set_attribute(std::string_view name, std::string_view value) override { inner_.set_attribute(name, value); }
  const http::Parameters* parameters() override { return inner_.parameters(); }
  Session* session(SessionUse use) override { return inner_.session(use); }
  void set_session_source(SessionSource* source) override { inner_.set_session_source(source); }
  const ForwardTarget* forward_target() const override { return inner_.forward_target(); }
  BackendCalls* backend_calls() override { return inner_.backend_calls(); }
  std::pmr::memory_resource& memory() override { return inner_.memory(); }

 protected:
  Request& inner() { return inner_; }

 private:
  Request& inner_;
};

}  // namespace navajo::api
