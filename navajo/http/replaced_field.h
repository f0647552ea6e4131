// Fields of a message with one name in other hands: what stood under it is hidden, and what is set or added under it is
// seen by this part of the chain only. Everything else goes through. For a field whose value is meant for one backend:
// another one that gets the same request must not see it. Lives on the stack of whoever replaces; one fiber or thread.
#pragma once

#include <list>
#include <memory_resource>
#include <string>
#include <string_view>

#include "navajo/http/headers.h"

namespace navajo::http {

class ReplacedField final : public Headers {
 public:
  // name: a literal.
  ReplacedField(Headers& inner, std::string_view name, std::pmr::memory_resource& memory)
      : inner_(inner), name_(name), values_(&memory) {}
  std::optional<std::string_view> get(std::string_view name) const override {
    if (!same_name(name, name_)) return inner_.get(name);
    return values_.empty() ? std::nullopt : std::optional<std::string_view>(values_.front());
  }
  void set(std::string_view name, std::string_view value) override {
    if (!same_name(name, name_)) return inner_.set(name, value);
    values_.emplace_back(value);  // first: value may be a view into what goes now
    while (values_.size() > 1) values_.pop_front();
  }
  void add(std::string_view name, std::string_view value) override {
    same_name(name, name_) ? static_cast<void>(values_.emplace_back(value)) : inner_.add(name, value);
  }
  void remove(std::string_view name) override { same_name(name, name_) ? values_.clear() : inner_.remove(name); }
  void for_each(Visitor visit) const override {
    bool goes_on = true;
    inner_.for_each([&](std::string_view name, std::string_view value) {
      return goes_on = same_name(name, name_) || visit(name, value);
    });
    for (auto at = values_.begin(); goes_on && at != values_.end(); ++at) goes_on = visit(name_, *at);
  }

 private:
  Headers& inner_;
  std::string_view name_;
  std::pmr::list<std::pmr::string> values_;
};

}  // namespace navajo::http
