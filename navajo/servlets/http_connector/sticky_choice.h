// The backend a client's session belongs to: the first choice is stored in the session and holds while that backend is
// usable. Without a session, or when the session takes no more, every request chooses anew. Lives as long as one call.
#pragma once

#include <string>

#include "navajo/api/request.h"
#include "navajo/connector/backend_list.h"

namespace navajo::servlets::http_connector {

class StickyChoice {
 public:
  // attribute: of the session; empty: nothing sticks.
  StickyChoice(const std::string& attribute, api::Request& request) : attribute_(attribute), request_(request) {}

  // BackendList::kNone: no wish, or a backend that is not there any more.
  size_t wished(const connector::BackendList& backends);
  // This backend took the connection.
  void keep(const connector::Backend& backend);

 private:
  const std::string& attribute_;
  api::Request& request_;
  std::string_view stored_;
};

}  // namespace navajo::servlets::http_connector
