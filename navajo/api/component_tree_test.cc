#include "navajo/api/component_tree.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::api;

TEST_GROUP(ComponentTree){};

TEST(ComponentTree, keeps_what_is_reported_where_it_was_reported) {
  ComponentTree tree;
  tree.begin("host a");
  tree.begin("servlet s");
  tree.number("idle", 3);
  tree.end();
  tree.text("name", "x");
  tree.end();
  tree.begin("host b");
  tree.end();
  const ComponentNode& root = tree.root();
  LONGS_EQUAL(2, root.parts.size());
  STRCMP_EQUAL("servlet s", root.parts[0].parts[0].name.c_str());
  DOUBLES_EQUAL(3, root.parts[0].parts[0].values[0].number, 0);
  STRCMP_EQUAL("x", root.parts[0].values[0].text.c_str());
  CHECK_FALSE(tree.truncated());
}

TEST(ComponentTree, drops_rows_past_its_limit_and_says_so) {
  ComponentTree tree;
  for (size_t i = 0; i < ComponentTree::kMaxRows; i++) tree.number("n", 1);
  CHECK_FALSE(tree.truncated());
  tree.number("one more", 1);
  CHECK(tree.truncated());
  LONGS_EQUAL(ComponentTree::kMaxRows, tree.root().values.size());
}

TEST(ComponentTree, an_object_nested_too_deep_is_dropped_with_all_it_holds) {
  ComponentTree tree;
  for (size_t i = 0; i < ComponentTree::kMaxDepth; i++) tree.begin("deeper");
  tree.begin("too deep");
  tree.begin("deeper still");
  tree.number("lost", 1);
  tree.end();
  tree.end();
  tree.number("kept", 1);
  const ComponentNode* node = &tree.root();
  while (!node->parts.empty()) node = &node->parts[0];
  LONGS_EQUAL(1, node->values.size());
  STRCMP_EQUAL("kept", node->values[0].name.c_str());
  CHECK(tree.truncated());
}

TEST(ComponentTree, an_end_too_many_changes_nothing) {
  ComponentTree tree;
  tree.end();
  tree.begin("a");
  tree.end();
  tree.end();
  tree.number("top", 1);
  LONGS_EQUAL(1, tree.root().values.size());
}
