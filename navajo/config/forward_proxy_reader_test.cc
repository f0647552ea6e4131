// ForwardProxy and Destination: what is read, which directives they become, what is refused.
#include <string>

#include "navajo/config/httpd_directives.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::config;
using namespace std::chrono_literals;

TEST_GROUP(ForwardProxies) {
  TemporaryFolder folder;
  Diagnostics diagnostics;

  NavajoXml load(const std::string& attributes, const std::string& inside = "", const std::string& beside = "") {
    diagnostics = {};
    return load_navajo_xml(folder.write("navajo.xml",
                                        "<Navajo><Service>" + beside +
                                            "<ForwardProxy name='proxy.example.org' port='3128' "
                                            "listen='127.0.0.1:3128' " +
                                            attributes + ">" + inside +
                                            "</ForwardProxy><Engine><Host name='forward'><Context docBase='d'/></Host>"
                                            "</Engine></Service></Navajo>"),
                           diagnostics);
  }
  ForwardProxyElement good(const std::string& attributes, const std::string& inside = "") {
    const NavajoXml out = load("host='forward' " + attributes, inside);
    if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
    return out.service.forward_proxies.at(0);
  }
  void refuses(const std::string& attributes, const char* text, const std::string& inside = "",
               const std::string& beside = "") {
    load((attributes.find("host=") == std::string::npos ? "host='forward' " : "") + attributes, inside, beside);
    if (diagnostics.ok()) FAIL((std::string("accepted, expected: ") + text).c_str());
    STRCMP_CONTAINS(text, diagnostics.faults()[0].line().c_str());
  }
};

TEST(ForwardProxies, without_attributes_it_tunnels_for_near_clients_to_web_ports) {
  const ForwardProxyElement proxy = good("");
  CHECK(ForwardAction::tunnel == *proxy.default_action);
  CHECK(UnknownProtocol::refuse == *proxy.unknown_protocol);
  LONGS_EQUAL(2, proxy.ports->size());
  LONGS_EQUAL(6, proxy.clients->size());
  CHECK(proxy.allowed_addresses->empty());
  CHECK(proxy.max_connection_age.value == 30min);
  CHECK(proxy.tunnel_idle.value == 10min);
  LONGS_EQUAL(1000, *proxy.cert_cache_size);
  CHECK(proxy.cert_cache_time.value == 24h);
  STRCMP_EQUAL("127.0.0.1:3128", proxy.address().c_str());
}

TEST(ForwardProxies, a_connector_is_not_needed_beside_one) {
  good("");
  load("host='forward'", "", "<Connector name='www.example.org' port='8080'/>");
  CHECK(diagnostics.ok());
}

TEST(ForwardProxies, the_files_of_the_ca_are_relative_to_navajo_xml_and_the_key_may_be_with_it) {
  const ForwardProxyElement both = good("caCertificate='tls/ca.pem' defaultAction='intercept'");
  STRCMP_EQUAL((folder.path() + "/tls/ca.pem").c_str(), both.ca_certificate->c_str());
  STRCMP_EQUAL(both.ca_certificate->c_str(), both.ca_key->c_str());
  STRCMP_EQUAL((folder.path() + "/ca.key").c_str(), good("caCertificate='ca.pem' caKey='ca.key'").ca_key->c_str());
}

TEST(ForwardProxies, destinations_keep_their_order) {
  const ForwardProxyElement proxy =
      good("caCertificate='ca.pem'", "<Destination action='tunnel' host='*.Bank.example  192.0.2.1' port='443'/>"
                                     "<Destination action='refuse' hostRegex='^ads[.]' clients='10.0.0.0/8'/>"
                                     "<Destination action='intercept' serverName='*' address='2001:db8::/32'/>");
  LONGS_EQUAL(3, proxy.destinations.size());
  CHECK(ForwardAction::tunnel == *proxy.destinations[0].action);
  STRCMP_EQUAL("*.bank.example", proxy.destinations[0].hosts->at(0).c_str());
  STRCMP_EQUAL("^ads[.]", proxy.destinations[1].host_regex->c_str());
  CHECK(ForwardAction::intercept == *proxy.destinations[2].action);
}

TEST(ForwardProxies, it_is_a_virtual_host_with_access_rules_in_a_section) {
  std::string all;
  for (const DirectiveLine& line : httpd_directives(load("host='forward' AuthType='Basic' AuthName='x' "
                                                         "AuthUserFile='users' Require='valid-user' Timeout='7'")))
    all += line.text + "\n";
  STRCMP_CONTAINS("Listen 127.0.0.1:3128\n", all.c_str());
  STRCMP_CONTAINS("<VirtualHost 127.0.0.1:3128>\n  ServerName \"http://proxy.example.org:3128\"\n  Timeout 7\n"
                  "  LimitRequestBody 0\n  LimitRequestLine 16384\n"
                  "  <Location \"/\">\n    AuthType Basic\n    AuthName x\n    AuthUserFile users\n"
                  "    Require valid-user\n  </Location>\n</VirtualHost>",
                  all.c_str());
}

TEST(ForwardProxies, what_is_wrong_is_named) {
  refuses("host='forwrad'", "there is no Host 'forwrad', did you mean 'forward'?");
  refuses("clients='10.0.0.0/40'", "clients");
  refuses("ports='80 x'", "'x' is neither a port nor a range");
  refuses("ports='90-80'", "'90-80' is neither");
  refuses("ports='0'", "'0' is neither");
  refuses("defaultAction='intercept'", "intercept needs caCertificate");
  refuses("", "this Destination is intercepted", "<Destination action='intercept'/>");
  refuses("", "hostRegex", "<Destination action='refuse' hostRegex='('/>");
  refuses("", "action", "<Destination host='a'/>");
  refuses("upstreamProxy='proxy'", "'proxy' is not host:port");
  refuses("upstreamCredentials='a:b'", "needs upstreamProxy");
  refuses("upstreamProxy='proxy:3128' upstreamCredentials='a'", "is not user:password");
  refuses("untrustedUpstream='mirror'", "mirror needs certMirror");
  refuses("certValidity='24h'", "shorter than twice certCacheTime");
}

TEST(ForwardProxies, its_address_is_its_own) {
  refuses("", "listens on 127.0.0.1:3128 already", "",
          "<Connector name='www.example.org' port='3128' listen='127.0.0.1:3128'/>");
}
