#include "navajo/config/first_fault.h"

#include "CppUTest/TestHarness.h"

using navajo::config::first_fault;

TEST_GROUP(FirstFault) {};

TEST(FirstFault, is_ours_and_no_notice) {
  STRCMP_EQUAL("/c/navajo.xml:3:5: NVJ1304 no such attribute",
               first_fault("/c/web.xml:1:1: NVJ1316 has no effect\n/c/navajo.xml:3:5: NVJ1304 no such attribute\n"
                           "/c/navajo.xml:4:5: NVJ1306 no number\nAH00526: Syntax error on line 2 of /run/httpd.conf:\n"
                           "2 faults, named above; nothing was changed\n")
                   .c_str());
}

TEST(FirstFault, is_told_without_what_httpd_puts_before_it) {
  STRCMP_EQUAL("/c/navajo.xml:3:5: NVJ1304 it says: /x",
               first_fault("httpd: Syntax error on line 18 of /run/httpd.conf: /c/navajo.xml:3:5: NVJ1304 it says: /x")
                   .c_str());
}

TEST(FirstFault, may_be_httpds_own) {
  STRCMP_EQUAL("AH00526: Syntax error on line 2 of /run/httpd.conf: Invalid command 'Lisen'",
               first_fault("\nAH00526: Syntax error on line 2 of /run/httpd.conf:\nInvalid command 'Lisen'\nmore\n")
                   .c_str());
  STRCMP_EQUAL("", first_fault("").c_str());
  LONGS_EQUAL(500, first_fault(std::string(2000, 'x')).size());
}
