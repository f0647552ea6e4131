#include <memory>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/servlets/http_connector/location.h"
#include "navajo/servlets/http_connector/made_settings.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::servlets::http_connector;
using navajo::api::FakeRequest;

TEST_GROUP(Location) {
  InitParams params{{"InetAddress", "app1:8080"}};
  FakeRequest request{"GET", "/shop/cart/x"};
  std::string sent_host = "app1:8080";

  void setup() override {
    request.is_secure = true;
    request.mapped("/shop/cart", "/x");
  }
  std::string rewritten(const char* value) {
    const auto settings = made_settings(params);
    return std::string(client_location(value, *settings, request, sent_host, settings->addresses[0]));
  }
};

TEST(Location, the_backends_own_address_becomes_this_servers) {
  STRCMP_EQUAL("https://www.example.test/login?a#b", rewritten("http://app1:8080/login?a#b").c_str());
  STRCMP_EQUAL("https://www.example.test", rewritten("HTTP://APP1:8080").c_str());
  sent_host = "intra.example.test";
  STRCMP_EQUAL("https://www.example.test/", rewritten("http://intra.example.test/").c_str());
  STRCMP_EQUAL("https://www.example.test/", rewritten("http://intra.example.test:80/").c_str());
  STRCMP_EQUAL("https://www.example.test/", rewritten("http://app1:8080/").c_str());
}

TEST(Location, other_places_stay) {
  for (const char* value :
       {"http://app2:8080/", "https://app1:8080/", "http://app1/", "http://app1:80801/", "login", "?a", "",
        "//app1:8080/x", "mailto:x", "/login", "http:/app1:8080/", "http://app1:8080@evil/"})
    STRCMP_EQUAL(value, rewritten(value).c_str());
}

TEST(Location, the_public_name_gets_the_clients_scheme_but_never_loses_https) {
  STRCMP_EQUAL("https://www.example.test/a", rewritten("http://www.example.test/a").c_str());
  request.is_secure = false;
  STRCMP_EQUAL("http://www.example.test/a", rewritten("http://www.example.test/a").c_str());
  STRCMP_EQUAL("https://www.example.test/a", rewritten("https://www.example.test/a").c_str());
}

TEST(Location, with_pathinfo_the_prefix_becomes_the_mapped_path) {
  params["MappingType"] = "pathinfo";
  params["URIPrefix"] = "/inner";
  STRCMP_EQUAL("https://www.example.test/shop/cart/y?q", rewritten("http://app1:8080/inner/y?q").c_str());
  STRCMP_EQUAL("/shop/cart/y", rewritten("/inner/y").c_str());
  STRCMP_EQUAL("/shop/cart", rewritten("/inner").c_str());
  STRCMP_EQUAL("/innermost", rewritten("/innermost").c_str());
  STRCMP_EQUAL("http://app1:8080/other", rewritten("http://app1:8080/other").c_str());
}

TEST(Location, with_pathinfo_and_no_prefix_every_path_is_below_the_mapping) {
  params["MappingType"] = "pathinfo";
  STRCMP_EQUAL("/shop/cart/y", rewritten("/y").c_str());
  request.the_path = "/a b/x";
  request.mapped("/a b", "/x");
  STRCMP_EQUAL("/a%20b/y", rewritten("/y").c_str());
}

TEST(Location, without_a_known_public_name_an_absolute_one_stays) {
  request.the_authority = "";
  STRCMP_EQUAL("http://app1:8080/x", rewritten("http://app1:8080/x").c_str());
}
