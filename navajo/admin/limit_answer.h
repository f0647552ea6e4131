// limit show and clear. show: what was decided, then the keys that are nearest to their limit, or beyond it, of rates
// and of credits. Of a rate's key the table has a digest, the limit, a mark of the rule, and of some that were refused
// lately whom it is for. clear: has keys forgotten, in all processes at once since they share the table, and leaves
// NVJ2300. Looks at some rows in each step. One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "navajo/admin/answer.h"
#include "navajo/admin/request.h"
#include "navajo/base/clock.h"

namespace navajo::admin {

class Record;

class LimitAnswer final : public Answer {
 public:
  static constexpr size_t kUsualTop = 20;

  LimitAnswer(Request request, const RuleStores& stores, limits::Limits& limits, const Peer& peer);
  ~LimitAnswer() override;
  bool more(std::string& out) override;

 private:
  struct Shown {
    double share = 0;
    std::string line;
  };
  bool show(std::string& out);
  bool clear(std::string& out);
  void show_counters(std::string& out) const;
  void consider(std::vector<Shown>& most, double share, Record& record) const;
  void consider(const limits::RateUse& use);
  void consider(const limits::CreditUse& use);
  bool is_chosen(const limits::RateUse& use) const;
  bool is_chosen(const limits::CreditUse& use) const;
  bool is_chosen_id(uint64_t id) const;
  std::string name_of(std::string_view label) const;
  bool refuse(std::string& out, const char* code, std::string_view text);
  void audit(const char* how) const noexcept;

  const Request request_;
  limits::Limits& limits_;
  const Peer peer_;
  const base::TimePoint now_;
  std::map<uint32_t, std::string> rules_;  // by their marks
  std::vector<limits::Key> keys_;          // that were asked for by text
  const char* fault_code_ = nullptr;       // of the request
  std::string fault_;
  uint32_t next_ = 0;  // row
  bool begun_ = false, complete_ = false;
  std::vector<Shown> rates_, credits_;  // heaps, the least share on top
  uint64_t rates_counted_ = 0, credits_counted_ = 0, forgotten_ = 0;
};

inline bool is_about_limits(Command command) {
  return command == Command::limit_show || command == Command::limit_clear;
}

}  // namespace navajo::admin
