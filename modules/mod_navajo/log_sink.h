// Library log lines become httpd error-log lines, attached to the request (or connection) that is being served
// where they are written, so that they carry its id.
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"

namespace navajo::glue {

void install_log_sink();

// The request served on this fiber or thread; null outside of one.
request_rec* current_request();

// Marks a request as the current one for as long as it lives.
class CurrentRequest {
 public:
  explicit CurrentRequest(request_rec* request);
  ~CurrentRequest();
  CurrentRequest(const CurrentRequest&) = delete;
  CurrentRequest& operator=(const CurrentRequest&) = delete;

 private:
  request_rec* outer_;
};

}  // namespace navajo::glue
