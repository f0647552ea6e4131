// Facts of a sample, as those of a real request (rules/request_facts.h). One thread; the sample lives as long.
#pragma once

#include <memory_resource>
#include <string>
#include <vector>

#include "navajo/http/parameters.h"
#include "navajo/rules/facts.h"
#include "navajo/rules/sample.h"

namespace navajo::rules {

class SampleFacts final : public Facts {
 public:
  explicit SampleFacts(const Sample& sample);

  // From here on there is the sample's response.
  void set_response() { response_ = sample_.response ? &*sample_.response : nullptr; }
  void set_tag(std::string_view name, std::string value) { set(tags_, name, std::move(value)); }
  void set_capture(std::string_view name, std::string value) { set(captures_, name, std::move(value)); }
  const std::vector<SampleValue>& tags() const { return tags_; }

  std::optional<std::string_view> text(Field field) override;
  std::optional<int64_t> number(Field field) override;
  std::optional<AddressBytes> address(Field field) override;
  bool any(Field field, std::string_view name, Visitor visit) override;
  void for_each_header(HeaderVisitor visit) override;
  int64_t wall_time() override { return sample_.time; }

 private:
  static void set(std::vector<SampleValue>& among, std::string_view name, std::string value);

  const Sample& sample_;
  const SampleResponse* response_ = nullptr;
  std::vector<SampleValue> tags_, captures_;
  std::pmr::monotonic_buffer_resource memory_;
  http::Parameters parameters_;
};

}  // namespace navajo::rules
