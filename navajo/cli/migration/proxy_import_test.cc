#include "navajo/cli/migration/proxy_import.h"

#include <string>

#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::cli::migration;
using navajo::config::TemporaryFolder;

TEST_GROUP(ProxyImport) {
  const TemporaryFolder folder;
  Site site{"shop"};
  Notes notes;

  void import(ProxyImporter importer, const std::string& text) {
    const auto done = importer(folder.write("source", text), site, notes);
    if (!done) FAIL(done.error().text.c_str());
  }
  // "taken 3 listen 443": outcome, line, directive.
  bool noted(Outcome outcome, int line, const std::string& directive, Guards guards = Guards::no) const {
    for (const Note& one : notes.all())
      if (one.outcome == outcome && one.guards == guards && one.directive == directive &&
          one.place.text().ends_with(":" + std::to_string(line)))
        return true;
    return false;
  }
  std::string web(const std::string& host) const {
    for (const HostSite& one : site.hosts())
      if (one.name == host) return Site::web_xml(one);
    return "no host " + host;
  }
  void mapped(const std::string& host, const std::string& pattern, const std::string& addresses) {
    const std::string text = web(host);
    STRCMP_CONTAINS(("<url-pattern>" + pattern + "</url-pattern>").c_str(), text.c_str());
    STRCMP_CONTAINS(("<param-value>" + addresses + "</param-value>").c_str(), text.c_str());
  }
};

TEST(ProxyImport, nginx_servers_locations_and_upstreams) {
  import(import_nginx,
         "http {\n upstream app {\n  server a:81;\n  server b backup;\n }\n proxy_read_timeout 5m;\n server {\n"
         "  listen 443 ssl;\n  server_name www.test *.test;\n  ssl_certificate c.pem;\n  location / {\n"
         "   proxy_pass http://app;\n   proxy_set_header Host $host;\n  }\n  location /x/ {\n"
         "   proxy_pass https://c/y/;\n  }\n }\n}\n");
  mapped("www.test", "/*", "a:81 | b:80");
  mapped("www.test", "/x/*", "c:443");
  STRCMP_CONTAINS("<param-value>300s<", web("www.test").c_str());
  STRCMP_CONTAINS("<param-value>/y<", web("www.test").c_str());
  STRCMP_CONTAINS("<param-value>ENV:HTTP_Host;<", web("www.test").c_str());
  const std::string navajo = site.navajo_xml();
  STRCMP_CONTAINS(
      "<Connector name=\"www.test\" port=\"443\" listen=\"0.0.0.0:443\" serverAlias=\"*.test\">\n"
      "      <SSL SSLCertificateFile=\"",
      navajo.c_str());
  STRCMP_CONTAINS("<Host name=\"www.test\" serverAlias=\"*.test\" limitRequestBody=\"1M\">", navajo.c_str());
  CHECK_TRUE(noted(Outcome::taken, 3, "server a:81"));
  CHECK_TRUE(noted(Outcome::taken, 6, "proxy_read_timeout 5m"));
  CHECK_FALSE(notes.lost_guards());
}

TEST(ProxyImport, what_kept_somebody_out_of_a_location_closes_it) {
  import(import_nginx,
         "http { server { listen 80; server_name a.test;\n location / { proxy_pass http://a; }\n"
         " location /admin {\n  allow 10.0.0.0/8;\n  deny all;\n  proxy_pass http://a; } } }\n");
  CHECK_TRUE(noted(Outcome::not_taken, 5, "deny all", Guards::access));
  CHECK_TRUE(notes.lost_guards());
  STRCMP_CONTAINS("<servlet-class>DefaultServlet</servlet-class>", web("a.test").c_str());
  STRCMP_CONTAINS("<url-pattern>/admin/*</url-pattern>", web("a.test").c_str());
  mapped("a.test", "/*", "a:80");
}

TEST(ProxyImport, nginx_rates_and_unknown_directives_are_told) {
  import(import_nginx,
         "http { limit_req_zone $binary_remote_addr zone=a:1m rate=1r/s;\n server { listen 80; server_name a.test;\n"
         "  frobnicate secret-word other;\n  location / { limit_req zone=a; proxy_pass http://a; }\n"
         "  location ~ x$ { deny all; } } }\n");
  CHECK_TRUE(noted(Outcome::not_taken, 1, "limit_req_zone $binary_remote_addr", Guards::rate));
  CHECK_TRUE(noted(Outcome::not_taken, 3, "frobnicate secret-word"));
  CHECK_TRUE(noted(Outcome::not_taken, 5, "deny all", Guards::access));
  CHECK_TRUE(noted(Outcome::not_taken, 5, "location ~", Guards::access));
  mapped("a.test", "/*", "a:80");
}

TEST(ProxyImport, nginx_client_certificates_are_taken) {
  import(import_nginx,
         "http { server { listen 443 ssl; server_name a.test; ssl_certificate a.pem;\n ssl_client_certificate ca.pem;\n"
         " ssl_verify_client on;\n location / { proxy_pass http://a; } } }\n");
  STRCMP_CONTAINS("SSLVerifyClient=\"require\"", site.navajo_xml().c_str());
  CHECK_FALSE(notes.lost_guards());
}

TEST(ProxyImport, a_host_that_was_reached_inside_alone_is_told) {
  import(import_nginx,
         "http { server { listen 80; server_name a.test; location / { proxy_pass http://a; } }\n"
         " server { listen 127.0.0.1:8080; server_name b.test; location / { proxy_pass http://b; } } }\n");
  CHECK_TRUE(notes.lost_guards());
}

TEST(ProxyImport, a_host_that_was_reached_with_tls_alone_stays_so) {
  import(
      import_nginx,
      "http { server { listen 80; server_name a.test; location / { proxy_pass http://a; } }\n"
      " server { listen 443 ssl; server_name b.test; ssl_certificate c.pem; location / { proxy_pass http://b; } } }\n");
  STRCMP_CONTAINS("<Context docBase=\"sites/b.test\" unsecureConnection=\"redirect\"/>", site.navajo_xml().c_str());
  STRCMP_CONTAINS("<Context docBase=\"sites/a.test\"/>", site.navajo_xml().c_str());
}

TEST(ProxyImport, what_lets_nobody_in_is_taken_as_such) {
  import(import_nginx,
         "http { server { listen 80 default_server; return 444; }\n"
         " server { listen 80; server_name a.test;\n  location / { proxy_pass http://a; }\n"
         "  location /x { deny all; }\n  location /y { if ($bad) { return 403; } proxy_pass http://a; } } }\n");
  CHECK_TRUE(noted(Outcome::taken, 1, "return 444"));
  CHECK_TRUE(noted(Outcome::taken, 4, "deny all"));
  CHECK_TRUE(noted(Outcome::not_taken, 5, "return 403", Guards::access));
  STRCMP_CONTAINS("<url-pattern>/x/*</url-pattern>", web("a.test").c_str());
}

TEST(ProxyImport, what_is_kept_shut_stays_so_where_its_backend_is_not_understood) {
  import(import_nginx,
         "http { server { listen 80; server_name a.test;\n  location / { proxy_pass http://a; }\n"
         "  location /x { allow 10.0.0.0/8; deny all; proxy_pass http://$where; } } }\n");
  STRCMP_CONTAINS("<url-pattern>/x/*</url-pattern>", web("a.test").c_str());
  STRCMP_CONTAINS("DefaultServlet", web("a.test").c_str());
}

TEST(ProxyImport, words_that_may_be_secrets_are_not_told) {
  import(import_nginx,
         "http { server { listen 80; server_name a.test; secure_link_secret hushhush;\n"
         "  location / { proxy_pass http://a; } } }\n");
  for (const Note& one : notes.all()) CHECK(one.directive.find("hushhush") == std::string::npos);
}

TEST(ProxyImport, haproxy_frontends_with_hosts_and_paths) {
  import(import_haproxy,
         "defaults\n mode http\n timeout server 30s\nfrontend web\n bind :80\n acl shop hdr(host) shop.test\n"
         " use_backend api if shop { path_beg /api }\n use_backend late if shop { path_beg /api/v2 }\n"
         " use_backend shop if shop\n default_backend rest\n"
         "backend api\n server a1 a:81 check\nbackend shop\n server s1 s:82\n server s2 t:82 backup\n"
         "backend rest\n server r r:83\nbackend late\n server l l:84\n");
  mapped("shop.test", "/api/*", "a:81");
  mapped("shop.test", "/*", "s:82 | t:82");
  mapped("default", "/*", "r:83");
  STRCMP_CONTAINS("<param-value>30s<", web("default").c_str());
  // The first that fits counts.
  CHECK(web("shop.test").find("l:84") == std::string::npos);
  STRCMP_CONTAINS("defaultHost=\"default\"", site.navajo_xml().c_str());
}

TEST(ProxyImport, haproxy_refusals_close_what_is_behind_them) {
  import(import_haproxy,
         "frontend web\n mode http\n bind :80\n http-request deny if { src 192.0.2.0/24 }\n default_backend b\n"
         "backend b\n mode http\n server a a:81\n");
  CHECK_TRUE(noted(Outcome::not_taken, 4, "http-request deny", Guards::access));
  STRCMP_CONTAINS("DefaultServlet", web("default").c_str());
}

TEST(ProxyImport, haproxy_mode_tcp_is_a_tcp_connector) {
  import(import_haproxy,
         "listen db\n bind 127.0.0.1:5432\n balance leastconn\n timeout connect 2s\n server d1 10.0.0.1:5432 check "
         "weight 5\n"
         " server d2 10.0.0.2:5432 backup\n");
  const std::string navajo = site.navajo_xml();
  STRCMP_CONTAINS(
      "<Routing name=\"db\" backends=\"10.0.0.1:5432\" binding=\"none\" policy=\"leastConnections\">\n"
      "      <HealthCheck type=\"tcp\"/>",
      navajo.c_str());
  STRCMP_CONTAINS(
      "<TcpConnector name=\"db\" port=\"5432\" listen=\"127.0.0.1:5432\" routing=\"db\" "
      "connectTimeout=\"2s\"/>",
      navajo.c_str());
  LONGS_EQUAL(3, notes.commands().size());
  STRCMP_EQUAL("navajo backends add d2 ip=10.0.0.2 port=5432 priority=1 --database routing.db",
               notes.commands()[2].c_str());
}

TEST(ProxyImport, httpd_virtual_hosts_and_balancers) {
  import(import_httpd,
         "<Proxy balancer://app>\nBalancerMember http://a:81\nBalancerMember http://b:81 status=+H\n</Proxy>\n"
         "<VirtualHost *:80>\nServerName WWW.test\nServerAlias other.test\nProxyPass /x http://c/y timeout=5\n"
         "ProxyPass / balancer://app/\nProxyPass /late http://d/late\nProxyPreserveHost On\n"
         "<Location /admin>\nRequire user anna\n</Location>\n</VirtualHost>\n");
  mapped("www.test", "/*", "a:81 | b:81");
  mapped("www.test", "/x/*", "c:80");
  STRCMP_CONTAINS("<param-value>5s<", web("www.test").c_str());
  STRCMP_CONTAINS("<url-pattern>/admin/*</url-pattern>", web("www.test").c_str());
  STRCMP_CONTAINS("DefaultServlet", web("www.test").c_str());
  CHECK_TRUE(noted(Outcome::not_taken, 10, "proxypass /late"));
  CHECK_TRUE(noted(Outcome::not_taken, 13, "require user", Guards::access));
}

TEST(ProxyImport, a_redirect_to_https_is_the_contexts) {
  import(import_httpd, "<VirtualHost *:80>\nServerName a.test\nRedirect permanent / https://a.test/\n</VirtualHost>\n");
  STRCMP_CONTAINS("unsecureConnection=\"redirect\"", site.navajo_xml().c_str());
}

TEST(ProxyImport, a_configuration_without_a_proxy_is_an_error) {
  const auto report = import_proxy(import_nginx, folder.write("nginx.conf", "events {}\n"), folder.file("out"));
  STRCMP_CONTAINS("there is nothing in it", report.error().text.c_str());
}
