#include <string>

#include "navajo/http/hop_by_hop.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::http;

TEST_GROUP(HopByHop) { HeaderList fields; };

TEST(HopByHop, collects_the_names_of_every_Connection_field) {
  fields.add("Connection", "keep-alive, X-One");
  fields.add("connection", "x-two,close, Upgrade");
  const ConnectionOptions options(fields);
  CHECK_TRUE(options.names("X-ONE"));
  CHECK_TRUE(options.names("X-Two"));
  CHECK_FALSE(options.names("close"));
  CHECK_FALSE(options.names("upgrade"));
  CHECK_FALSE(options.names("X"));
}

TEST(HopByHop, without_names_there_is_nothing_to_look_for) {
  CHECK_TRUE(ConnectionOptions(fields).empty());
  fields.add("Connection", "close");
  CHECK_TRUE(ConnectionOptions(fields).empty());
}

TEST(HopByHop, a_flood_of_names_is_told) {
  std::string names = "a";
  for (int i = 1; i < 32; i++) names += ",a";
  fields.set("Connection", names);
  CHECK_FALSE(ConnectionOptions(fields).too_many());
  CHECK_TRUE(drop_fields_named_by_connection(fields));
  fields.set("Connection", names + ",b");
  CHECK_TRUE(ConnectionOptions(fields).too_many());
  CHECK_FALSE(drop_fields_named_by_connection(fields));
  CHECK_TRUE(fields.get("Connection").has_value());
}

TEST(HopByHop, named_fields_go_and_fields_added_later_under_that_name_stay) {
  fields.add("Connection", "close, X-User");
  fields.add("X-User", "forged");
  fields.add("Cookie", "a=b");
  CHECK_TRUE(drop_fields_named_by_connection(fields));
  CHECK_FALSE(fields.get("X-User").has_value());
  CHECK_TRUE(fields.get("Connection") == std::string_view("close"));
  CHECK_TRUE(fields.get("Cookie").has_value());
  fields.add("X-User", "from a filter");
  CHECK_FALSE(ConnectionOptions(fields).names("X-User"));
}

TEST(HopByHop, a_Connection_of_names_only_goes_altogether) {
  fields.add("Connection", "X-User");
  CHECK_TRUE(drop_fields_named_by_connection(fields));
  CHECK_FALSE(fields.get("Connection").has_value());
}

TEST(HopByHop, a_client_cannot_take_away_what_frames_or_routes_the_message) {
  HeaderList headers;
  headers.add("Host", "a");
  headers.add("Content-Length", "5");
  headers.add("X-Mine", "1");
  headers.add("Connection", "close, content-length, Host, Transfer-Encoding, X-Mine");
  CHECK_TRUE(drop_fields_named_by_connection(headers));
  CHECK_TRUE(headers.get("Content-Length").has_value());
  CHECK_TRUE(headers.get("Host").has_value());
  CHECK_FALSE(headers.get("X-Mine").has_value());
  STRCMP_EQUAL("close", std::string(*headers.get("Connection")).c_str());
}
