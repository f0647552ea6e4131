// What `navajo doctor` finds: one line each, with what to do about it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace navajo::cli::doctor {

enum class Health : uint8_t { ok, warning, fault };

struct Finding {
  Health health;
  std::string area;    // "kernel", "tls": a word
  std::string text;    // what is the case
  std::string advice;  // what to do; empty where it is ok
};

class Findings {
 public:
  void ok(std::string area, std::string text) { add(Health::ok, std::move(area), std::move(text), ""); }
  void warning(std::string area, std::string text, std::string advice) {
    add(Health::warning, std::move(area), std::move(text), std::move(advice));
  }
  void fault(std::string area, std::string text, std::string advice) {
    add(Health::fault, std::move(area), std::move(text), std::move(advice));
  }
  const std::vector<Finding>& all() const { return all_; }
  size_t count(Health health) const {
    size_t n = 0;
    for (const Finding& one : all_) n += one.health == health;
    return n;
  }

 private:
  void add(Health health, std::string area, std::string text, std::string advice) {
    all_.push_back({health, std::move(area), std::move(text), std::move(advice)});
  }
  std::vector<Finding> all_;
};

// "ok       kernel     ..." for each, advice below; then a line with the numbers.
std::string findings_text(const Findings& findings);
std::string findings_json(const Findings& findings);

}  // namespace navajo::cli::doctor
