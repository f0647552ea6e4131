// Every function httpd calls runs its body through guard(): an exception must not leave C++ (it would kill the
// child and leave the client with nothing). What escapes is logged and answered with the refusing value.
#pragma once

#include <exception>

#include "navajo/observe/log.h"

namespace navajo::glue {

template <class F, class R>
R guard(const char* where, R refusing, F body) noexcept {
  try {
    return body();
  } catch (const std::exception& e) {
    observe::log(observe::id::hook_exception, "%s failed: %s; refused", where, e.what());
  } catch (...) {
    observe::log(observe::id::hook_exception, "%s failed with an unknown exception; refused", where);
  }
  return refusing;
}

}  // namespace navajo::glue
