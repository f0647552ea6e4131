#include "navajo/servlets/default/default_servlet.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/config/temporary_folder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::servlets;

namespace {

std::string g_log;
void keep_log(observe::LogId, std::string_view text) { g_log += text; }
bool log_everything(observe::Level) { return true; }

}  // namespace

TEST_GROUP(DefaultServlet) {
  config::TemporaryFolder base;
  config::Diagnostics diagnostics;
  std::map<std::string, config::ParamValue, std::less<>> params;
  std::shared_ptr<config::WebXml> web = std::make_shared<config::WebXml>();
  std::string context_path;
  std::unique_ptr<api::Servlet> servlet;
  api::FakeResponse response;

  void setup() override {
    observe::set_log_sink(keep_log, log_everything);
    web->welcome_files = {"start.html", "index.html"};
    base.write("index.html", "<h1>home</h1>");
    base.write("docs/start.html", "docs");
    base.write("empty/x", "");
    base.write("a.txt", "0123456789");
    base.write("none.html", "no such page");
    base.write("WEB-INF/web.xml", "secret");
  }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    std::string().swap(g_log);
  }
  void set(const char* name, const char* value) { params[name] = {value, {"web.xml", 5, 5}}; }
  bool make() {
    const container::ServletRow& row = default_servlet_rows()[0];
    const config::Params checked("servlet 'd'", {"web.xml", 1, 1}, row.params, params, diagnostics);
    servlet = row.make({"d", "a.test", base.path(), context_path, web}, checked);
    return diagnostics.ok();
  }
  api::Outcome get(api::FakeRequest& request) {
    if (!servlet) CHECK_TRUE(make());
    response = api::FakeResponse();
    return servlet->service(request, response);
  }
  api::Outcome get(const char* target, const char* method = "GET") {
    api::FakeRequest request(method, target);
    return get(request);
  }
  std::string field(const char* name) { return std::string(response.fields.get(name).value_or("-")); }
};

TEST(DefaultServlet, sends_a_file_with_type_length_and_validators) {
  CHECK_TRUE(get("/a.txt").is_answered());
  LONGS_EQUAL(200, response.the_status);
  STRCMP_EQUAL("0123456789", response.body.c_str());
  STRCMP_EQUAL("text/plain;charset=utf-8", response.content_type.c_str());
  LONGS_EQUAL(10, *response.length);
  STRCMP_EQUAL("nosniff", field("X-Content-Type-Options").c_str());
  CHECK_TRUE(field("ETag").size() > 10 && field("Last-Modified").size() == 29);
}

TEST(DefaultServlet, sends_large_files_piece_by_piece) {
  base.write("big.bin", std::string(200000, 'x') + "end");
  CHECK_TRUE(get("/big.bin").is_answered());
  LONGS_EQUAL(200003, response.body.size());
  STRCMP_EQUAL("end", response.body.substr(200000).c_str());
  LONGS_EQUAL(4, response.writes);
  STRCMP_EQUAL("application/octet-stream", response.content_type.c_str());
}

TEST(DefaultServlet, head_has_everything_but_the_body) {
  CHECK_TRUE(get("/a.txt", "HEAD").is_answered());
  LONGS_EQUAL(10, *response.length);
  STRCMP_EQUAL("", response.body.c_str());
}

TEST(DefaultServlet, other_methods_are_told_what_is_allowed) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
    const api::Outcome outcome = get("/a.txt", method);
    LONGS_EQUAL(405, outcome.status);
    STRCMP_EQUAL("GET, HEAD", field("Allow").c_str());
  }
}

TEST(DefaultServlet, a_folder_is_its_first_welcome_file) {
  CHECK_TRUE(get("/").is_answered());
  STRCMP_EQUAL("<h1>home</h1>", response.body.c_str());
  STRCMP_EQUAL("text/html;charset=utf-8", response.content_type.c_str());
  CHECK_TRUE(get("/docs/").is_answered());
  STRCMP_EQUAL("docs", response.body.c_str());
  LONGS_EQUAL(404, get("/empty/").status);
}

TEST(DefaultServlet, a_folder_without_slash_is_redirected_on_the_same_server) {
  CHECK_TRUE(get("/docs?a=1").is_answered());
  LONGS_EQUAL(301, response.the_status);
  STRCMP_EQUAL("/docs/?a=1", field("Location").c_str());
  LONGS_EQUAL(404, get("//docs").status);
}

TEST(DefaultServlet, what_is_not_there_is_refused) {
  const api::Outcome outcome = get("/none");
  LONGS_EQUAL(404, outcome.status);
  STRCMP_EQUAL("no_file", outcome.cause);
  LONGS_EQUAL(404, get("/WEB-INF/web.xml").status);
  LONGS_EQUAL(404, get("/%57eb-inf/web.xml").status);
}

TEST(DefaultServlet, a_link_out_of_the_folder_is_refused_and_logged) {
  LONGS_EQUAL(0, symlink("/etc/passwd", base.file("leak").c_str()));
  LONGS_EQUAL(404, get("/leak").status);
  STRCMP_CONTAINS("NVJ1410 request test-request: a file below", g_log.c_str());
}

TEST(DefaultServlet, a_known_version_is_not_sent_again) {
  CHECK_TRUE(get("/a.txt").is_answered());
  const std::string etag = field("ETag");
  api::FakeRequest request("GET", "/a.txt");
  request.with("If-None-Match", etag);
  CHECK_TRUE(get(request).is_answered());
  LONGS_EQUAL(304, response.the_status);
  STRCMP_EQUAL("", response.body.c_str());
  STRCMP_EQUAL(etag.c_str(), field("ETag").c_str());
  base.write("a.txt", "changed");
  CHECK_TRUE(get(request).is_answered());
  LONGS_EQUAL(200, response.the_status);
}

TEST(DefaultServlet, a_version_that_must_match_and_does_not_is_refused) {
  api::FakeRequest request("GET", "/a.txt");
  request.with("If-Match", "\"x\"");
  LONGS_EQUAL(412, get(request).status);
}

TEST(DefaultServlet, sends_one_range) {
  api::FakeRequest request("GET", "/a.txt");
  request.with("Range", "bytes=2-4");
  CHECK_TRUE(get(request).is_answered());
  LONGS_EQUAL(206, response.the_status);
  STRCMP_EQUAL("234", response.body.c_str());
  STRCMP_EQUAL("bytes 2-4/10", field("Content-Range").c_str());
  LONGS_EQUAL(3, *response.length);
}

TEST(DefaultServlet, says_how_long_the_file_is_when_the_range_is_behind_its_end) {
  api::FakeRequest request("GET", "/a.txt");
  request.with("Range", "bytes=10-");
  CHECK_TRUE(get(request).is_answered());
  LONGS_EQUAL(416, response.the_status);
  STRCMP_EQUAL("bytes */10", field("Content-Range").c_str());
}

TEST(DefaultServlet, the_entry_uri_takes_who_names_nothing) {
  set("EntryURI", "/app/login");
  LONGS_EQUAL(0, unlink(base.file("index.html").c_str()));
  CHECK_TRUE(get("/").is_answered());
  LONGS_EQUAL(302, response.the_status);
  STRCMP_EQUAL("/app/login", field("Location").c_str());
  LONGS_EQUAL(404, get("/none").status);
}

TEST(DefaultServlet, the_no_match_file_stands_in_for_files_that_are_not_there) {
  set("NoMatchFile", "/none.html");
  CHECK_TRUE(get("/none").is_answered());
  LONGS_EQUAL(200, response.the_status);
  STRCMP_EQUAL("no such page", response.body.c_str());
  servlet.reset();
  set("NoMatchFile.StatusCode", "404");
  CHECK_TRUE(get("/none").is_answered());
  LONGS_EQUAL(404, response.the_status);
  STRCMP_EQUAL("no such page", response.body.c_str());
}

TEST(DefaultServlet, has_the_status_it_was_told) {
  set("StatusCode", "503");
  api::FakeRequest request("GET", "/a.txt");
  request.with("If-None-Match", "*").with("Range", "bytes=0-1");
  CHECK_TRUE(get(request).is_answered());
  LONGS_EQUAL(503, response.the_status);
  STRCMP_EQUAL("0123456789", response.body.c_str());
}

TEST(DefaultServlet, maps_the_path_info_when_told_so) {
  set("MappingType", "pathinfo");
  api::FakeRequest request("GET", "/static/a.txt");
  request.mapped("/static", "/a.txt");
  CHECK_TRUE(get(request).is_answered());
  STRCMP_EQUAL("0123456789", response.body.c_str());
  request.mapped("/static", "");
  CHECK_TRUE(get(request).is_answered());
  STRCMP_EQUAL("<h1>home</h1>", response.body.c_str());
}

TEST(DefaultServlet, the_context_path_is_no_part_of_the_file_name) {
  context_path = "/shop";
  api::FakeRequest request("GET", "/shop/a.txt");
  CHECK_TRUE(get(request).is_answered());
  STRCMP_EQUAL("0123456789", response.body.c_str());
}

TEST(DefaultServlet, types_of_web_xml_go_first) {
  web->mime_types["txt"] = "text/x-special";
  base.write("B.TXT", "b");
  CHECK_TRUE(get("/B.TXT").is_answered());
  STRCMP_EQUAL("text/x-special", response.content_type.c_str());
}

TEST(DefaultServlet, a_file_that_shrinks_meanwhile_is_not_passed_off_as_whole) {
  base.write("shrinks", std::string(200000, 'x'));
  CHECK_TRUE(make());
  api::FakeRequest request("GET", "/shrinks");
  response.on_write = [&](api::FakeResponse&) { LONGS_EQUAL(0, truncate(base.file("shrinks").c_str(), 1000)); };
  LONGS_EQUAL(500, servlet->service(request, response).status);
}

TEST(DefaultServlet, stops_when_the_client_is_gone) {
  base.write("big.bin", std::string(1000000, 'x'));
  CHECK_TRUE(make());
  api::FakeRequest request("GET", "/big.bin");
  response.client_gone_after = 100000;
  CHECK_TRUE(servlet->service(request, response).is_answered());
  LONGS_EQUAL(2, response.writes);
}

TEST(DefaultServlet, refuses_parameters_that_make_no_sense) {
  for (const auto& [name, value] : std::map<std::string, const char*>{{"EntryURI", "app"},
                                                                      {"NoMatchFile", "/WEB-INF/web.xml"},
                                                                      {"NoMatchFile.StatusCode", "404"},
                                                                      {"StatusCode", "304"},
                                                                      {"MappingType", "PathInfo"}}) {
    diagnostics = {};
    params.clear();
    set(name.c_str(), value);
    CHECK_FALSE_TEXT(make(), name.c_str());
    LONGS_EQUAL(1, diagnostics.faults().size());
  }
  diagnostics = {};
  params.clear();
  set("EntryURI", "//evil.example");
  CHECK_FALSE(make());
}

TEST(DefaultServlet, counts_what_it_does) {
  CHECK_TRUE(get("/a.txt").is_answered());
  (void)get("/none");
  api::FakeStatusWriter writer;
  servlet->report(writer);
  CHECK_TRUE(writer.has("sent 1"));
  CHECK_TRUE(writer.has("not_found 1"));
}
