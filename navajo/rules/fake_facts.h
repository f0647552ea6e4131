// For tests: facts that are simply set. What is asked takes no memory.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "navajo/http/headers.h"
#include "navajo/rules/facts.h"

namespace navajo::rules {

class FakeFacts : public Facts {
 public:
  std::map<Field, std::string> texts;
  std::map<Field, int64_t> numbers;
  std::map<Field, AddressBytes> addresses;
  std::vector<std::string> roles;
  std::vector<std::pair<std::string, std::string>> headers;  // of the request
  struct Named {
    Field field;
    std::string name, value;
  };
  std::vector<Named> named;  // all others
  int64_t time = 1'700'000'000;
  size_t questions = 0;

  void set_tag(std::string_view name, std::string_view value) {
    for (Named& one : named)
      if (one.field == Field::tag && one.name == name) {
        one.value = value;
        return;
      }
    named.push_back({Field::tag, std::string(name), std::string(value)});
  }
  static AddressBytes ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
    return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d};
  }

  std::optional<std::string_view> text(Field field) override {
    questions++;
    if (field == Field::role && !roles.empty()) return roles.front();
    const auto found = texts.find(field);
    return found == texts.end() ? std::nullopt : std::optional<std::string_view>(found->second);
  }
  std::optional<int64_t> number(Field field) override {
    questions++;
    const auto found = numbers.find(field);
    return found == numbers.end() ? std::nullopt : std::optional<int64_t>(found->second);
  }
  std::optional<AddressBytes> address(Field field) override {
    questions++;
    const auto found = addresses.find(field);
    return found == addresses.end() ? std::nullopt : std::optional<AddressBytes>(found->second);
  }
  bool any(Field field, std::string_view name, Visitor visit) override {
    questions++;
    if (field == Field::role) {
      for (const std::string& role : roles)
        if (visit(role)) return true;
      return false;
    }
    if (field == Field::header) {
      for (const auto& [one, value] : headers)
        if (http::same_name(one, name) && visit(value)) return true;
      return false;
    }
    for (const Named& one : named) {
      const bool same = field == Field::response_header ? http::same_name(one.name, name) : one.name == name;
      if (one.field == field && same && visit(one.value)) return true;
    }
    return false;
  }
  void for_each_header(HeaderVisitor visit) override {
    for (const auto& [name, value] : headers)
      if (!visit(name, value)) return;
  }
  int64_t wall_time() override { return time; }
};

}  // namespace navajo::rules
