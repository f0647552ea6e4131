#include "navajo/config/navajo_xml.h"

#include <cstdlib>
#include <string>

#include "CppUTest/TestHarness.h"
#include "navajo/config/temporary_folder.h"

using namespace navajo::config;
using namespace std::chrono_literals;
namespace id = navajo::observe::id;

namespace {

const char kSmall[] = R"(<Navajo>
  <Service>
    <Connector name="www.example.org" port="8080" listen="127.0.0.1:8080"/>
    <Engine>
      <Host name="www.example.org">
        <Context docBase="site"/>
      </Host>
    </Engine>
  </Service>
</Navajo>
)";

std::string with(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == std::string::npos) FAIL(("nothing to replace: " + from).c_str());
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_GROUP(NavajoXml) {
  TemporaryFolder folder;
  Diagnostics diagnostics;

  NavajoXml load(std::string_view text) { return load_navajo_xml(folder.write("navajo.xml", text), diagnostics); }
  std::string faults() {
    std::string out;
    for (const Fault& fault : diagnostics.faults()) out += fault.line().substr(folder.path().size() + 1) + "\n";
    return out;
  }
  void one_fault(std::string_view text, const char* line) {
    load(text);
    STRCMP_EQUAL(line, faults().c_str());
  }
};

TEST(NavajoXml, reads_a_small_file_and_fills_in_the_defaults) {
  const NavajoXml navajo = load(kSmall);
  STRCMP_EQUAL("", faults().c_str());
  CHECK_TRUE(*navajo.compat == Compat::strict);
  const ReactorElement& reactor = navajo.service.reactor;
  CHECK_TRUE(*reactor.enabled);
  CHECK_TRUE(*reactor.scoreboard);
  LONGS_EQUAL(0, *reactor.threads);
  LONGS_EQUAL(20000, *reactor.max_connections);
  LONGS_EQUAL(131072, *reactor.stack);
  CHECK_TRUE(*reactor.hibernate_after == 5s);
  CHECK_TRUE(*reactor.drain_timeout == 300s);
  CHECK_TRUE(*reactor.stall_warning == 100ms);
  CHECK_TRUE(*reactor.stall_limit == 60s);
  CHECK_TRUE(*reactor.client_half_close == ClientHalfClose::abort);
  LONGS_EQUAL(240, *reactor.min_read_rate);
  CHECK_FALSE(reactor.threads.given);
  LONGS_EQUAL(2, reactor.threads.where.line);
  LONGS_EQUAL(1, navajo.service.connectors.size());
  STRCMP_EQUAL("127.0.0.1:8080", navajo.service.connectors[0].address().c_str());
  LONGS_EQUAL(8080, *navajo.service.connectors[0].port);
  const HostElement& host = navajo.service.engine.hosts.at(0);
  STRCMP_EQUAL("", host.contexts.at(0).path->c_str());
  STRCMP_EQUAL(folder.file("site").c_str(), host.contexts[0].doc_base->c_str());
}

TEST(NavajoXml, reads_the_reactor) {
  const NavajoXml navajo = load(with(kSmall, "<Connector", R"(<Reactor enabled="off" threads="4" maxConnections="100"
    stack="256K" hibernateAfter="off" drainTimeout="10" stallWarning="1s" stallLimit="off"
    clientHalfClose="serve" minReadRate="off" scoreboard="off"/><Connector)"));
  STRCMP_EQUAL("", faults().c_str());
  const ReactorElement& reactor = navajo.service.reactor;
  CHECK_FALSE(*reactor.enabled);
  CHECK_FALSE(*reactor.scoreboard);
  LONGS_EQUAL(4, *reactor.threads);
  LONGS_EQUAL(100, *reactor.max_connections);
  LONGS_EQUAL(262144, *reactor.stack);
  CHECK_TRUE(*reactor.hibernate_after == 0ms);
  CHECK_TRUE(*reactor.drain_timeout == 10ms);
  CHECK_TRUE(*reactor.stall_warning == 1s);
  CHECK_TRUE(*reactor.stall_limit == 0ms);
  CHECK_TRUE(*reactor.client_half_close == ClientHalfClose::serve);
  LONGS_EQUAL(0, *reactor.min_read_rate);
  LONGS_EQUAL(4, reactor.stack.where.line);
  LONGS_EQUAL(5, reactor.stack.where.column);
}

TEST(NavajoXml, hands_on_directives_in_their_order_and_adds_defaults_not_given) {
  const NavajoXml navajo = load(with(kSmall, "<Connector",
      "<Server User='nobody' timeout='7' Timeout='9' QS_SrvMaxConn='5' LogLevel='debug'/><Connector"));
  // "timeout" starts with a small letter: ours, and not known.
  STRCMP_CONTAINS("Server has no attribute 'timeout', did you mean 'Timeout'?", faults().c_str());
  const auto& directives = navajo.service.server.directives;
  STRCMP_EQUAL("User", directives.at(0).name.c_str());
  STRCMP_EQUAL("9", directives.at(1).value.c_str());
  STRCMP_EQUAL("QS_SrvMaxConn", directives.at(2).name.c_str());
  size_t timeouts = 0, tokens = 0;
  for (const Directive& directive : directives) {
    timeouts += directive.name == "Timeout";
    tokens += directive.name == "ServerTokens" && directive.value == "Prod" && !directive.given;
  }
  LONGS_EQUAL(1, timeouts);
  LONGS_EQUAL(1, tokens);
}

TEST(NavajoXml, reports_every_fault_of_a_file_at_once_with_its_place) {
  load(R"(<Navajo>
  <Service nam="x">
    <Reactor threads="65"
             stack="12"
             clientHalfClose="served"/>
    <Connector name="a" prot="1"/>
    <Enigne/>
    <Engine>
      <Host name="a"><Context path="x" docBase="d"/></Host>
      <Host name="A"><Contxt/></Host>
    </Engine>
  </Service>
</Navajo>)");
  for (const char* expected : {
           "navajo.xml:2:12: NVJ1304 Service has no attribute 'nam', did you mean 'name'?",
           "navajo.xml:3:14: NVJ1306 Reactor threads: '65' is out of range, allowed is 1 to 64 or auto",
           "navajo.xml:4:14: NVJ1306 Reactor stack: '12' is out of range",
           "navajo.xml:5:14: NVJ1306 Reactor clientHalfClose: 'served' is not one of abort, serve, "
           "did you mean 'serve'?",
           "navajo.xml:6:25: NVJ1304 Connector has no attribute 'prot', did you mean 'port'?",
           "navajo.xml:6:5: NVJ1305 Connector needs the attribute 'port'",
           "navajo.xml:7:5: NVJ1303 the element Enigne is not known below Service, did you mean 'Engine'?",
           "navajo.xml:9:31: NVJ1306 Context path: 'x' is not a path like /shop",
           "navajo.xml:10:13: NVJ1307 the host name 'a' is taken already",
           "navajo.xml:10:22: NVJ1303 the element Contxt is not known below Host, did you mean 'Context'?",
           "navajo.xml:10:7: NVJ1305 Host needs the element Context",
       })
    STRCMP_CONTAINS(expected, faults().c_str());
}

TEST(NavajoXml, every_single_fault_points_at_its_own_place_and_nowhere_else) {
  struct Case {
    const char *from, *to, *line;
  };
  for (const Case& one : {
           Case{"<Engine>", "<Engine defaultHost='ww.example.org'>",
                "navajo.xml:4:13: NVJ1308 there is no Host 'ww.example.org', did you mean 'www.example.org'?\n"},
           Case{"docBase=\"site\"", "docBase=\"\"", "navajo.xml:6:18: NVJ1306 Context docBase: is empty\n"},
           Case{"port=\"8080\"", "port=\"http\"",
                "navajo.xml:3:39: NVJ1306 Connector port: 'http' is not a number or *\n"},
           Case{"127.0.0.1:8080", "8080",
                "navajo.xml:3:51: NVJ1306 Connector listen: '8080' is not address:port\n"},
           Case{"listen=", "nameVirtualHost=", "navajo.xml:3:51: NVJ1308 no Connector listens on 127.0.0.1:8080\n"},
           Case{"<Context ", "<Context path='/a/../b' ",
                "navajo.xml:6:18: NVJ1306 Context path: '/a/../b' is not a path like /shop\n"},
           Case{"<Context ", "<Context docBase='y'/><Context ",
                "navajo.xml:6:31: NVJ1307 another Context of this Host has the path '/'\n"},
           Case{"<Host name=\"www.example.org\"", "<Host name=\"www example\"",
                "navajo.xml:5:13: NVJ1306 Host name: 'www example' is not a host name\n"},
           Case{"<Service>", "<Service><Server LogFormat='a&#10;Include /etc/passwd'/>",
                "navajo.xml:2:20: NVJ1306 Server LogFormat: has to be one line\n"},
           Case{"<Service>", "<Service><Server LogLevel='info\\'/>",
                "navajo.xml:2:20: NVJ1306 Server LogLevel: ends with a backslash\n"},
           Case{"<Service>", "<Service><Server ErrorLog='${env:zq_unset_variable_zq}'/>",
                "navajo.xml:2:20: NVJ1309 the environment variable 'zq_unset_variable_zq' is not set\n"},
           Case{"<Service>", "<Service><Server ErrorLog='${exec:exit 3}'/>",
                "navajo.xml:2:20: NVJ1309 '${exec:exit 3}' ended with status 3\n"},
           Case{"<Service>", "<Service><Core/><Core/>", "navajo.xml:2:19: NVJ1307 a second Core in one Service\n"},
           Case{"<Service>", "<Service><Reactor stallWarning='2m'/>",
                "navajo.xml:2:21: NVJ1306 Reactor stallWarning: is longer than stallLimit\n"},
           Case{"/>\n    <Engine>", "><SSL SSLProtocol='all'/></Connector>\n    <Engine>",
                "navajo.xml:3:75: NVJ1305 SSL needs the attribute 'SSLCertificateFile'\n"},
       }) {
    diagnostics = {};
    one_fault(with(kSmall, one.from, one.to), one.line);
  }
}

TEST(NavajoXml, replaces_environment_variables_once) {
  setenv("NAVAJO_TEST_PORT", "8443", 1);
  setenv("NAVAJO_TEST_NESTED", "${env:NAVAJO_TEST_PORT}", 1);
  NavajoXml navajo = load(with(kSmall, "127.0.0.1:8080", "127.0.0.1:${env:NAVAJO_TEST_PORT}"));
  STRCMP_EQUAL("", faults().c_str());
  STRCMP_EQUAL("127.0.0.1:8443", navajo.service.connectors[0].listen->c_str());
  navajo = load(with(kSmall, "<Service>", "<Service name='${env:NAVAJO_TEST_NESTED} ${OTHER}'>"));
  STRCMP_EQUAL("${env:NAVAJO_TEST_PORT} ${OTHER}", navajo.service.name->c_str());
  unsetenv("NAVAJO_TEST_PORT");
  unsetenv("NAVAJO_TEST_NESTED");
}

TEST(NavajoXml, a_variable_cannot_bring_a_second_line_into_a_directive) {
  setenv("NAVAJO_TEST_LINES", "info\nLoadModule evil_module /tmp/evil.so", 1);
  load(with(kSmall, "<Service>", "<Service><Server LogLevel='${env:NAVAJO_TEST_LINES}'/>"));
  STRCMP_CONTAINS("LogLevel: has to be one line", faults().c_str());
  unsetenv("NAVAJO_TEST_LINES");
}

TEST(NavajoXml, connectors_that_share_an_address_are_told_apart_by_name) {
  const std::string second = R"(<Connector name="b.example.org" port="80" nameVirtualHost="127.0.0.1:8080"/><Engine>)";
  const NavajoXml navajo = load(with(kSmall, "<Engine>", second));
  STRCMP_EQUAL("", faults().c_str());
  CHECK_FALSE(navajo.service.connectors[1].listens());
  STRCMP_EQUAL("127.0.0.1:8080", navajo.service.connectors[1].address().c_str());
}

TEST(NavajoXml, two_listeners_on_one_address_are_a_fault) {
  one_fault(with(kSmall, "<Engine>", "<Connector name='b' port='1' listen='127.0.0.1:8080'/><Engine>"),
            "navajo.xml:4:5: NVJ1307 another Connector listens on 127.0.0.1:8080 already: "
            "use nameVirtualHost here instead of listen\n");
}

TEST(NavajoXml, tls_and_plaintext_do_not_share_an_address) {
  load(with(kSmall, "<Engine>",
            "<Connector name='b' port='1' nameVirtualHost='127.0.0.1:8080'>"
            "<SSL SSLCertificateFile='c.pem'/></Connector><Engine>"));
  STRCMP_CONTAINS("must either all have SSL or none", faults().c_str());
}

TEST(NavajoXml, skips_unknown_things_with_a_notice_when_lenient) {
  load(with(with(kSmall, "<Navajo>", "<Navajo compat='lenient'>"), "<Service>",
            "<Service hostTempalte='/x'><Tmier period='60'/>"));
  STRCMP_EQUAL("", faults().c_str());
  LONGS_EQUAL(2, diagnostics.notices().size());
  STRCMP_CONTAINS("Tmier is not known below Service, did you mean 'Timer'? (skipped)",
                  diagnostics.notices()[1].text.c_str());
}

TEST(NavajoXml, another_root_element_is_not_navajo_xml) {
  one_fault("<web-app/>", "navajo.xml:1:1: NVJ1303 the file starts with web-app, not with Navajo\n");
}
