#include "navajo/api/component_tree.h"

namespace navajo::api {

ComponentNode* ComponentTree::current() {
  ComponentNode* node = &root_;
  for (const size_t index : path_) node = &node->parts[index];
  return node;
}

bool ComponentTree::take_row() {
  if (dropped_depth_ > 0 || rows_ >= kMaxRows) {
    truncated_ = true;
    return false;
  }
  rows_++;
  return true;
}

void ComponentTree::begin(std::string_view object) {
  if (path_.size() >= kMaxDepth || !take_row()) {
    truncated_ = true;
    dropped_depth_++;
    return;
  }
  ComponentNode* parent = current();
  parent->parts.push_back({std::string(object), {}, {}});
  path_.push_back(parent->parts.size() - 1);
}

void ComponentTree::end() {
  if (dropped_depth_ > 0) {
    dropped_depth_--;
  } else if (!path_.empty()) {
    path_.pop_back();
  }
}

void ComponentTree::number(std::string_view name, double value) {
  if (take_row()) current()->values.push_back({std::string(name), true, value, {}});
}

void ComponentTree::text(std::string_view name, std::string_view value) {
  if (take_row()) current()->values.push_back({std::string(name), false, 0, std::string(value)});
}

}  // namespace navajo::api
