#include "navajo/config/web_xml.h"

#include <cstdlib>
#include <string>

#include "CppUTest/TestHarness.h"
#include "navajo/config/temporary_folder.h"

using namespace navajo::config;

TEST_GROUP(WebXml) {
  TemporaryFolder folder;
  Diagnostics diagnostics;

  WebXml load(std::string_view text, Compat compat = Compat::strict) {
    return load_web_xml(folder.write("web.xml", text), compat, diagnostics);
  }
  std::string faults() {
    std::string out;
    for (const Fault& fault : diagnostics.faults()) out += fault.line().substr(folder.path().size() + 1) + "\n";
    return out;
  }
  void one_fault(const std::string& inside, const char* line) {
    diagnostics = {};
    load("<web-app>\n" + inside + "\n</web-app>");
    STRCMP_EQUAL(line, faults().c_str());
  }
};

TEST(WebXml, reads_a_servlet_2_3_descriptor) {
  const WebXml web = load(R"(<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE web-app PUBLIC "-//Sun Microsystems, Inc.//DTD Web Application 2.3//EN" "web-app_2_3.dtd">
<web-app id="x">
  <display-name>Shop</display-name>
  <description>For readers</description>
  <context-param><param-name>application-id</param-name><param-value> shop </param-value></context-param>
  <filter>
    <filter-name>delegate</filter-name>
    <filter-class>ch::nevis::isiweb4::filter::delegation::HeaderDelegationFilter</filter-class>
    <filter-lib>libDelegationFilters.so.1</filter-lib>
    <init-param>
      <param-name>DelegateToBackend</param-name>
      <param-value>
        X-A:CONST:a
        X-B:CONST:b
      </param-value>
      <description>two fields</description>
    </init-param>
  </filter>
  <filter-mapping>
    <filter-name>delegate</filter-name><url-pattern>/app/*</url-pattern><exclude-url-regex>\.css$</exclude-url-regex>
  </filter-mapping>
  <filter-mapping><filter-name>delegate</filter-name><servlet-name>app</servlet-name></filter-mapping>
  <servlet>
    <servlet-name>app</servlet-name><servlet-class>HttpConnectorServlet</servlet-class>
    <load-on-startup>1</load-on-startup>
  </servlet>
  <servlet-mapping><servlet-name>app</servlet-name><url-pattern>/app/*</url-pattern></servlet-mapping>
  <mime-mapping><extension>.WOFF</extension><mime-type>font/woff</mime-type></mime-mapping>
  <welcome-file-list><welcome-file>start.html</welcome-file><welcome-file>index.html</welcome-file></welcome-file-list>
  <error-page><error-code>404</error-code><location>/404.html</location></error-page>
</web-app>)");
  STRCMP_EQUAL("", faults().c_str());
  STRCMP_EQUAL("shop", web.context_params.at("application-id").text.c_str());
  STRCMP_EQUAL("delegate", web.filters.at(0).name.text.c_str());
  LONGS_EQUAL(8, web.filters[0].name.where.line);
  LONGS_EQUAL(18, web.filters[0].name.where.column);
  STRCMP_EQUAL("libDelegationFilters.so.1", web.filters[0].library.text.c_str());
  STRCMP_CONTAINS("X-B:CONST:b", web.filters[0].params.at("DelegateToBackend").text.c_str());
  LONGS_EQUAL(13, web.filters[0].params.at("DelegateToBackend").where.line);
  LONGS_EQUAL(2, web.filter_mappings.size());
  STRCMP_EQUAL("\\.css$", web.filter_mappings[0].exclude_url_regex.text.c_str());
  STRCMP_EQUAL("app", web.filter_mappings[1].servlet.text.c_str());
  STRCMP_EQUAL("/app/*", web.servlet_mappings.at(0).url_pattern.text.c_str());
  STRCMP_EQUAL("font/woff", web.mime_types.at("woff").c_str());
  LONGS_EQUAL(2, web.welcome_files.size());
  LONGS_EQUAL(404, web.error_pages.at(0).status);
}

TEST(WebXml, has_a_welcome_file_when_none_is_named) {
  STRCMP_EQUAL("index.html", load("<web-app/>").welcome_files.at(0).c_str());
}

TEST(WebXml, replaces_variables_in_parameters) {
  setenv("NAVAJO_TEST_BACKEND", "127.0.0.1:9000", 1);
  const WebXml web = load("<web-app><servlet><servlet-name>a</servlet-name><servlet-class>b</servlet-class><init-param>"
                          "<param-name>InetAddress</param-name><param-value>${env:NAVAJO_TEST_BACKEND}</param-value>"
                          "</init-param></servlet></web-app>");
  STRCMP_EQUAL("127.0.0.1:9000", web.servlets.at(0).params.at("InetAddress").text.c_str());
  unsetenv("NAVAJO_TEST_BACKEND");
}

TEST(WebXml, names_each_fault_and_its_place) {
  one_fault("<servlt/>", "web.xml:2:1: NVJ1303 the element servlt is not known below web-app, "
                         "did you mean 'servlet'?\n");
  one_fault("<servlet><servlet-name>a</servlet-name></servlet>",
            "web.xml:2:1: NVJ1305 servlet needs the element servlet-class\n");
  one_fault("<servlet>\n<servlet-name> </servlet-name><servlet-class>b</servlet-class></servlet>",
            "web.xml:3:1: NVJ1305 servlet-name is empty\n");
  one_fault("<servlet-mapping><servlet-name>ap</servlet-name><url-pattern>/</url-pattern></servlet-mapping>\n"
            "<servlet><servlet-name>app</servlet-name><servlet-class>b</servlet-class></servlet>",
            "web.xml:2:32: NVJ1308 there is no servlet 'ap', did you mean 'app'?\n");
  one_fault("<filter-mapping><filter-name>f</filter-name><url-pattern>/*</url-pattern></filter-mapping>",
            "web.xml:2:30: NVJ1308 there is no filter 'f'\n");
  one_fault("<filter><filter-name>f</filter-name><filter-class>c</filter-class></filter>\n"
            "<filter-mapping><filter-name>f</filter-name></filter-mapping>",
            "web.xml:3:1: NVJ1305 filter-mapping needs the element url-pattern or servlet-name\n");
  one_fault("<error-page><error-code>200</error-code><location>/x</location></error-page>",
            "web.xml:2:25: NVJ1306 error-code '200' is out of range, allowed is 400 to 599\n");
  one_fault("<error-page><error-code>404</error-code><location>x</location></error-page>",
            "web.xml:2:51: NVJ1306 location has to start with a slash\n");
  one_fault("<servlet><servlet-name>a</servlet-name><servlet-class>b</servlet-class></servlet>\n"
            "<servlet><servlet-name>a</servlet-name><servlet-class>b</servlet-class></servlet>",
            "web.xml:3:24: NVJ1307 a second servlet 'a'\n");
  one_fault("<servlet><servlet-name>a</servlet-name><servlet-class>b</servlet-class>"
            "<init-param><param-name>P</param-name><param-value>1</param-value></init-param>\n"
            "<init-param><param-name>P</param-name><param-value>2</param-value></init-param></servlet>",
            "web.xml:3:25: NVJ1307 a second init-param of a 'P'\n");
  one_fault("<context-param><param-name>a\nb</param-name><param-value>1</param-value></context-param>",
            "web.xml:2:28: NVJ1306 param-name has to be one line\n");
}

TEST(WebXml, skips_unknown_elements_with_a_notice_when_lenient) {
  load("<web-app><session-config><session-timeout>30</session-timeout></session-config></web-app>", Compat::lenient);
  STRCMP_EQUAL("", faults().c_str());
  LONGS_EQUAL(1, diagnostics.notices().size());
}
