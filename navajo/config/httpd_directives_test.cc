#include "navajo/config/httpd_directives.h"

#include <string>

#include "CppUTest/TestHarness.h"
#include "navajo/config/temporary_folder.h"

using namespace navajo::config;

TEST_GROUP(HttpdDirectives) {
  TemporaryFolder folder;

  // Everything of the service before Engine, at known lines from 2 on.
  std::vector<DirectiveLine> lines(const std::string& service_attributes, const std::string& elements,
                                   const std::string& engine_attributes = "") {
    Diagnostics diagnostics;
    const NavajoXml navajo = load_navajo_xml(
        folder.write("navajo.xml", "<Navajo><Service " + service_attributes + ">\n" + elements + "\n<Engine " +
                                       engine_attributes + "><Host name='a.example.org'><Context docBase='d'/></Host>"
                                       "</Engine></Service></Navajo>"),
        diagnostics);
    if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
    return httpd_directives(navajo);
  }
  static const DirectiveLine* find(const std::vector<DirectiveLine>& lines, const std::string& start) {
    for (const DirectiveLine& line : lines)
      if (line.text.compare(0, start.size(), start) == 0) return &line;
    return nullptr;
  }
  static bool has(const std::vector<DirectiveLine>& lines, const std::string& text) {
    for (const DirectiveLine& line : lines)
      if (line.text == text) return true;
    return false;
  }
};

TEST(HttpdDirectives, a_connector_is_a_virtual_host_with_its_listener) {
  const auto out = lines("", "<Connector name='a.example.org' port='443'\n listen='192.0.2.7:8443'\n"
                             " serverAlias='b.example.org *.c.example.org' RewriteEngine='on'/>");
  CHECK_TRUE(has(out, "Listen 192.0.2.7:8443"));
  CHECK_TRUE(has(out, "<VirtualHost 192.0.2.7:8443>"));
  CHECK_TRUE(has(out, "  ServerName \"http://a.example.org:443\""));
  CHECK_TRUE(has(out, "  ServerAlias \"b.example.org\""));
  CHECK_TRUE(has(out, "  ServerAlias \"*.c.example.org\""));
  CHECK_TRUE(has(out, "  RewriteEngine on"));
  CHECK_TRUE(has(out, "</VirtualHost>"));
  CHECK_FALSE(find(out, "  SSLEngine"));
}

TEST(HttpdDirectives, every_line_knows_its_place_in_navajo_xml) {
  const auto out = lines("", "<Server User='nobody'/>\n<Connector name='a.example.org' port='443'\n"
                             " listen='192.0.2.7:8443'\n ThreadsPerHost='3'/>");
  LONGS_EQUAL(2, find(out, "User nobody")->where.line);
  LONGS_EQUAL(9, find(out, "User nobody")->where.column);
  LONGS_EQUAL(4, find(out, "Listen")->where.line);
  LONGS_EQUAL(5, find(out, "  ThreadsPerHost")->where.line);
  LONGS_EQUAL(3, find(out, "</VirtualHost>")->where.line);
  for (const DirectiveLine& line : out) CHECK_TRUE(line.where.line > 0 && !line.where.file.empty());
}

TEST(HttpdDirectives, without_listen_name_and_port_are_bound) {
  CHECK_TRUE(has(lines("", "<Connector name='127.0.0.1' port='8080'/>"), "Listen 127.0.0.1:8080"));
  CHECK_TRUE(has(lines("", "<Connector name='::1' port='8080'/>"), "Listen [::1]:8080"));
}

TEST(HttpdDirectives, a_name_based_connector_does_not_listen_again) {
  const auto out = lines("", "<Connector name='a' port='80' listen='127.0.0.1:8080'/>"
                             "<Connector name='b' port='80' nameVirtualHost='127.0.0.1:8080'/>");
  size_t listens = 0, hosts = 0;
  for (const DirectiveLine& line : out) {
    listens += line.text.rfind("Listen ", 0) == 0;
    hosts += line.text == "<VirtualHost 127.0.0.1:8080>";
  }
  LONGS_EQUAL(1, listens);
  LONGS_EQUAL(2, hosts);
}

TEST(HttpdDirectives, ssl_switches_the_engine_on_and_keeps_what_was_said) {
  const auto out = lines("", "<Connector name='a' port='443'><SSL SSLCertificateFile='/k/c.pem' "
                             "SSLProtocol='TLSv1.3'/></Connector>");
  CHECK_TRUE(has(out, "  SSLEngine on"));
  CHECK_TRUE(has(out, "  SSLCertificateFile /k/c.pem"));
  CHECK_TRUE(has(out, "  SSLProtocol TLSv1.3"));
  CHECK_TRUE(has(out, "  ServerName \"https://a:443\""));
}

TEST(HttpdDirectives, has_good_defaults_when_nothing_is_said) {
  const auto out = lines("", "<Connector name='a.example.org' port='8080'/>");
  for (const char* line : {"ServerName \"a.example.org\"", "ServerTokens Prod", "TraceEnable Off", "KeepAlive On",
                           "ServerSignature Off", "  Require all denied", "  AllowOverride None",
                           "RequestReadTimeout header=20-40,MinRate=500 body=20,MinRate=500"})
    CHECK_TRUE_TEXT(has(out, line), line);
  STRCMP_CONTAINS("[id\\ %L]", find(out, "ErrorLogFormat")->text.c_str());
  STRCMP_CONTAINS("id=%L us=%D backend=%{inetAB}e dTB=%{dTB}e dTcB=%{dTcB}e dTr1B=%{dTr1B}e cause=%{NAVAJO_CAUSE}e",
                  find(out, "LogFormat")->text.c_str());
  STRCMP_CONTAINS("%{REQUEST_LOG_ID}", find(out, "ErrorDocument 502")->text.c_str());
  CHECK_FALSE(find(out, "ErrorLog "));
  CHECK_FALSE(find(out, "CustomLog "));
}

TEST(HttpdDirectives, what_is_said_replaces_a_default) {
  const auto out = lines("", "<Server ServerTokens='Full' ServerName='x' RequestReadTimeout='handshake=0'/>"
                             "<Connector name='a' port='1'/>");
  CHECK_TRUE(has(out, "ServerTokens Full"));
  CHECK_FALSE(has(out, "ServerTokens Prod"));
  CHECK_TRUE(has(out, "ServerName x"));
  CHECK_TRUE(has(out, "RequestReadTimeout handshake=0"));
  CHECK_FALSE(has(out, "RequestReadTimeout header=20-40,MinRate=500 body=20,MinRate=500"));
}

TEST(HttpdDirectives, an_attribute_comes_after_the_default_it_may_override) {
  const auto out = lines("", "<Server ErrorDocument='404 /gone.html' MaxClients='400'/><Connector name='a' port='1'/>");
  size_t ours = 0, theirs = 0;
  for (size_t i = 0; i < out.size(); i++) {
    if (out[i].text.rfind("ErrorDocument 404 \"", 0) == 0) ours = i;
    if (out[i].text == "ErrorDocument 404 /gone.html") theirs = i;
  }
  CHECK_TRUE(ours > 0 && theirs > ours);
  CHECK_TRUE(has(out, "MaxRequestWorkers 400"));
  CHECK_FALSE(find(out, "MaxClients"));
}

TEST(HttpdDirectives, logs_go_below_the_spool_folder) {
  auto out = lines("spoolDir='spool'", "<Connector name='a' port='1'/>");
  CHECK_TRUE(has(out, "ErrorLog \"" + folder.file("spool/logs/apache.log") + "\""));
  CHECK_TRUE(has(out, "CustomLog \"" + folder.file("spool/logs/access.log") + "\" navajo"));
  out = lines("spoolDir='spool'", "<Server CustomLog='/dev/null common'/><Connector name='a' port='1'/>");
  CHECK_TRUE(has(out, "CustomLog /dev/null common"));
  CHECK_FALSE(find(out, "CustomLog \""));
}

TEST(HttpdDirectives, the_default_host_names_the_server) {
  CHECK_TRUE(has(lines("", "<Connector name='x' port='1'/>", "defaultHost='a.example.org'"),
                 "ServerName \"a.example.org\""));
}

TEST(HttpdDirectives, quotes_arguments_as_httpd_reads_them_back) {
  STRCMP_EQUAL("\"plain\"", quoted_argument("plain").c_str());
  STRCMP_EQUAL("\"a \\\"b\\\" \\\\c\"", quoted_argument("a \"b\" \\c").c_str());
}

TEST(HttpdDirectives, no_line_holds_two) {
  for (const DirectiveLine& line : lines("spoolDir='s'", "<Connector name='a' port='1'/>"))
    CHECK_TRUE(line.text.find_first_of("\r\n") == std::string::npos);
}
