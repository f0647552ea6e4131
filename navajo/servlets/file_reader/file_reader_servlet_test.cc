#include "navajo/servlets/file_reader/file_reader_servlet.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/observe/log.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;

TEST_GROUP(FileReaderServlet) {
  config::TemporaryFolder folder;
  config::Diagnostics diagnostics;
  api::FakeResponse response;

  void setup() override {
    observe::set_log_sink([](observe::LogId, std::string_view) {}, [](observe::Level) { return true; });
    std::filesystem::create_directories(folder.path() + "/WEB-INF/lib/pages/deep");
    write("a.html", "<p>a</p>");
    write("x.dat", "raw");
    write("deep/b.html", "deep");
    write(".hidden.html", "hidden");
    std::ofstream(folder.path() + "/secret.html") << "secret";
  }
  void teardown() override { observe::set_log_sink(nullptr, nullptr); }
  void write(const std::string& name, const char* text) {
    std::ofstream(folder.path() + "/WEB-INF/lib/pages/" + name) << text;
  }
  std::unique_ptr<api::Servlet> make(std::map<std::string, config::ParamValue, std::less<>> given) {
    const container::ServletRow& row = navajo::servlets::file_reader_rows()[0];
    if (!given.contains("RootDirectory")) given["RootDirectory"] = {"pages", {"web.xml", 2, 1}};
    const config::Params params("servlet 'f'", {"web.xml", 1, 1}, row.params, given, diagnostics);
    container::ComponentContext context{.name = "f"};
    context.doc_base = folder.path();
    auto made = row.make(context, params);
    return diagnostics.ok() ? std::move(made) : nullptr;
  }
  std::map<std::string, config::ParamValue, std::less<>> files(const char* text) {
    return {{"Files", {text, {"web.xml", 5, 3}}}};
  }
  // Its status; the response has the rest.
  int get(api::Servlet& servlet, const std::string& path_info, const char* method = "GET") {
    response = {};
    api::FakeRequest request(method, "/files" + path_info);
    request.mapped("/files", path_info);
    const api::Outcome outcome = servlet.service(request, response);
    return outcome.is_answered() ? response.the_status : outcome.status;
  }
};

TEST(FileReaderServlet, serves_a_file_directly_in_its_folder) {
  const auto servlet = make({});
  LONGS_EQUAL(200, get(*servlet, "/a.html"));
  STRCMP_EQUAL("<p>a</p>", response.body.c_str());
  STRCMP_EQUAL("text/html;charset=utf-8", response.content_type.c_str());
  LONGS_EQUAL(8, *response.length);
  LONGS_EQUAL(200, get(*servlet, "/a.html", "HEAD"));
  STRCMP_EQUAL("", response.body.c_str());
  LONGS_EQUAL(405, get(*servlet, "/a.html", "POST"));
}

TEST(FileReaderServlet, what_no_rule_names_is_not_served) {
  const auto servlet = make({});
  for (const char* path : {"/x.dat", "/deep/b.html", "/deep", "/", "", "/none.html", "/.hidden.html"})
    LONGS_EQUAL_TEXT(404, get(*servlet, path), path);
}

TEST(FileReaderServlet, rules_may_open_folders_and_name_types) {
  const auto servlet = make(files("\n  ^deep/.*\\.html$:text/plain\n  GLOB/*.dat/:application/x-raw\n"));
  LONGS_EQUAL(200, get(*servlet, "/deep/b.html"));
  STRCMP_EQUAL("text/plain", response.content_type.c_str());
  LONGS_EQUAL(200, get(*servlet, "/x.dat"));
  STRCMP_EQUAL("application/x-raw", response.content_type.c_str());
  LONGS_EQUAL(404, get(*servlet, "/a.html"));
}

TEST(FileReaderServlet, the_first_rule_whose_conditions_hold_says_the_type) {
  const auto servlet = make(files("Condition:HEADER:X-Raw:1\n.*:application/octet-stream\n.*:text/html"));
  LONGS_EQUAL(200, get(*servlet, "/a.html"));
  STRCMP_EQUAL("text/html", response.content_type.c_str());
  api::FakeRequest request("GET", "/a.html");
  request.with("X-Raw", "1");
  CHECK_TRUE(servlet->service(request, response).is_answered());
  STRCMP_EQUAL("application/octet-stream", response.content_type.c_str());
}

TEST(FileReaderServlet, nothing_leads_out_of_the_folder) {
  const auto servlet = make(files(".*:text/html"));
  std::error_code error;
  std::filesystem::create_symlink(folder.path() + "/secret.html", folder.path() + "/WEB-INF/lib/pages/link.html",
                                  error);
  for (const char* path : {"/link.html", "/../../../secret.html", "/deep/../../secret.html", "//etc/passwd"})
    LONGS_EQUAL_TEXT(404, get(*servlet, path), path);
}

TEST(FileReaderServlet, a_file_may_change_while_the_server_runs) {
  const auto servlet = make({});
  LONGS_EQUAL(404, get(*servlet, "/new.txt"));
  write("new.txt", "one");
  LONGS_EQUAL(200, get(*servlet, "/new.txt"));
  write("new.txt", "three");
  LONGS_EQUAL(200, get(*servlet, "/new.txt"));
  STRCMP_EQUAL("three", response.body.c_str());
  std::filesystem::remove(folder.path() + "/WEB-INF/lib/pages/new.txt");
  LONGS_EQUAL(404, get(*servlet, "/new.txt"));
}

TEST(FileReaderServlet, answers_conditional_and_range_requests) {
  const auto servlet = make({});
  LONGS_EQUAL(200, get(*servlet, "/a.html"));
  const std::string etag(*response.fields.get("ETag"));
  api::FakeRequest again("GET", "/a.html");
  again.with("If-None-Match", etag);
  response = {};
  CHECK_TRUE(servlet->service(again, response).is_answered());
  LONGS_EQUAL(304, response.the_status);
  api::FakeRequest part("GET", "/a.html");
  part.with("Range", "bytes=3-3");
  response = {};
  CHECK_TRUE(servlet->service(part, response).is_answered());
  LONGS_EQUAL(206, response.the_status);
  STRCMP_EQUAL("a", response.body.c_str());
}

TEST(FileReaderServlet, an_absolute_folder_is_taken_as_it_is) {
  const auto servlet = make({{"RootDirectory", {folder.path(), {"web.xml", 2, 1}}}});
  LONGS_EQUAL(200, get(*servlet, "/secret.html"));
}

TEST(FileReaderServlet, points_at_a_faulty_rule) {
  CHECK_FALSE(make(files("\n   .*:text/html\n   nothing\n")));
  STRCMP_CONTAINS("web.xml:7:4: NVJ1312 servlet 'f': Files: 'nothing' is not <regex>:<content type>",
                  diagnostics.faults()[0].line().c_str());
  for (const char* line : {".*:html", "[:text/html", ".*:a b/c"}) {
    diagnostics = {};
    CHECK_FALSE_TEXT(make(files(line)), line);
  }
}
