// Facts of a real request, and of its response once there is one. Lives on the stack of whoever applies rules to the
// request, for as long as that takes; one fiber or thread. What earlier rules tagged and captured is kept here.
#pragma once

#include <memory_resource>
#include <string>
#include <string_view>

#include "navajo/api/attributes.h"
#include "navajo/api/request.h"
#include "navajo/api/response.h"
#include "navajo/base/clock.h"
#include "navajo/rules/facts.h"

namespace navajo::rules {

class RequestFacts final : public Facts {
 public:
  RequestFacts(api::Request& request, base::TimePoint begun);

  // What may be inspected of the bodies; the bytes live as long as this.
  void set_body(std::string_view first_bytes) { body_ = first_bytes; }
  void set_response_body(std::string_view first_bytes) { response_body_ = first_bytes; }
  // From here on there is a response. status: what the client gets, if it is not the response's own.
  void set_response(api::Response& response, int status = 0);
  // All is over: sizes and duration are what they really were.
  void set_end(std::optional<uint64_t> request_bytes, uint64_t response_bytes);

  // Copied into the request's memory. A name that is there already gets the new value.
  void set_tag(std::string_view name, std::string_view value) { tags_.set(name, value); }
  void set_capture(std::string_view name, std::string_view value) { captures_.set(name, value); }
  // "a=1;b=2", for logs.
  void append_tags(std::pmr::string& into) const;

  std::optional<std::string_view> text(Field field) override;
  std::optional<int64_t> number(Field field) override;
  std::optional<AddressBytes> address(Field field) override;
  bool any(Field field, std::string_view name, Visitor visit) override;
  void for_each_header(HeaderVisitor visit) override;
  int64_t wall_time() override { return wall_time_; }

  api::Request& request() { return request_; }

 private:
  std::optional<std::string_view> country();

  api::Request& request_;
  api::Response* response_ = nullptr;
  base::TimePoint begun_;
  int64_t wall_time_;
  int status_ = 0;
  std::optional<std::string_view> body_, response_body_;
  std::optional<uint64_t> request_bytes_, response_bytes_;
  api::Attributes tags_, captures_;
  std::optional<std::optional<AddressBytes>> client_, peer_;  // outer: whether it was looked at
};

}  // namespace navajo::rules
