// A value, or the reason why there is none. Used on the request path, where nothing throws.
// E is an error type of the folder that fails (an enum, or a struct with a text for the log).
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace navajo::base {

struct Error {
  std::string text;
};

template <class E>
struct Failed {
  E error;
};
template <class E>
Failed(E) -> Failed<E>;

template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  template <class F>
  Result(Failed<F> failed) : content_(std::in_place_index<1>, std::move(failed.error)) {}

  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() { return std::get<0>(content_); }
  const T& value() const { return std::get<0>(content_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  E& error() { return std::get<1>(content_); }
  const E& error() const { return std::get<1>(content_); }

 private:
  std::variant<T, E> content_;
};

struct Done {};
template <class E = Error>
using Status = Result<Done, E>;

}  // namespace navajo::base
