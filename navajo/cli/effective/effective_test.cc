#include <cstdlib>
#include <string>

#include "navajo/cli/effective/secrets.h"
#include "navajo/cli/effective/settings.h"
#include "navajo/cli/generated.h"
#include "navajo/cli/instances.h"
#include "navajo/cli/support/archive.h"
#include "navajo/config/navajo_xml.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::cli;
using namespace navajo::cli::effective;
using navajo::config::TemporaryFolder;

namespace {
// Before the first test, so that the tables' own memory is not taken for a leak of one.
[[maybe_unused]] const size_t kEffectiveRows = full_catalogue().servlets().size();
}  // namespace

TEST_GROUP(Effective) {
  const TemporaryFolder folder;
  std::vector<Setting> settings;

  void write(const std::string& server, const std::string& params) {
    folder.write("navajo.xml", "<Navajo>\n<Service name=\"x\">\n" + server +
                                   "<Connector name=\"a.test\" port=\"8080\"/>\n<Engine><Host name=\"a.test\">"
                                   "<Context docBase=\"site\"/></Host></Engine></Service></Navajo>");
    folder.write(
        "site/WEB-INF/web.xml",
        "<web-app>\n<servlet><servlet-name>S</servlet-name><servlet-class>HttpsConnectorServlet</servlet-class>"
        "\n" +
            params +
            "</servlet>\n<servlet-mapping><servlet-name>S</servlet-name><url-pattern>/*"
            "</url-pattern></servlet-mapping></web-app>");
    navajo::config::Diagnostics diagnostics;
    const auto navajo = navajo::config::load_navajo_xml(folder.file("navajo.xml"), diagnostics);
    settings = settings_of(navajo, full_catalogue());
  }
  static std::string param(const std::string& name, const std::string& value) {
    return "<init-param><param-name>" + name + "</param-name><param-value>" + value + "</param-value></init-param>\n";
  }
  const Setting& find(const std::string& place, const std::string& name) {
    for (const Setting& one : settings)
      if (one.name == name && one.place.find(place) != std::string::npos) return one;
    FAIL((place + " has no " + name).c_str());
    return settings.front();
  }
};

TEST(Effective, what_is_given_has_its_line_and_what_is_not_its_default) {
  write("<Reactor threads=\"3\"/>\n", param("InetAddress", "app:443") + param("ConnectTimeout", "2s"));
  STRCMP_EQUAL("3", find("Reactor", "threads").value.c_str());
  STRCMP_EQUAL((folder.file("navajo.xml") + ":3").c_str(), find("Reactor", "threads").origin.c_str());
  STRCMP_EQUAL("20000", find("Reactor", "maxConnections").value.c_str());
  STRCMP_EQUAL("default", find("Reactor", "maxConnections").origin.c_str());
  STRCMP_EQUAL("2s", find("servlet S", "ConnectTimeout").value.c_str());
  STRCMP_EQUAL("60s", find("servlet S", "RequestTimeout").value.c_str());
}

TEST(Effective, elements_that_are_not_there_have_their_defaults) {
  write("", param("InetAddress", "app:443"));
  STRCMP_EQUAL("default", find("Limits", "memory").origin.c_str());
  STRCMP_EQUAL("8080", find("Connector a.test:8080", "port").value.c_str());
}

TEST(Effective, properties_are_told_as_such) {
  folder.write("bc.properties", "HttpsConnectorServlet.RequestTimeout=7s\nBC.Tracer.DebugProfile.NavajoOp=2\n");
  write("", param("InetAddress", "app:443"));
  STRCMP_EQUAL("7s", find("servlet S", "RequestTimeout").value.c_str());
  STRCMP_CONTAINS("bc.properties:1", find("servlet S", "RequestTimeout").origin.c_str());
  STRCMP_EQUAL("2", find("properties", "BC.Tracer.DebugProfile.NavajoOp").value.c_str());
}

TEST(Effective, secrets_are_hidden_and_variables_stand_as_they_are) {
  setenv("NAVAJO_TEST_APP", "app:443", 1);
  write("", param("InetAddress", "${env:NAVAJO_TEST_APP}") + param("SSLClientKeyPassPhrase", "hunter22"));
  STRCMP_EQUAL("(hidden)", find("servlet S", "SSLClientKeyPassPhrase").value.c_str());
  STRCMP_EQUAL("${env:NAVAJO_TEST_APP}", find("servlet S", "InetAddress").value.c_str());
  CHECK(write_settings(settings).find("hunter22") == std::string::npos);
  unsetenv("NAVAJO_TEST_APP");
}

TEST(Effective, what_is_written_is_read_again) {
  const std::vector<Setting> made{{"a\tb", "n", "line\nline \\n", "default"}, {"c", "m", "", "f:1"}};
  const auto read = read_settings(write_settings(made));
  CHECK(read.ok());
  CHECK(*read == made);
  CHECK(!read_settings("something else\n").ok());
  CHECK(!read_settings("navajo-settings 1\nonly\tthree\tparts\n").ok());
}

TEST(Effective, differences_are_what_is_new_gone_and_changed) {
  const auto all = differences({{"p", "kept", "1", "f:1"}, {"p", "changed", "1", "f:2"}, {"p", "gone", "1", "f:3"}},
                               {{"p", "kept", "1", "f:9"}, {"p", "changed", "2", "f:2"}, {"p", "new", "1", "default"}});
  STRCMP_EQUAL("p\n  ~ changed 1 -> 2   (f:2)\n  + new 1   (default)\n  - gone 1   (f:3)\n",
               differences_text(all).c_str());
  STRCMP_CONTAINS(R"({"kind":"changed","place":"p","name":"changed","before":"1","now":"2","origin":"f:2"})",
                  differences_json(all).c_str());
  CHECK(differences({}, {}).empty());
}

TEST(Effective, names_of_secrets_are_known) {
  for (const char* name : {"SSLClientKeyPassPhrase", "upstreamCredentials", "OriginalUrl.SecretKey", "token"})
    CHECK_TRUE_TEXT(is_secret_name(name), name);
  for (const char* name : {"PasswordField", "TokenFile", "ServerTokens", "InetAddress", "SSLCertificateKeyFile"})
    CHECK_FALSE_TEXT(is_secret_name(name), name);
}

TEST_GROUP(Redactor){};

TEST(Redactor, nothing_secret_is_left_in_configurations) {
  Redactor redactor;
  redactor.hide("swordfish");
  const std::string text =
      "<init-param><param-name>SSLClientKeyPassPhrase</param-name>\n<param-value>plant-1\n</param-value></init-param>\n"
      "<ForwardProxy upstreamCredentials=\"user:plant-2\" host='x'/>\nch.nevis.Password = plant-3\n"
      "anna:$2b$12$plant4plant4plant4plant4:user\n-----BEGIN PRIVATE KEY-----\nplant-5\n-----END PRIVATE KEY-----\n"
      "https://user:plant-6@host/ <x>swordfish</x>";
  const std::string shown = redactor.redacted(text, Redactor::Kind::configuration);
  CHECK_TEXT(shown.find("plant") == std::string::npos, shown.c_str());
  CHECK_TEXT(shown.find("swordfish") == std::string::npos, shown.c_str());
  STRCMP_CONTAINS("host='x'", shown.c_str());
  STRCMP_CONTAINS("ServerTokens=\"Prod\"",
                  redactor.redacted("<Server ServerTokens=\"Prod\"/>", Redactor::Kind::configuration).c_str());
  STRCMP_CONTAINS("SSLClientKeyPassPhrase", shown.c_str());
}

TEST(Redactor, nothing_secret_is_left_in_logs) {
  const std::string shown = Redactor().redacted(
      "Cookie: a=plant-1; b=plant-2\nAuthorization: Bearer plant3plant3\nGET /x?code=plant-4&b=1 HTTP/1.1\n"
      "token eyJhbGciOi.plantplant.plant\nsid=plantplantplantplantplantplant\n"
      "plantplantplantplantplantplantplantplantplant\nNVJ1203 backend app1:8443 refused, trying app2 (2 of 3)\n",
      Redactor::Kind::log);
  CHECK_TEXT(shown.find("plant") == std::string::npos, shown.c_str());
  STRCMP_CONTAINS("NVJ1203 backend app1:8443 refused, trying app2 (2 of 3)", shown.c_str());
}

TEST_GROUP(SupportArchive){};

TEST(SupportArchive, is_gzip_of_whole_blocks) {
  support::Archive archive(1);
  archive.add("a/b", "content");
  const auto made = archive.finish();
  CHECK(made.ok());
  CHECK(made->starts_with("\x1f\x8b"));
}

TEST_GROUP(Instances) {
  const TemporaryFolder folder;
  void setup() override { setenv("NAVAJO_INSTANCES", folder.path().c_str(), 1); }
  void teardown() override { unsetenv("NAVAJO_INSTANCES"); }
};

TEST(Instances, a_name_stands_for_its_configuration) {
  const std::string shop = folder.write("shop/conf/navajo.xml", ""), bank = folder.write("bank/navajo.xml", "");
  const std::vector<std::string> words{"shop", "status", "--json"};
  const auto expanded = expand_instance(words);
  LONGS_EQUAL(1, expanded.size());
  CHECK((expanded[0] == std::vector<std::string>{"status", "--json", "--config", shop}));
  const std::vector<std::string> all{"all", "stop"};
  LONGS_EQUAL(2, expand_instance(all).size());
  STRCMP_EQUAL(bank.c_str(), expand_instance(all)[0].back().c_str());
}

TEST(Instances, what_is_no_instance_is_none) {
  for (const char* name : {"none", "..", "../shop", "", "all", "-x", "a/b"})
    CHECK_FALSE_TEXT(named_instance(name), name);
  const std::vector<std::string> words{"none", "status"};
  CHECK(expand_instance(words).empty());
}
