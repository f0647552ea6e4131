// What a Context asks of every request before its filters see it: TLS, and a method it lets in. Built with the
// application, immutable, any thread and fiber.
//
// Whether the client came over TLS is what its connection to us says (Request::secure()); no field of the request is
// asked, X-Forwarded-Proto least of all, which any client can send.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/api/servlet.h"
#include "navajo/config/navajo_xml.h"

namespace navajo::container {

class ContextPolicy {
 public:
  ContextPolicy(const config::ContextElement& context, const config::HostElement& host);

  // None: go on. Else answered (a redirect) or refused, with Allow in the response of a 405.
  std::optional<api::Outcome> judge(api::Request& request, api::Response& response) const;

 private:
  bool lets_in(std::string_view method) const;
  bool is_ours(std::string_view host) const;
  api::Outcome redirect(api::Request& request, api::Response& response) const;

  config::UnsecureConnection unsecure_;
  std::string origin_;   // of every redirect: "https://name:port"; empty: made of the request's host
  std::string host_;     // where the request's host is none of ours
  std::string suffix_;   // ":8443", or empty for 443
  std::vector<std::string> names_, suffixes_;  // of the Host: "www.example.org"; ".example.org" for "*.example.org"
  bool any_method_;
  std::vector<std::string> methods_;
  std::string allow_;
};

}  // namespace navajo::container
