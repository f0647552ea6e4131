// The request that asks whether a target is alive.
#pragma once

#include <string>

#include "navajo/api/attributes.h"
#include "navajo/api/request.h"

namespace navajo::servlets::load_balancer {

class ProbeRequest final : public api::Request, private api::BodyReader {
 public:
  // uri: starts with '/', may have a query; nothing in its path is encoded. Outlives this object.
  explicit ProbeRequest(std::string_view uri) : target_(uri), path_(uri.substr(0, uri.find('?'))) {
    fields_.add("User-Agent", "navajo-alive-check");
  }

  std::string_view method() const override { return "GET"; }
  std::string_view target() const override { return target_; }
  std::string_view path() const override { return path_; }
  std::string_view query() const override {
    return target_.size() > path_.size() ? target_.substr(path_.size() + 1) : std::string_view();
  }
  std::string_view protocol() const override { return "HTTP/1.1"; }
  bool secure() const override { return false; }
  std::string_view host() const override { return ""; }
  std::string_view authority() const override { return ""; }
  std::string_view client_address() const override { return "127.0.0.1"; }
  std::string_view peer_address() const override { return "127.0.0.1"; }
  uint16_t server_port() const override { return 0; }
  std::string_view id() const override { return "alive-check"; }
  std::string_view servlet_path() const override { return ""; }
  std::string_view path_info() const override { return path_; }
  http::Headers& headers() override { return fields_; }
  api::BodyReader& body() override { return *this; }
  std::optional<std::string_view> environment(std::string_view) override { return std::nullopt; }
  void set_environment(const char*, std::string_view) override {}
  std::optional<std::string_view> attribute(std::string_view name) const override { return attributes_.get(name); }
  void set_attribute(std::string_view name, std::string_view value) override { attributes_.set(name, value); }
  api::Session* session(api::SessionUse) override { return nullptr; }
  void set_session_source(api::SessionSource*) override {}
  std::pmr::memory_resource& memory() override { return memory_; }

 private:
  std::optional<uint64_t> declared_length() const override { return std::nullopt; }
  bool present() const override { return false; }
  api::BodyRead read(std::span<char>) override { return {}; }

  std::string_view target_, path_;
  http::HeaderList fields_;
  std::pmr::monotonic_buffer_resource memory_;
  api::Attributes attributes_{memory_};
};

}  // namespace navajo::servlets::load_balancer
