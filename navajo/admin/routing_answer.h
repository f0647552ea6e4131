// routing show: for each Routing a `routing` line, followed by a `backend` line for each backend of its table as it is
// now: at most kMaxBackends short lines, made at once. One thread.
#pragma once

#include "navajo/admin/answer.h"
#include "navajo/admin/request.h"

namespace navajo::admin {

class RoutingAnswer final : public Answer {
 public:
  RoutingAnswer(Request request, Routers routers) : request_(std::move(request)), routers_(std::move(routers)) {}
  bool more(std::string& out) override;

 private:
  void show(const route::Router& router, std::string& out);

  const Request request_;
  const Routers routers_;
  size_t next_ = 0;
  uint64_t backends_ = 0;
};

}  // namespace navajo::admin
