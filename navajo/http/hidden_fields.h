// Fields of a message without some of them: for a part of the chain that is not to see what others still need (httpd
// looks at Accept-Encoding when it compresses, a backend whose answer is rewritten must not). Changes go through.
// Lives on the stack of whoever hides; the list of names lives longer.
#pragma once

#include <span>
#include <string_view>

#include "navajo/http/headers.h"

namespace navajo::http {

class HiddenFields final : public Headers {
 public:
  HiddenFields(Headers& inner, std::span<const std::string_view> hidden) : inner_(inner), hidden_(hidden) {}
  std::optional<std::string_view> get(std::string_view name) const override {
    return hides(name) ? std::nullopt : inner_.get(name);
  }
  void set(std::string_view name, std::string_view value) override { inner_.set(name, value); }
  void add(std::string_view name, std::string_view value) override { inner_.add(name, value); }
  void remove(std::string_view name) override { inner_.remove(name); }
  void for_each(Visitor visit) const override {
    inner_.for_each([&](std::string_view name, std::string_view value) { return hides(name) || visit(name, value); });
  }

 private:
  bool hides(std::string_view name) const {
    for (const std::string_view one : hidden_)
      if (same_name(one, name)) return true;
    return false;
  }
  Headers& inner_;
  std::span<const std::string_view> hidden_;
};

}  // namespace navajo::http
