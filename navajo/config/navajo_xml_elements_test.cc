// Element by element, attribute by attribute: what is read, which directive it becomes, what is refused, what is
// only told. Each case is one change to a small file.
#include <cstdlib>
#include <string>

#include "navajo/config/httpd_directives.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::config;
using namespace std::chrono_literals;

TEST_GROUP(NavajoXmlElements) {
  TemporaryFolder folder;
  Diagnostics diagnostics;

  // Service's attributes, what is inside it, Connector's attributes, what is inside it, Engine's, Context's.
  struct Parts {
    std::string service, inside, connector, connector_inside, engine, engine_inside, context, navajo;
  };
  NavajoXml load(const Parts& parts) {
    diagnostics = {};
    return load_navajo_xml(
        folder.write("navajo.xml",
                     "<Navajo " + parts.navajo + "><Service " + parts.service + ">" + parts.inside +
                         "<Connector name='www.example.org' port='8080' listen='127.0.0.1:8080' " + parts.connector +
                         ">" + parts.connector_inside + "</Connector><Engine " + parts.engine + ">" +
                         parts.engine_inside + "<Host name='www.example.org'><Context docBase='d' " + parts.context +
                         "/></Host></Engine></Service></Navajo>"),
        diagnostics);
  }
  NavajoXml good(const Parts& parts) {
    NavajoXml out = load(parts);
    if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
    return out;
  }
  void generates(const Parts& parts, const std::string& directive) {
    std::string all;
    for (const DirectiveLine& line : httpd_directives(good(parts))) {
      if (line.text == directive) return;
      all += line.text + "\n";
    }
    FAIL(("'" + directive + "' is not among\n" + all).c_str());
  }
  void refuses(const Parts& parts, const char* text) {
    load(parts);
    if (diagnostics.ok()) FAIL((std::string("accepted, expected: ") + text).c_str());
    STRCMP_CONTAINS(text, diagnostics.faults()[0].line().c_str());
    LONGS_EQUAL(1, diagnostics.faults().size());
    CHECK_TRUE(diagnostics.faults()[0].where.line > 0);
  }
  void tells(const Parts& parts, const char* text) {
    good(parts);
    LONGS_EQUAL(1, diagnostics.notices().size());
    STRCMP_CONTAINS(text, diagnostics.notices()[0].line().c_str());
  }
  ContextElement context(const std::string& attributes, const std::string& connector_inside = "") {
    return good({.connector_inside = connector_inside, .context = attributes}).service.engine.hosts[0].contexts[0];
  }
};

// ---------------------------------------------------------------- becomes a directive

TEST(NavajoXmlElements, become_directives) {
  struct Case {
    Parts parts;
    const char* directive;
  };
  const std::string ssl = "<SSL SSLCertificateFile='c.pem'/>";
  for (const Case& one : {
           Case{{}, "LimitRequestBody 512000"},
           Case{{}, "LimitRequestLine 5120"},
           Case{{.inside = "<Server LimitRequestBody='0' LimitRequestLine='9000'/>"}, "LimitRequestBody 0"},
           Case{{.inside = "<Server LimitRequestLine='9000'/>"}, "LimitRequestLine 9000"},
           Case{{.inside = "<Server User='nvp' Group='nvp'/>"}, "User nvp"},
           Case{{.inside = "<Server User='nvp' Group='nvp'/>"}, "Group nvp"},
           Case{{.inside = "<Server MaxClients='7'/>"}, "MaxRequestWorkers 7"},
           Case{{.inside = "<Server Include='x.conf'/>"}, "Include x.conf"},
           Case{{.connector = "Include='y.conf'"}, "  Include y.conf"},
           Case{{.connector = "CustomLog='y.log navajo'"}, "  CustomLog y.log navajo"},
           Case{{.inside = "<Server><CustomLogs CustomLog='a.log navajo'/><CustomLogs CustomLog='b.log x env=slow' "
                           "LogFormat='%t x'/></Server>"},
                "CustomLog b.log x env=slow"},
           Case{{.inside = "<Server><CustomLogs CustomLog='b.log x' LogFormat='%t x'/></Server>"}, "LogFormat %t x"},
           Case{{.inside = "<Server><CustomLogs CustomLog='&quot;|/bin/rotate size=1&quot; navajo'/></Server>"},
                "CustomLog \"|/bin/rotate size=1\" navajo"},
           Case{{.connector_inside = "<CustomLogs CustomLog='c.log navajo'/>"}, "  CustomLog c.log navajo"},
           Case{{.inside = "<Qos QS_SrvMaxConnPerIP='75'/>"}, "QS_SrvMaxConnPerIP 75"},
           Case{{.inside = "<Qos SrvMaxConnClose='85%'/>"}, "QS_SrvMaxConnClose 85%"},
           Case{{.inside = "<Server><Qos QS_SrvMaxConn='5'/></Server>"}, "QS_SrvMaxConn 5"},
           Case{{.connector_inside = "<Qos LocRequestLimit='/a 5'/>"}, "  QS_LocRequestLimit /a 5"},
           Case{{.inside = "<SSLCache maxEntries='1000' maxEntrySize='2000'/>", .connector_inside = ssl},
                "SSLSessionCache \"shmcb:tls(2000000)\""},
           Case{{.inside = "<SSLCache maxEntries='1000' maxEntrySize='2000'/>",
                 .connector_inside = ssl + "<SSLCache maxEntries='500' maxEntrySize='2000'/>"},
                "SSLSessionCache \"shmcb:tls(3000000)\""},
           Case{{.inside = "<SSLCache maxEntries='1'/>", .connector_inside = ssl},
                "SSLSessionCache \"shmcb:tls(65536)\""},
           Case{{.inside = "<Server SSLSessionCache='shmcb:x(600000)'/>", .connector_inside = ssl},
                "SSLSessionCache shmcb:x(600000)"},
           Case{{.connector = "QS_EventRequestLimit='a 1'"}, "  QS_EventRequestLimit a 1"},
           Case{{.inside = "<Server ErrorLog='@PKG_HOME@/x'/>"}, "ErrorLog " NAVAJO_PREFIX "/x"},
           Case{{.inside = "<Server ErrorLog='${PKG_HOME}/${PKG_INSTANCE}/${OTHER}/a@b'/>"},
                "ErrorLog " NAVAJO_PREFIX "/default/${OTHER}/a@b"},
           Case{{.inside = "<Server ErrorLog='x_@HTTPD_LIB_VERSION@'/>"}, "ErrorLog x_2_4"},
       })
    generates(one.parts, one.directive);
}

TEST(NavajoXmlElements, a_custom_log_of_a_child_element_takes_the_place_of_the_default_one) {
  for (const DirectiveLine& line : httpd_directives(
           good({.service = "spoolDir='s'", .inside = "<Server><CustomLogs CustomLog='a.log navajo'/></Server>"})))
    CHECK_FALSE(line.text.find("access.log") != std::string::npos);
}

TEST(NavajoXmlElements, any_port_needs_a_listener_and_has_no_public_port) {
  const NavajoXml navajo = good({.inside = "<Connector name='b' port='*' listen='127.0.0.1:9000'/>"});
  LONGS_EQUAL(0, *navajo.service.connectors[0].port);
  generates({.inside = "<Connector name='b' port='*' listen='127.0.0.1:9000'/>"}, "  ServerName \"http://b\"");
  generates({.inside = "<Connector name='b' port='*' listen='127.0.0.1:9000'/>"}, "Listen 127.0.0.1:9000");
}

TEST(NavajoXmlElements, package_variables_come_from_the_environment) {
  setenv("PKG_VAR", "/var/opt/x", 1);
  setenv("PKG_INSTANCE", "shop", 1);
  generates({.inside = "<Server ErrorLog='@PKG_VAR@/${PKG_INSTANCE}/e.log'/>"}, "ErrorLog /var/opt/x/shop/e.log");
  unsetenv("PKG_VAR");
  unsetenv("PKG_INSTANCE");
  refuses({.inside = "<Server ErrorLog='@PKG_VAR@/e.log'/>"}, "NVJ1309 @PKG_VAR@ is not known");
}

// ---------------------------------------------------------------- templates

TEST(NavajoXmlElements, templates_are_directives_with_variables_and_places_of_their_own) {
  folder.write("server.tpl", "# comment\n\nHeader always set X-Instance \\\n  ${SERVICE_NAME}\nDefine ${Y}\n");
  folder.write("host.tpl",
               "Header set X-C \"${CONNECTOR_NAME}|${CONNECTOR_PORT}|${CONNECTOR_ADDRESS}|${SPOOL_DIR}\"\n");
  const Parts parts{.service = "name='shop' spoolDir='/s' serverTemplate='server.tpl' hostTemplate='host.tpl'"};
  generates(parts, "Header always set X-Instance shop");
  generates(parts, "Define ${Y}");
  generates(parts, "  Header set X-C \"www.example.org|8080|127.0.0.1:8080|/s\"");
  const NavajoXml navajo = good(parts);
  LONGS_EQUAL(3, navajo.service.server_template.at(0).where.line);
  STRCMP_EQUAL(folder.file("server.tpl").c_str(), navajo.service.server_template[0].where.file.c_str());
  LONGS_EQUAL(5, navajo.service.server_template.at(1).where.line);
}

TEST(NavajoXmlElements, a_template_another_product_ships_is_not_missed) {
  tells({.service = "hostTemplate='/opt/none/etc/host2.template'"}, "NVJ1316 there is no /opt/none/etc/host2.template");
  tells({.service = "serverTemplate='/opt/none/etc/server2.template'"}, "Navajo needs no template");
  refuses({.service = "hostTemplate='/opt/none/own.template'"}, "NVJ1300 template /opt/none/own.template: ");
}

// ---------------------------------------------------------------- is read

TEST(NavajoXmlElements, the_command_line_is_words_for_httpd) {
  const ServiceElement service =
      good({.service = "commandLine='-X -DFOO -D &quot;A B&quot; NAVAJOgroup=staff -e debug'"}).service;
  STRCMP_EQUAL("staff", service.process_group.c_str());
  LONGS_EQUAL(6, service.httpd_arguments.size());
  STRCMP_EQUAL("A B", service.httpd_arguments[3].c_str());
}

TEST(NavajoXmlElements, the_admin_socket_is_there_and_may_be_given_to_a_group) {
  ServiceElement service = good({}).service;
  CHECK_TRUE(*service.admin_socket);
  CHECK_FALSE(service.admin_group_id.has_value());
  service = good({.service = "adminSocket='off' adminGroup='root'"}).service;
  CHECK_FALSE(*service.admin_socket);
  LONGS_EQUAL(0, *service.admin_group_id);
  LONGS_EQUAL(4711, *good({.service = "adminGroup='4711'"}).service.admin_group_id);
}

TEST(NavajoXmlElements, a_crash_is_recovered_from_unless_something_else_is_asked_for) {
  CHECK_TRUE(*good({}).service.crash_recovery == CrashRecovery::recover);
  CHECK_TRUE(*good({.service = "crashRecoveryStrategy='block'"}).service.crash_recovery == CrashRecovery::block);
  CHECK_TRUE(*good({.service = "crashRecoveryStrategy='kill'"}).service.crash_recovery == CrashRecovery::kill);
}

TEST(NavajoXmlElements, core_and_timer_have_the_documented_defaults) {
  ServiceElement service = good({}).service;
  LONGS_EQUAL(10000000, *service.core.memory_size);
  CHECK_TRUE(*service.timer.periodicity == 60s);
  service = good({.inside = "<Core memorySize='1M'/><Timer periodicity='5'/>"}).service;
  LONGS_EQUAL(1 << 20, *service.core.memory_size);
  CHECK_TRUE(*service.timer.periodicity == 5s);
}

TEST(NavajoXmlElements, a_context_is_open_unless_it_says_otherwise) {
  const ContextElement open = context("");
  CHECK_TRUE(*open.unsecure_connection == UnsecureConnection::allow);
  CHECK_TRUE(open.allowed_methods->empty() && !open.allowed_methods.given);
  CHECK_TRUE(open.additional_status_codes->empty());
  const ContextElement closed = context(
      "id='shop' unsecureConnection='deny' allowedMethods='GET, HEAD' additionalStatusCodes='299,440'");
  STRCMP_EQUAL("shop", closed.id->c_str());
  CHECK_TRUE(*closed.unsecure_connection == UnsecureConnection::deny);
  LONGS_EQUAL(2, closed.allowed_methods->size());
  LONGS_EQUAL(440, closed.additional_status_codes->at(1));
}

TEST(NavajoXmlElements, a_body_limit_of_host_and_context_is_none_unless_given) {
  CHECK_FALSE(context("").limit_request_body.has_value());
  LONGS_EQUAL(2048, *context("limitRequestBody='2K'").limit_request_body);
  LONGS_EQUAL(0, *context("limitRequestBody='any'").limit_request_body);
  LONGS_EQUAL(0, *context("limitRequestBody='0'").limit_request_body);
  const EngineElement engine =
      good({.engine_inside = "<Host name='b' limitRequestBody='7'><Context docBase='d'/></Host>"}).service.engine;
  LONGS_EQUAL(7, *engine.hosts[0].limit_request_body);
  CHECK_FALSE(engine.hosts[0].contexts[0].limit_request_body.has_value());
  refuses({.context = "limitRequestBody='-1'"}, "Context limitRequestBody");
}

TEST(NavajoXmlElements, the_memory_observer_watches_the_group_unless_told_otherwise) {
  const MemoryObserverElement usual = good({}).service.memory_observer;
  LONGS_EQUAL(0, *usual.process_high);
  LONGS_EQUAL(85, *usual.group_high);
  LONGS_EQUAL(93, *usual.group_critical);
  LONGS_EQUAL(64, *usual.max_large_bodies);
  CHECK_TRUE(*usual.interval == 500ms && *usual.large_body_wait == 5s);
  const MemoryObserverElement told =
      good({.inside = "<MemoryObserver processHigh='1G' processCritical='2G' processReplace='1500M' groupHigh='off' "
                      "groupCritical='off' interval='1s' largeBody='64K' maxLargeBodies='any' largeBodyWait='0'/>"})
          .service.memory_observer;
  LONGS_EQUAL(1500 << 20, *told.process_replace);
  LONGS_EQUAL(0, *told.group_high + *told.group_critical + *told.max_large_bodies);
  LONGS_EQUAL(65536, *told.large_body);
  refuses({.inside = "<MemoryObserver groupHigh='93'/>"}, "MemoryObserver groupHigh: has to be below groupCritical");
  refuses({.inside = "<MemoryObserver groupCritical='80'/>"}, "groupCritical: has to be above groupHigh");
  refuses({.inside = "<MemoryObserver processHigh='2G' processCritical='2G'/>"}, "processHigh: has to be below");
}

TEST(NavajoXmlElements, requests_above_a_second_are_slow_unless_told_otherwise) {
  const RequestHistoryElement usual = good({}).service.request_history;
  CHECK_TRUE(*usual.slow == 1s && *usual.sample_interval == 5s);
  const RequestHistoryElement told =
      good({.inside = "<RequestHistory slow='250' sampleInterval='off'/>"}).service.request_history;
  CHECK_TRUE(*told.slow == 250ms && *told.sample_interval == 0s);
  refuses({.inside = "<RequestHistory slow='0'/>"}, "RequestHistory slow");
}

TEST(NavajoXmlElements, the_stricter_of_two_policies_for_plain_connections_counts) {
  CHECK_TRUE(*context("unsecureConnection='allow' unsecureConnectionRedirect='deny'").unsecure_connection ==
             UnsecureConnection::deny);
  CHECK_TRUE(*context("unsecureConnection='deny' unsecureConnectionRedirect='allow'").unsecure_connection ==
             UnsecureConnection::deny);
  const ContextElement to = context("unsecureConnection='redirect' "
                                    "unsecureConnectionRedirect='https://login.example.org/'");
  STRCMP_EQUAL("https://login.example.org", to.redirect_origin->c_str());
  CHECK_TRUE(diagnostics.notices().empty());
}

TEST(NavajoXmlElements, a_redirect_leads_to_the_secure_connector_of_the_host) {
  const std::string tls = "<SSL SSLCertificateFile='c.pem'/></Connector>";
  const auto port = [&](const std::string& connectors) {
    return good({.inside = connectors, .context = "unsecureConnection='redirect'"}).service.engine.hosts[0].secure_port;
  };
  LONGS_EQUAL(443, *port("<Connector name='www.example.org' port='443' listen='127.0.0.1:8443'>" + tls));
  LONGS_EQUAL(444, *port("<Connector name='other' port='443'>" + tls +
                         "<Connector name='x' serverAlias='*.example.org' port='444'>" + tls));
  LONGS_EQUAL(443, *port("<Connector name='other' port='443'>" + tls));
  LONGS_EQUAL(8443, *port("<Connector name='www.example.org' port='*' listen='127.0.0.1:8443'>" + tls));
  CHECK_FALSE(port("").has_value());
  STRCMP_CONTAINS("NVJ1341 Context unsecureConnection: no Connector has SSL",
                  diagnostics.notices().at(0).line().c_str());
}

// ---------------------------------------------------------------- is refused

TEST(NavajoXmlElements, refuse_what_cannot_be_meant) {
  struct Case {
    Parts parts;
    const char* text;
  };
  const std::string ssl = "<SSL SSLCertificateFile='c.pem'/>";
  for (const Case& one : {
           Case{{.service = "crashRecoveryStrategy='recovr'"}, "did you mean 'recover'?"},
           Case{{.service = "commandLine='-k'"}, "NVJ1306 Service commandLine: '-k' cannot be given"},
           Case{{.service = "commandLine='-f/x'"}, "NVJ1306 Service commandLine: '-f/x' cannot be given"},
           Case{{.service = "commandLine='-D'"}, "'-D' needs a value"},
           Case{{.service = "adminGroup='no such group'"},
                "NVJ1306 Service adminGroup: there is no group 'no such group' on this machine"},
           Case{{.service = "adminGroup=''"}, "NVJ1306 Service adminGroup"},
           Case{{.service = "commandLine='NAVAJOgroup='"}, "NAVAJOgroup= names no group"},
           Case{{.inside = "<Core memorySize='12'/>"}, "NVJ1306 Core memorySize: '12' is out of range"},
           Case{{.inside = "<Timer periodicity='0'/>"}, "NVJ1306 Timer periodicity: '0' is out of range"},
           Case{{.inside = "<Timer period='5'/>"},
                "NVJ1304 Timer has no attribute 'period'"},
           Case{{.inside = "<SSLCache maxEntries='0'/>", .connector_inside = ssl}, "NVJ1306 SSLCache maxEntries"},
           Case{{.inside = "<SSLCache maxEntries='1000000'/>", .connector_inside = ssl},
                "NVJ1306 SSLCache: maxEntries times maxEntrySize comes to 1536000000 bytes"},
           Case{{.inside = "<Server><CustomLogs/></Server>"}, "NVJ1305 CustomLogs needs the attribute 'CustomLog'"},
           Case{{.inside = "<Server><CustomLogs CustomLog='a' Format='b'/></Server>"}, "NVJ1304 CustomLogs has no"},
           Case{{.inside = "<Qos qs='1'/>"}, "NVJ1304 Qos has no attribute 'qs'"},
           Case{{.inside = "<OpenTelemetry spans='on'/>"}, "NVJ1304 OpenTelemetry has no attribute 'spans'"},
           Case{{.inside = "<OpenTelemetry queue='100' batch='101'/>"},
                "NVJ1306 OpenTelemetry batch: 101 spans are more than queue holds, 100"},
           Case{{.inside = "<Property name='a' value='b'/>"}, "NVJ1318 Property is not there: properties are"},
           Case{{.engine_inside = "<HttpSession maxEntries='100'/>"}, "NVJ1318 HttpSession is not there: sessions"},
           Case{{.engine_inside = "<UserAgent pattern='.*'/>"}, "NVJ1318 UserAgent is not there"},
           Case{{.inside = "<Connector name='b' port='*'/>"}, "NVJ1306 Connector port: '*' needs listen"},
           Case{{.context = "unsecureConnection='yes'"}, "NVJ1306 Context unsecureConnection: 'yes' is not one of"},
           Case{{.context = "unsecureConnectionRedirect='http://x'"}, "'http://x' is not https://name:port, deny"},
           Case{{.context = "unsecureConnectionRedirect='https://*:1'"}, "is not https://name:port"},
           Case{{.context = "unsecureConnectionRedirect='https://a/b'"}, "is not https://name:port"},
           Case{{.context = "allowedMethods='get'"}, "NVJ1306 Context allowedMethods: 'get' is no method"},
           Case{{.context = "additionalStatusCodes='99'"}, "'99' is not a code from 200 to 999"},
           Case{{.context = "additionalStatusCodes='2x9'"}, "'2x9' is not a code"},
           Case{{.context = "id='a'/><Context path='/b' docBase='e' id='a'"}, "NVJ1307 another Context has the id 'a'"},
       })
    refuses(one.parts, one.text);
}

TEST(NavajoXmlElements, a_hundred_connectors_are_allowed_and_one_more_is_told_why_not) {
  std::string connectors;
  for (int port = 1; port <= 99; port++) connectors += "<Connector name='a' port='" + std::to_string(port) + "'/>\n";
  good({.inside = connectors});
  refuses({.inside = connectors + "<Connector name='a' port='100'/>"},
          "NVJ1340 101 Connectors are too many, 100 are allowed: each has a socket");
}

// ---------------------------------------------------------------- is told

TEST(NavajoXmlElements, tell_what_is_old_or_skipped) {
  struct Case {
    Parts parts;
    const char* text;
  };
  const std::string lenient = "compat='lenient'";
  const std::string ssl = "<SSL SSLCertificateFile='c.pem'/>";
  for (const Case& one : {
           Case{{.inside = "<Server ServerAdmin='a@b'/>"}, "NVJ1350 DEPRECATED: Server ServerAdmin: nothing"},
           Case{{.inside = "<Server Loglevel='info'/>"},
                "NVJ1350 DEPRECATED: Server Loglevel: write LogLevel"},
           Case{{.connector_inside = "<SSL SSLCertificateFile='c' SSLCertificateChainFile='d'/>"},
                "DEPRECATED: SSL SSLCertificateChainFile"},
           Case{{.connector_inside = "<SSL SSLCertificateFile='c' SSLRequire='d'/>"}, "DEPRECATED: SSL SSLRequire"},
           Case{{.engine = "generalResourceDir='/x'"}, "NVJ1316 Engine generalResourceDir has no effect: pages"},
           Case{{.engine = "useStyleSheet='true'"}, "NVJ1316 Engine useStyleSheet has no effect: pages"},
           Case{{.engine_inside = "<HttpSession maxEntries='0'/>"}, "NVJ1316 HttpSession is skipped: sessions"},
           Case{{.engine_inside = "<UserAgent pattern='.*' identification='none' cookieHttpOnly='false'/>"},
                "NVJ1316 UserAgent is skipped"},
           Case{{.engine_inside = "<CookieCache maxEntrySize='1'/>"}, "NVJ1316 CookieCache has no effect"},
           Case{{.inside = "<Property/>", .navajo = lenient}, "Property is skipped"},
           Case{{.inside = "<SSLCache/>"}, "SSLCache has no effect: no Connector has SSL"},
           Case{{.inside = "<Server SSLSessionCache='none'/><SSLCache/>", .connector_inside = ssl},
                "SSLCache has no effect: Server SSLSessionCache says it already"},
       })
    tells(one.parts, one.text);
}

TEST(NavajoXmlElements, deprecated_settings_are_faults_when_the_properties_say_so) {
  folder.write("bc.properties", "ch.nevis.ErrorOnDeprecated=true\n");
  refuses({.inside = "<Server ServerAdmin='a@b'/>"}, "NVJ1351 DEPRECATED: Server ServerAdmin");
  refuses({.connector = "Loglevel='info'"}, "[CONF-0001]");
  good({.inside = "<Server LogLevel='info'/>"});
}
