#include "navajo/cli/installation.h"

#include <string>

#include "CppUTest/TestHarness.h"

using navajo::cli::relocated;

TEST_GROUP(Installation){};

TEST(Installation, a_tree_that_was_moved_is_found_where_it_is) {
  STRCMP_EQUAL("/stage/usr/local/lib/httpd/modules",
               relocated("/usr/local/lib/httpd/modules", "/usr/local", "/stage/usr/local/bin/navajo").c_str());
}

TEST(Installation, paths_stay_as_configured_where_the_prefix_is_the_configured_one) {
  STRCMP_EQUAL("/opt/n/lib/m", relocated("/opt/n/lib/m", "/opt/n", "/opt/n/bin/navajo").c_str());
}

TEST(Installation, paths_outside_the_prefix_are_not_moved) {
  STRCMP_EQUAL("/usr/lib/apache2/modules", relocated("/usr/lib/apache2/modules", "/opt/n", "/x/bin/navajo").c_str());
  STRCMP_EQUAL("/opt/nn/lib", relocated("/opt/nn/lib", "/opt/n", "/x/bin/navajo").c_str());
}

TEST(Installation, a_program_in_a_build_tree_says_nothing_about_the_prefix) {
  STRCMP_EQUAL("/opt/n/lib/m", relocated("/opt/n/lib/m", "/opt/n", "/build/navajo/cli/.libs/navajo").c_str());
}
