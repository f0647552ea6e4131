// What the components of one process report, kept as a tree so that it can be printed as HTML, text or JSON.
// Bounded: past kMaxRows a component's rows are dropped and truncated() says so. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "navajo/api/servlet.h"

namespace navajo::api {

struct ComponentNode {
  struct Value {
    std::string name;
    bool is_number;
    double number;
    std::string text;
  };
  std::string name;
  std::vector<Value> values;
  std::vector<ComponentNode> parts;
};

class ComponentTree final : public StatusWriter {
 public:
  static constexpr size_t kMaxRows = 20000;
  static constexpr size_t kMaxDepth = 16;

  void begin(std::string_view object) override;
  void end() override;
  void number(std::string_view name, double value) override;
  void text(std::string_view name, std::string_view value) override;

  const ComponentNode& root() const { return root_; }
  bool truncated() const { return truncated_; }

 private:
  ComponentNode* current();
  bool take_row();

  ComponentNode root_;
  std::vector<size_t> path_;  // indexes into parts, from the root: nodes move while the tree grows
  size_t dropped_depth_ = 0;  // objects begun inside what is dropped
  size_t rows_ = 0;
  bool truncated_ = false;
};

}  // namespace navajo::api
