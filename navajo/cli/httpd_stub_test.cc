#include "navajo/cli/httpd_stub.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::cli;

TEST_GROUP(HttpdStub) {
  StubRequest request;
  void setup() override {
    request.compiled_in = {"core.c", "mod_so.c", "mod_unixd.c"};
    request.stock_module_folder = "/stock";
    request.navajo_module = "/ours/mod_navajo.so";
    request.run_directory = "/run/navajo/x";
    request.config = "/etc/my site/navajo.xml";
    request.mime_types = "/etc/mime.types";
  }
  bool line(const char* text) {
    return ("\n" + httpd_stub(request)).find("\n" + std::string(text) + "\n") != std::string::npos;
  }
  bool mentions(const char* text) { return httpd_stub(request).find(text) != std::string::npos; }
};

TEST(HttpdStub, loads_the_event_mpm_and_our_module_and_ends_with_the_configuration) {
  CHECK(line("LoadModule mpm_event_module \"/stock/mod_mpm_event.so\""));
  CHECK(line("LoadModule navajo_module \"/ours/mod_navajo.so\""));
  CHECK(line("PidFile \"/run/navajo/x/httpd.pid\""));
  CHECK(line("ServerRoot \"/etc/my site\""));
  const std::string text = httpd_stub(request);
  const std::string end = "NavajoRunDir \"/run/navajo/x\"\nNavajoConfig \"/etc/my site/navajo.xml\"\n";
  CHECK(text.ends_with(end));
}

TEST(HttpdStub, loads_nothing_that_is_compiled_in) {
  CHECK_FALSE(mentions("unixd_module"));
  request.compiled_in.insert("event.c");
  CHECK_FALSE(mentions("LoadModule mpm_"));
}

TEST(HttpdStub, the_mpm_is_the_one_asked_for) {
  request.mpm = Mpm::prefork;
  CHECK(line("LoadModule mpm_prefork_module \"/stock/mod_mpm_prefork.so\""));
  CHECK(line("MaxSpareServers 20"));
  CHECK_FALSE(mentions("ThreadsPerChild"));
  request.mpm = Mpm::worker;
  CHECK(line("LoadModule mpm_worker_module \"/stock/mod_mpm_worker.so\""));
}

TEST(HttpdStub, leaves_room_for_children_that_drain_and_for_rows_of_reactor_requests) {
  CHECK(line("ServerLimit 32"));
  CHECK(line("ThreadsPerChild 25"));
  CHECK(line("ThreadLimit 64"));
  CHECK(line("MaxRequestWorkers 200"));
}

TEST(HttpdStub, its_numbers_follow_the_ones_in_navajo_xml) {
  request.server_directives = {{"threadsperchild", "100"}, {"MaxRequestWorkers", "4000"}};
  CHECK_FALSE(mentions("\nThreadsPerChild"));
  CHECK_FALSE(mentions("MaxRequestWorkers"));
  CHECK(line("ThreadLimit 139"));
  CHECK(line("ServerLimit 80"));
  CHECK(line("MinSpareThreads 150"));
  CHECK(line("MaxSpareThreads 350"));
  request.server_directives = {{"ThreadsPerChild", "many"}};
  CHECK(line("ThreadLimit 64"));
}

TEST(HttpdStub, keeps_more_threads_spare_than_all_children_but_one_have_so_that_a_dead_child_is_replaced) {
  CHECK(line("MinSpareThreads 38"));
  request.server_directives = {{"StartServers", "4"}};
  CHECK(line("MinSpareThreads 88"));
}

TEST(HttpdStub, logs_go_where_they_are_wanted) {
  CHECK(line("ErrorLog \"/run/navajo/x/error.log\""));
  CHECK(line("CustomLog \"/run/navajo/x/access.log\" navajo"));
  request.logs = StubRequest::Logs::console;
  CHECK(line("ErrorLog \"/dev/stderr\""));
  request.server_directives = {{"ErrorLog", "logs/e"}, {"CustomLog", "logs/a common"}};
  CHECK_FALSE(mentions("ErrorLog"));
  CHECK_FALSE(mentions("CustomLog"));
  request.server_directives = {};
  request.logs = StubRequest::Logs::elsewhere;
  CHECK_FALSE(mentions("ErrorLog"));
}

TEST(HttpdStub, names_a_user_only_when_there_is_one_to_change_to) {
  CHECK_FALSE(mentions("\nUser"));
  request.user_and_group = {{"www-data", "www-data"}};
  CHECK(line("User \"www-data\""));
  CHECK(line("Group \"www-data\""));
}

TEST(HttpdStub, tls_gets_a_session_cache_of_all_children_unless_there_is_one) {
  CHECK_FALSE(mentions("SSLSessionCache"));
  request.all_directives = {{"SSLEngine", "on"}};
  CHECK(line("LoadModule ssl_module \"/stock/mod_ssl.so\""));
  CHECK(line("SSLSessionCache \"shmcb:/run/navajo/x/tls(1048576)\""));
  request.server_directives = {{"SSLSessionCache", "none"}};
  CHECK_FALSE(mentions("SSLSessionCache"));
}

TEST(HttpdStub, quotes_what_could_be_misread) {
  request.run_directory = "/run/a \"b\"\\c";
  CHECK(line("NavajoRunDir \"/run/a \\\"b\\\"\\\\c\""));
}
