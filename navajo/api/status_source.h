// Where the status page finds the components of this process. The container implements it; whoever owns the
// container (mod_navajo at the start of a child) says which one is live. Set before the first request is
// served and cleared after the last: no lock, no call while a request is in work.
#pragma once

#include "navajo/api/servlet.h"

namespace navajo::api {

class StatusSource {
 public:
  virtual ~StatusSource() = default;
  // For each Host and Context one object, in it one object per servlet and filter
  // with whatever its own report() says. Called by many fibers at once.
  virtual void report(StatusWriter& writer) const = 0;
};

void set_status_source(const StatusSource* source);
const StatusSource* status_source();  // null: no container in this process

}  // namespace navajo::api
