// For tests of the filter: rules from text, one generation of them, an event log that keeps its records.
#pragma once

#include <deque>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/filters/rule/rule_filter.h"
#include "navajo/observe/log.h"
#include "navajo/rules/vocabulary.h"

#include "CppUTest/TestHarness.h"

namespace navajo::filters::rule {


// A table that is made when it is first asked for is no leak of a test.
[[maybe_unused]] inline const bool kTableMade = rules::row_below(rules::root_row(), "rule") != nullptr;

class OneGeneration final : public rules::RuleGeneration {
 public:
  OneGeneration(std::vector<std::byte> image) : image_(std::move(image)) {
    auto adopted = rules::Program::adopt(image_);
    CHECK_TRUE(adopted.ok());
    program_ = std::move(*adopted);
    rows_.resize(program_->rules().size());
  }
  uint32_t number() const override { return 1; }
  const rules::Program& program() const override { return *program_; }
  rules::RuleCountersShm& counters(uint32_t rule) const override { return rows_[rule]; }

 private:
  std::vector<std::byte> image_;
  std::unique_ptr<rules::Program> program_;
  mutable std::deque<rules::RuleCountersShm> rows_;
};

class OneStore final : public rules::RuleStore {
 public:
  std::shared_ptr<const OneGeneration> generation;
  rules::RuleStoreOptions its_options;
  std::shared_ptr<const rules::RuleGeneration> current() const override { return generation; }
  void start_child() override {}
  void stop_child() override {}
  base::Result<uint32_t> reload(config::Diagnostics&) override { return 1u; }
  const rules::RuleStoreOptions& options() const override { return its_options; }
  void report(api::StatusWriter&) const override {}
};

class KeptLog final : public rules::EventLog {
 public:
  rules::Redaction its_redaction = std::move(*rules::Redaction::make({}));
  std::vector<std::string> records;
  const rules::Redaction& redaction() const override { return its_redaction; }
  bool wanted(base::TimePoint) override { return true; }
  void write(std::string_view record) override { records.emplace_back(record); }
  void start_child() override {}
  void stop_child() override {}
  void report(api::StatusWriter&) const override {}
};

class NamedServlet final : public api::Servlet, public api::Components {
 public:
  size_t calls = 0;
  api::Outcome service(api::Request&, api::Response&) override {
    calls++;
    return api::Outcome::answered();
  }
  api::Servlet* servlet(std::string_view name) const override {
    return name == "Named" ? const_cast<NamedServlet*>(this) : nullptr;
  }
  api::Filter* filter(std::string_view) const override { return nullptr; }
};

struct FilterFixture : Utest {
  config::TemporaryFolder folder;
  std::shared_ptr<OneStore> store = std::make_shared<OneStore>();
  std::shared_ptr<KeptLog> log = std::make_shared<KeptLog>();
  EventLogs logs{{"events", log}};
  Settings settings;
  std::unique_ptr<RuleFilter> filter;
  api::FakeResponse response;
  api::FakeChain chain;
  NamedServlet named;
  std::string answer = "the answer";

  void begin() {
    observe::set_log_sink([](observe::LogId, std::string_view) {}, [](observe::Level) { return true; });
    chain.rest = [this](api::Request&, api::Response& to) {
      to.set_content_length(answer.size());
      (void)to.write(std::string_view(answer));
      chain.complete(to);
      return api::Outcome::answered();
    };
  }
  void finish() { observe::set_log_sink(nullptr, nullptr); }

  RuleFilter& with(const std::string& rules) {
    folder.write("rules.xml", "<rules>" + rules + "</rules>");
    config::Diagnostics diagnostics;
    const rules::RuleFile file = rules::read_rule_file(folder.path() + "/rules.xml", diagnostics);
    const std::vector<std::byte> image = rules::compile(file, diagnostics);
    for (const config::Fault& fault : diagnostics.faults()) FAIL(fault.line().c_str());
    store->generation = std::make_shared<OneGeneration>(image);
    settings.store = store;
    settings.event_logs = &logs;
    filter = std::make_unique<RuleFilter>(settings);
    filter->link(named);
    return *filter;
  }
  api::Outcome run(api::FakeRequest& request) {
    const api::Outcome outcome = filter->filter(request, response, chain);
    if (outcome.is_answered()) chain.complete(response);
    return outcome;
  }
  const rules::RuleCountersShm& counters(uint32_t rule = 0) { return store->generation->counters(rule); }
};

}  // namespace navajo::filters::rule
