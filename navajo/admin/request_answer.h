// request live, list and why: what is at work now, and what this server remembers of requests that were slow, failed or
// were refused (observe/request_history.h). list has a `request` line for each; why one with everything, `element`
// lines for the filters and the servlet it went through, and `try` lines for backends that failed it. Made at once: at
// most a few thousand short lines. One thread.
#pragma once

#include "navajo/admin/answer.h"
#include "navajo/admin/request.h"

namespace navajo::observe {
class RequestHistory;
}

namespace navajo::admin {

class RequestAnswer final : public Answer {
 public:
  RequestAnswer(Request request, const Peer& peer) : request_(std::move(request)), peer_(peer) {}
  bool more(std::string& out) override;

 private:
  uint64_t live(const observe::RequestHistory& history, std::string& out) const;
  uint64_t list(const observe::RequestHistory& history, std::string& out) const;
  bool why(const observe::RequestHistory& history, std::string& out) const;

  const Request request_;
  const Peer peer_;
};

inline bool is_about_requests(Command command) {
  return command == Command::request_live || command == Command::request_list || command == Command::request_why;
}

}  // namespace navajo::admin
