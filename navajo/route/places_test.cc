#include "navajo/route/places.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "navajo/base/build_config.h"
#include "navajo/route/mmdb_writer.h"
#include "navajo/route/region_map.h"
#include "navajo/route/routing_fixture.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::route;

TEST_GROUP(Places) {
  char folder[32] = "/tmp/navajo-places-XXXXXX";
  std::string file;

  void setup() override {
    CHECK_TRUE(mkdtemp(folder) != nullptr);
    file = std::string(folder) + "/places.mmdb";
  }
  void teardown() override { std::filesystem::remove_all(folder); }

  void write(const char* country) {
    MmdbWriter writer;
    writer.add("81.2.69.0", 24, country);
    writer.add("200.0.0.0", 8, "BR");
    writer.add("2001:db8::", 32, "JP");
    writer.write(file);
  }
  static std::string at(const Places& places, const char* address) {
    const Location found = places.locate(client(address));
    std::string out;
    if (found.country != 0) out = {static_cast<char>(found.country >> 8), static_cast<char>(found.country & 0xff), ' '};
    return out + std::string(found.region);
  }
};

TEST(Places, every_country_of_the_list_has_one_of_the_four_regions) {
  STRCMP_EQUAL("eu", std::string(region_of(country_code("de"))).c_str());
  STRCMP_EQUAL("sa", std::string(region_of(country_code("BR"))).c_str());
  STRCMP_EQUAL("us", std::string(region_of(country_code("MX"))).c_str());
  STRCMP_EQUAL("ap", std::string(region_of(country_code("NZ"))).c_str());
  STRCMP_EQUAL("", std::string(region_of(country_code("QQ"))).c_str());
  LONGS_EQUAL(0, country_code("D"));
  LONGS_EQUAL(0, country_code("1E"));
  int known = 0;
  for (char a = 'A'; a <= 'Z'; a++)
    for (char b = 'A'; b <= 'Z'; b++) known += region_of(country_code(std::string{a, b})).empty() ? 0 : 1;
  LONGS_EQUAL(250, known);  // the 249 of ISO 3166-1, and XK
}

#if NAVAJO_HAVE_MAXMINDDB

TEST(Places, a_clients_country_is_looked_up_and_its_region_follows) {
  write("GB");
  const auto places = Places::open({file, "CH", "eu"});
  CHECK_TRUE(places.ok());
  STRCMP_EQUAL("GB eu", at(**places, "81.2.69.142").c_str());
  STRCMP_EQUAL("BR sa", at(**places, "200.1.2.3").c_str());
  STRCMP_EQUAL("GB eu", at(**places, "::ffff:81.2.69.142").c_str());
  STRCMP_EQUAL("JP ap", at(**places, "2001:db8::7").c_str());
  STRCMP_EQUAL("", at(**places, "8.8.8.8").c_str());
  STRCMP_EQUAL("", at(**places, "2a00::1").c_str());
}

TEST(Places, clients_without_a_public_address_are_where_this_server_is) {
  write("GB");
  const auto places = Places::open({file, "CH", "alps"});
  CHECK_TRUE(places.ok());
  for (const char* address : {"127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.1.1", "100.64.0.1", "::1",
                              "fd00::7", "fe80::1", "::ffff:10.0.0.1"})
    STRCMP_EQUAL("CH alps", at(**places, address).c_str());
  STRCMP_EQUAL("", at(**places, "172.32.0.1").c_str());
}

TEST(Places, a_file_that_changes_is_read_again_and_a_broken_one_keeps_the_old) {
  write("GB");
  auto places = Places::open({file, "", ""});
  CHECK_TRUE(places.ok());
  std::string why;
  CHECK_TRUE((*places)->refresh(why) == Places::Refreshed::unchanged);
  write("FR");
  CHECK_TRUE((*places)->refresh(why) == Places::Refreshed::loaded);
  STRCMP_EQUAL("FR eu", at(**places, "81.2.69.1").c_str());
  // Written over in place, and not a MaxMind file: nothing that is being looked up in is harmed.
  std::ofstream(file, std::ios::binary | std::ios::trunc) << "rubbish";
  CHECK_TRUE((*places)->refresh(why) == Places::Refreshed::refused);
  STRCMP_CONTAINS("is no MaxMind file", why.c_str());
  CHECK_TRUE((*places)->refresh(why) == Places::Refreshed::unchanged);
  STRCMP_EQUAL("FR eu", at(**places, "81.2.69.1").c_str());
  std::filesystem::remove(file);
  CHECK_TRUE((*places)->refresh(why) == Places::Refreshed::unchanged);
  write("IT");
  CHECK_TRUE((*places)->refresh(why) == Places::Refreshed::loaded);
  STRCMP_EQUAL("IT eu", at(**places, "81.2.69.1").c_str());
}

TEST(Places, a_file_whose_tree_leads_nowhere_is_refused) {
  MmdbWriter writer;
  writer.add("81.0.0.0", 8, "GB");
  std::string bytes = writer.file();
  // The record of 81/8 now points far behind the end.
  const size_t nodes = 96 + 8;
  bytes[nodes * 6 - 3] = bytes[nodes * 6 - 6] = '\x7f';
  std::ofstream(file, std::ios::binary) << bytes;
  const auto places = Places::open({file, "", ""});
  CHECK_FALSE(places.ok());
  STRCMP_CONTAINS(file.c_str(), places.error().text.c_str());
}

TEST(Places, a_file_that_is_not_there_is_a_fault) {
  const auto places = Places::open({file, "", ""});
  CHECK_FALSE(places.ok());
  STRCMP_CONTAINS("No such file", places.error().text.c_str());
}

#endif

TEST(Places, without_a_file_only_clients_of_this_network_have_a_place) {
  const auto places = Places::open({"", "BR", ""});
  CHECK_TRUE(places.ok());
  STRCMP_EQUAL("BR sa", at(**places, "192.168.0.1").c_str());
  STRCMP_EQUAL("", at(**places, "81.2.69.1").c_str());
}
