#include "navajo/identity/roles.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace navajo;
using identity::split_roles;

TEST_GROUP(Roles) {};

TEST(Roles, are_trimmed_and_empty_ones_skipped) {
  CHECK(*split_roles(" clerk , admin,,", ',') == (std::vector<std::string>{"clerk", "admin"}));
  CHECK(*split_roles("a b  c", ' ') == (std::vector<std::string>{"a", "b", "c"}));
  CHECK(split_roles("", ',')->empty());
}

TEST(Roles, one_that_would_be_read_as_two_is_refused) {
  CHECK_FALSE(split_roles("cn=admins,ou=guests", ';').ok());
  CHECK_FALSE(split_roles("a\nb", ',').ok());
}

TEST(Roles, too_many_are_refused_and_not_cut) {
  std::string many;
  for (size_t i = 0; i < identity::kMostRoles; i++) many += "r,";
  CHECK(split_roles(many, ',').ok());
  CHECK_FALSE(split_roles(many + "one-more", ',').ok());
}

TEST(Roles, a_separator_is_a_character_or_its_name) {
  CHECK_EQUAL(' ', *identity::parse_separator("space"));
  CHECK_EQUAL('|', *identity::parse_separator("|"));
  CHECK_FALSE(identity::parse_separator("").ok());
  CHECK_FALSE(identity::parse_separator("||").ok());
}
