#include "navajo/cli/migration/nevisproxy.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::cli::migration;
using navajo::config::TemporaryFolder;

TEST_GROUP(ImportNevisproxy) {
  const TemporaryFolder folder;
  std::string told;

  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // In a process of its own, since servlets keep what they share for as long as that lives. Its report, or its error.
  void import(const std::string& source) {
    const std::string path = folder.file("told");
    const pid_t child = fork();
    if (child == 0) {
      const auto report = import_nevisproxy(source, folder.file("ours"));
      std::ofstream(path) << (report.ok() ? report_text(*report) : report.error().text);
      _exit(0);
    }
    waitpid(child, nullptr, 0);
    told = content(path);
  }
  void write_instance(const std::string& params) {
    folder.write("shop/conf/navajo.xml",
                 "<Navajo>\n<Service name=\"shop\">\n<Connector name=\"a.test\" port=\"8080\"/>\n"
                 "<Engine defaultHost=\"a.test\"><Host name=\"a.test\"><Context docBase=\"/var/opt/nevisproxy/shop/"
                 "host-www\"/></Host></Engine>\n</Service>\n</Navajo>\n");
    folder.write("shop/host-www/WEB-INF/web.xml",
                 "<web-app>\n<servlet>\n<servlet-name>App</servlet-name>\n<servlet-class>ch::nevis::isiweb4::servlet::"
                 "connector::http::HttpConnectorServlet</servlet-class>\n<servlet-lib>libHttpConnectorServlet.so.1"
                 "</servlet-lib>\n<init-param><param-name>InetAddress</param-name><param-value>app:80</param-value>"
                 "</init-param>\n" +
                     params +
                     "</servlet>\n<servlet-mapping><servlet-name>App</servlet-name>"
                     "<url-pattern>/*</url-pattern></servlet-mapping>\n</web-app>\n");
    folder.write("shop/logs/navajo.log", "not to be copied");
  }
};

TEST(ImportNevisproxy, an_instance_becomes_one_without_faults) {
  write_instance("");
  import(folder.file("shop"));
  STRCMP_CONTAINS("It has no faults", told.c_str());
  STRCMP_CONTAINS("ch::nevis::isiweb4::servlet::connector::http::HttpConnectorServlet -> HttpConnectorServlet",
                  told.c_str());
  STRCMP_CONTAINS("1 paths below the instance's folder", told.c_str());
  STRCMP_CONTAINS(("docBase=\"" + folder.file("ours") + "/host-www\"").c_str(),
                  content(folder.file("ours/conf/navajo.xml")).c_str());
  STRCMP_CONTAINS("<servlet-class>HttpConnectorServlet</servlet-class>",
                  content(folder.file("ours/host-www/WEB-INF/web.xml")).c_str());
  CHECK(access(folder.file("ours/logs").c_str(), F_OK) != 0);
  // What was imported stays as it was.
  STRCMP_CONTAINS("/var/opt/nevisproxy/shop", content(folder.file("shop/conf/navajo.xml")).c_str());
}

TEST(ImportNevisproxy, a_descriptor_stays_as_readable_as_it_was) {
  write_instance("");
  chmod(folder.file("shop/host-www/WEB-INF/web.xml").c_str(), 0600);
  import(folder.file("shop"));
  struct stat about {};
  LONGS_EQUAL(0, stat(folder.file("ours/host-www/WEB-INF/web.xml").c_str(), &about));
  LONGS_EQUAL(0600, about.st_mode & 0777);
  STRCMP_CONTAINS("<servlet-class>HttpConnectorServlet<",
                  content(folder.file("ours/host-www/WEB-INF/web.xml")).c_str());
}

TEST(ImportNevisproxy, what_is_not_known_is_told_with_its_line_and_skipped) {
  write_instance("<init-param><param-name>NoSuchThing</param-name><param-value>1</param-value></init-param>\n");
  import(folder.file("shop/conf/navajo.xml"));
  STRCMP_CONTAINS("Not mapped", told.c_str());
  STRCMP_CONTAINS("web.xml:7", told.c_str());
  STRCMP_CONTAINS("NoSuchThing", told.c_str());
  STRCMP_CONTAINS("It has no faults", told.c_str());
  STRCMP_CONTAINS("<Navajo compat=\"lenient\">", content(folder.file("ours/conf/navajo.xml")).c_str());
}

TEST(ImportNevisproxy, what_cannot_be_skipped_is_to_be_mended_by_hand) {
  write_instance("<init-param><param-name>RequestTimeout</param-name><param-value>soon</param-value></init-param>\n");
  import(folder.file("shop"));
  STRCMP_CONTAINS("To be mended by hand", told.c_str());
  STRCMP_CONTAINS("It does not start yet", told.c_str());
}

TEST(ImportNevisproxy, nothing_is_overwritten_and_no_instance_is_an_error) {
  write_instance("");
  folder.write("ours/x", "");
  import(folder.file("shop"));
  STRCMP_CONTAINS("nothing is overwritten", told.c_str());
  import(folder.file("ours"));
  STRCMP_CONTAINS("no conf/navajo.xml", told.c_str());
}

TEST(ImportNevisproxy, paths_of_other_instances_stay) {
  size_t changes = 0;
  STRCMP_EQUAL("\"/new/x\" /o/shop2/y /a/o/shop/z",
               with_paths_replaced("\"/o/shop/x\" /o/shop2/y /a/o/shop/z", "/o/shop", "/new", changes).c_str());
  LONGS_EQUAL(1, changes);
}
