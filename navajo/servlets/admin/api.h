// The admin API, version 1: what there is (one table, from which GET /api/v1 describes itself), who may do it, and how
// it is answered. Most answers are those of the admin socket (navajo/admin/answer.h), gathered into one JSON object:
// console and command line cannot disagree. Everything here may take a second and is called on a helper thread.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/admin/answer.h"
#include "navajo/container/shared_services.h"
#include "navajo/servlets/admin/admission.h"

namespace navajo::servlets::admin {

struct Reply {
  int status = 200;
  std::string body;
  std::string type = "application/json";
  std::string allow{};   // of a 405
  std::string result{};  // for the audit trail: "2 sessions ended"
};
Reply trouble(int status, std::string_view code, std::string_view text);

// What is asked for, decoded.
struct ApiCall {
  std::string method, path;  // path: behind /api/v1
  std::map<std::string, std::string, std::less<>> query;
  std::string body;  // of a change
  Caller caller;
};

struct ApiRequest;  // a call that has found its endpoint

struct Endpoint {
  const char *method, *path;  // "/sessions/{id}"
  Role role;
  const char* query;  // names it takes, separated by blanks
  const char* body;   // of its JSON body
  const char* does;
  Reply (*run)(const ApiRequest& request);
};

class Api {
 public:
  // services: null in unit tests.
  explicit Api(const container::SharedServices* services) : services_(services) {}
  static std::span<const Endpoint> endpoints();
  Reply answer(const ApiCall& call) const;
  const container::SharedServices* services() const { return services_; }

 private:
  const container::SharedServices* services_;
};

struct ApiRequest {
  const Api& api;
  const ApiCall& call;
  std::map<std::string, std::string, std::less<>> segments;  // {id}
  std::map<std::string, std::string, std::less<>> fields;    // of the body
  const std::string& segment(std::string_view name) const { return segments.find(name)->second; }
};

// Answers one request of the admin protocol, as one JSON object: the lines by their type, each type an array, and what
// the last line says: {"session": [...], "end": {"matched": 2}}.
// limits: for requests about them.
Reply gather(const std::string& line, const Caller& caller, limits::Limits* limits = nullptr);

}  // namespace navajo::servlets::admin
