// Servlets answer requests, filters stand before them. One object per declaration in web.xml, made
// while the configuration is read (in the parent, may throw), shared by all threads and fibers of every child:
// service() and filter() are called concurrently and keep per-request data in the request's memory.
// They do not throw: what escapes is caught by the container and refused with 500.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "navajo/api/request.h"
#include "navajo/api/response.h"

namespace navajo::api {

// What a refusal says about whoever the servlet has asked for the answer, for those that could ask another one.
enum class Upstream : uint8_t {
  unknown,      // nothing
  unreachable,  // not a byte of the request was sent: it may be sent elsewhere, whatever its method
  died,         // it took the request, and not a byte of an answer came: to be repeated only if idempotent
  failed,       // no answer in time, or a wrong one: not to be repeated
};

// How an element of the chain came out: either the response is made, or the container makes one for
// `status`, with `cause` (a stable word such as "backend_timeout") in log, metric and error page.
struct [[nodiscard]] Outcome {
  int status = 0;  // 0: answered
  const char* cause = "";
  Upstream upstream = Upstream::unknown;

  static Outcome answered() { return {}; }
  static Outcome refused(int status, const char* cause) { return {status, cause}; }
  bool is_answered() const { return status == 0; }
};

// Rows of a servlet's or filter's own numbers on the status page, in `navajo status` and in metrics.
class StatusWriter {
 public:
  virtual ~StatusWriter() = default;
  virtual void begin(std::string_view object) = 0;  // nested: "backend 127.0.0.1:8080"
  virtual void end() = 0;
  virtual void number(std::string_view name, double value) = 0;
  virtual void text(std::string_view name, std::string_view value) = 0;
};

class Servlet;
class Filter;

// Thrown by link(): a component that is named is none of the kind that is needed. The container makes a fault of the
// configuration of it, at the place of the component that was linked.
struct LinkFault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The servlets and filters of one web application, by the names web.xml gives them.
class Components {
 public:
  virtual ~Components() = default;
  virtual Servlet* servlet(std::string_view name) const = 0;  // null: none of that name
  virtual Filter* filter(std::string_view name) const = 0;
};

class Servlet {
 public:
  virtual ~Servlet() = default;
  // Once, in the parent, when all components of the application are made: for those that call others by name. May
  // throw LinkFault.
  virtual void link(const Components&) {}
  virtual Outcome service(Request& request, Response& response) = 0;
  // Once in every child, before its first request; threads may be started from here on.
  virtual void start_child() {}
  // At the end of a child, after its last request: threads of its own have ended when it returns.
  virtual void stop_child() {}
  virtual void report(StatusWriter&) const {}
};

class FilterChain {
 public:
  virtual ~FilterChain() = default;
  // The rest of the chain. A filter calls it at most once, or answers itself.
  virtual Outcome proceed(Request& request, Response& response) = 0;
  // The same with another servlet of the application at the end: the filters in between run as they would have.
  virtual Outcome proceed_to(Servlet& end, Request& request, Response& response) = 0;
  // For a chain within the chain, when one of its filters has answered: commits and finishes the response on the
  // wrapper that filter was given. Once per request; what comes later does nothing.
  virtual void complete(Response& innermost) = 0;
};

class Filter {
 public:
  virtual ~Filter() = default;
  virtual void link(const Components&) {}
  virtual Outcome filter(Request& request, Response& response, FilterChain& rest) = 0;
  virtual void start_child() {}
  virtual void report(StatusWriter&) const {}
};

// The servlet of that name as what it is besides: linked_servlet<Authenticator>(components, name, "authenticates
// nobody").
template <class Interface>
Interface& linked_servlet(const Components& components, const std::string& name, const char* what_not) {
  Servlet* servlet = components.servlet(name);
  if (!servlet) throw LinkFault("there is no servlet '" + name + "'");
  if (auto* wanted = dynamic_cast<Interface*>(servlet)) return *wanted;
  throw LinkFault("the servlet '" + name + "' " + what_not);
}

}  // namespace navajo::api
