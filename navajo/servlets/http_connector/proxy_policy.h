// ProxyPolicy: what the connector mends in a backend's answer. mime-completion: an answer with a body and without
// a Content-Type gets the one web.xml's mime-mapping has for the extension of the path. Lives around one exchange.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "navajo/api/response.h"
#include "navajo/config/params.h"

namespace navajo::servlets::http_connector {

using MimeTypes = std::map<std::string, std::string, std::less<>>;  // extension, lower case -> type

// Of the last segment of the path; empty when there is none.
std::string_view mime_type_of(std::string_view path, const MimeTypes& types);

class MimeCompletingResponse final : public api::ResponseWrapper {
 public:
  // path: the request's, decoded. Both outlive the object.
  MimeCompletingResponse(api::Response& inner, std::string_view path, const MimeTypes& types)
      : ResponseWrapper(inner), path_(path), types_(types) {}
  void set_content_type(std::string_view type) override {
    typed_ = !type.empty();
    ResponseWrapper::set_content_type(type);
  }

 protected:
  void before_commit() override {
    if (typed_ || status() == 204 || status() == 304) return;
    const std::string_view type = mime_type_of(path_, types_);
    if (!type.empty()) inner().set_content_type(type);
  }

 private:
  std::string_view path_;
  const MimeTypes& types_;
  bool typed_ = false;
};

}  // namespace navajo::servlets::http_connector
