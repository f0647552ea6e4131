#include "navajo/container/container.h"

#include <stdexcept>
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/container/chain_trace.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::container;

namespace {

std::string g_trace;  // what components did, in order
std::string g_log;

constexpr config::ParamSpec kServletParams[] = {
    {.name = "Do", .type = config::ParamType::choice, .default_value = "answer",
     .choices = "answer,refuse,throw,throw_int,answer_then_throw,answer_then_refuse,allow", .doc = "What it does."},
    {.name = "Needed", .doc = "Missing in no test but one."},
};

class TestServlet final : public api::Servlet {
 public:
  TestServlet(std::string name, std::string what) : name_(std::move(name)), what_(std::move(what)) {}
  api::Outcome service(api::Request& request, api::Response& response) override {
    g_trace += name_ + "(" + std::string(request.path_info()) + ") ";
    if (what_ == "throw") throw std::runtime_error("broken");
    if (what_ == "throw_int") throw 7;
    if (what_ == "refuse") {
      response.headers().set("Content-Encoding", "gzip");
      response.headers().set("Retry-After", "5");
      return api::Outcome::refused(502, "backend_refused");
    }
    (void)response.write(std::string_view("hello"));
    if (what_ == "answer_then_throw") throw std::runtime_error("half way");
    if (what_ == "answer_then_refuse") return api::Outcome::refused(504, "backend_timeout");
    return api::Outcome::answered();
  }
  void start_child() override { g_trace += "start:" + name_ + " "; }
  void report(api::StatusWriter& writer) const override { writer.number("served", 3); }

 private:
  std::string name_, what_;
};

class TracingWrapper final : public api::ResponseWrapper {
 public:
  TracingWrapper(api::Response& inner, std::string name) : ResponseWrapper(inner), name_(std::move(name)) {}
  api::WriteStatus finish() override {
    g_trace += "finish:" + name_ + " ";
    return ResponseWrapper::finish();
  }

 private:
  std::string name_;
};

constexpr config::ParamSpec kFilterParams[] = {
    {.name = "Do", .type = config::ParamType::choice, .default_value = "proceed",
     .choices = "proceed,answer,refuse,throw,twice,wrap", .doc = "What it does."},
};

class TestFilter final : public api::Filter {
 public:
  TestFilter(std::string name, std::string what) : name_(std::move(name)), what_(std::move(what)) {}
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override {
    g_trace += ">" + name_ + " ";
    if (what_ == "answer") {
      (void)response.write(std::string_view("early"));
      return api::Outcome::answered();
    }
    if (what_ == "refuse") return api::Outcome::refused(403, "no_entry");
    if (what_ == "throw") throw std::runtime_error("filter broken");
    if (what_ == "twice") (void)rest.proceed(request, response);
    TracingWrapper wrapper(response, name_);
    const api::Outcome outcome = rest.proceed(request, what_ == "wrap" ? wrapper : response);
    g_trace += "<" + name_ + " ";
    return outcome;
  }

 private:
  std::string name_, what_;
};

const ServletRow kServlets[] = {
    {"TestServlet", {"ch::nevis::TestServlet"}, kServletParams, "For tests.",
     [](const ComponentContext& context, const config::Params& params) -> std::unique_ptr<api::Servlet> {
       return std::make_unique<TestServlet>(context.name, params.text("Do"));
     }},
    {"BrokenServlet", {}, {}, "Cannot be made.",
     [](const ComponentContext&, const config::Params&) -> std::unique_ptr<api::Servlet> {
       throw std::runtime_error("no luck");
     }},
};

const FilterRow kFilters[] = {
    {"TestFilter", {}, kFilterParams, "For tests.",
     [](const ComponentContext& context, const config::Params& params) -> std::unique_ptr<api::Filter> {
       return std::make_unique<TestFilter>(context.name, params.text("Do"));
     }},
};

std::string servlet(const std::string& name, const std::string& what = "answer") {
  return "<servlet><servlet-name>" + name + "</servlet-name><servlet-class>TestServlet</servlet-class><init-param>"
         "<param-name>Do</param-name><param-value>" + what + "</param-value></init-param></servlet>\n";
}
std::string filter(const std::string& name, const std::string& what = "proceed") {
  return "<filter><filter-name>" + name + "</filter-name><filter-class>TestFilter</filter-class><init-param>"
         "<param-name>Do</param-name><param-value>" + what + "</param-value></init-param></filter>\n";
}
std::string map(const std::string& name, const std::string& pattern) {
  return "<servlet-mapping><servlet-name>" + name + "</servlet-name><url-pattern>" + pattern +
         "</url-pattern></servlet-mapping>\n";
}
std::string map_filter(const std::string& name, const std::string& pattern, const std::string& exclude = "") {
  return "<filter-mapping><filter-name>" + name + "</filter-name><url-pattern>" + pattern + "</url-pattern>" +
         (exclude.empty() ? "" : "<exclude-url-regex>" + exclude + "</exclude-url-regex>") + "</filter-mapping>\n";
}

void keep_log(observe::LogId, std::string_view text) { g_log += std::string(text) + "\n"; }
bool log_everything(observe::Level) { return true; }

}  // namespace

TEST_GROUP(Container) {
  config::TemporaryFolder folder;
  config::Diagnostics diagnostics;
  Catalogue catalogue;
  std::unique_ptr<Container> container;

  void setup() override {
    g_trace.clear();
    g_log.clear();
    observe::set_log_sink(keep_log, log_everything);
    catalogue.add(kServlets);
    catalogue.add(kFilters);
  }
  void teardown() override {
    observe::set_log_sink(nullptr, nullptr);
    // CppUTest counts what tests leave behind.
    std::string().swap(g_trace);
    std::string().swap(g_log);
  }

  void web_xml(const std::string& base, const std::string& inside) {
    folder.write(base + "/WEB-INF/web.xml", "<web-app>\n" + inside + "</web-app>\n");
  }
  void build_from(const std::string& engine, const std::string& root_attributes = "") {
    const std::string path = folder.write(
        "navajo.xml", "<Navajo " + root_attributes + "><Service name='unit'><Connector name='a' port='1'/>\n" + engine +
                          "</Service></Navajo>");
    const config::NavajoXml navajo = config::load_navajo_xml(path, diagnostics);
    container = Container::build(navajo, catalogue, diagnostics);
  }
  // One host a.test with one context.
  void build(const std::string& inside, const std::string& root_attributes = "") {
    web_xml("site", inside);
    build_from("<Engine><Host name='a.test'><Context docBase='site'/></Host></Engine>", root_attributes);
  }
  std::string faults() {
    std::string out;
    for (const config::Fault& fault : diagnostics.faults()) out += fault.line().substr(folder.path().size() + 1) + "\n";
    return out;
  }
  std::string notices() {
    std::string out;
    for (const config::Fault& fault : diagnostics.notices()) out += fault.text + "\n";
    return out;
  }

  // "app|/x": the servlet that answers, by running it, and its path info.
  std::string answer(std::string_view path, std::string_view host = "a.test") {
    g_trace.clear();
    const Match match = container->find(host, path);
    if (match.status == MatchStatus::unknown_host) return "unknown_host";
    if (match.status == MatchStatus::no_context) return "no_context";
    if (match.status == MatchStatus::no_servlet) return "no_servlet";
    api::FakeRequest request("GET", path);
    request.mapped(path.substr(0, match.servlet_path_length), path.substr(match.servlet_path_length));
    api::FakeResponse response;
    container->handle(match, request, response);
    return g_trace;
  }
  void handle(api::FakeRequest& request, api::FakeResponse& response, std::string_view path = "/") {
    container->handle(container->find("a.test", path), request, response);
  }
};

TEST(Container, the_longest_pattern_answers_whatever_the_order) {
  build(servlet("root") + servlet("a") + servlet("ab") + servlet("exact") + map("root", "/") + map("a", "/a/*") +
        map("ab", "/a/b/*") + map("exact", "/a/b/c"));
  STRCMP_EQUAL("", faults().c_str());
  STRCMP_EQUAL("root(/) ", answer("/").c_str());
  STRCMP_EQUAL("root(/ab) ", answer("/ab").c_str());
  STRCMP_EQUAL("a() ", answer("/a").c_str());
  STRCMP_EQUAL("a(/) ", answer("/a/").c_str());
  STRCMP_EQUAL("a(/bc) ", answer("/a/bc").c_str());
  STRCMP_EQUAL("ab() ", answer("/a/b").c_str());
  STRCMP_EQUAL("ab(/x/y) ", answer("/a/b/x/y").c_str());
  STRCMP_EQUAL("exact() ", answer("/a/b/c").c_str());
  STRCMP_EQUAL("ab(/c/) ", answer("/a/b/c/").c_str());
}

TEST(Container, a_post_that_does_not_say_how_long_it_is_needs_a_property) {
  const auto status = [&](const char* method, const char* length, bool body) {
    api::FakeRequest request(method, "/");
    if (*length) request.with("Content-Length", length);
    request.the_body.there = body;
    api::FakeResponse response;
    handle(request, response);
    return int{response.status()};
  };
  build(servlet("s") + map("s", "/"));
  LONGS_EQUAL(411, status("POST", "", false));
  LONGS_EQUAL(411, status("PUT", "", false));
  LONGS_EQUAL(200, status("POST", "0", false));
  LONGS_EQUAL(200, status("POST", "", true));  // chunked
  LONGS_EQUAL(200, status("GET", "", false));
  folder.write("bc.properties", "ch.nevis.bc.net.AllowPostWithoutContentLength=true\n");
  build(servlet("s") + map("s", "/"));
  LONGS_EQUAL(200, status("POST", "", false));
}

TEST(Container, references_in_web_xml_are_limited_when_a_property_says_so) {
  folder.write("bc.properties", "org.jdom.EntityExpansionLimit=2\n");
  const std::string text = "<description>a &amp; b &amp; c</description>";
  build(text + servlet("s") + map("s", "/"));
  STRCMP_EQUAL("", faults().c_str());
  build("<display-name>&amp;</display-name>" + text + servlet("s") + map("s", "/"));
  STRCMP_CONTAINS("has more than 2 references", faults().c_str());
}

TEST(Container, filters_run_in_the_order_of_their_mappings_and_are_inherited) {
  build(servlet("s") + filter("one") + filter("two") + filter("three") + map("s", "/") + map_filter("three", "/a/*") +
        map_filter("one", "/*") + map_filter("two", "/a/b/*"));
  STRCMP_EQUAL(">one s(/) <one ", answer("/").c_str());
  STRCMP_EQUAL(">three >one >two s(/a/b) <two <one <three ", answer("/a/b").c_str());
  STRCMP_EQUAL(">three >one s(/a) <one <three ", answer("/a").c_str());
}

TEST(Container, a_filter_mapped_to_a_servlet_runs_whenever_it_answers) {
  build(servlet("s") + servlet("t") + filter("f") + map("s", "/s/*") + map("t", "/") +
        "<filter-mapping><filter-name>f</filter-name><servlet-name>s</servlet-name></filter-mapping>");
  STRCMP_EQUAL(">f s(/x) <f ", answer("/s/x").c_str());
  STRCMP_EQUAL("t(/x) ", answer("/x").c_str());
}

TEST(Container, exclude_url_regex_switches_a_filter_off) {
  build(servlet("s") + filter("f") + map("s", "/*") + map_filter("f", "/*", "^/public/|\\.css$"));
  STRCMP_EQUAL("s(/public/x) ", answer("/public/x").c_str());
  STRCMP_EQUAL("s(/a.css) ", answer("/a.css").c_str());
  STRCMP_EQUAL(">f s(/a.html) <f ", answer("/a.html").c_str());
}

TEST(Container, a_filter_whose_exclusion_cannot_be_decided_runs) {
  build(servlet("s") + filter("f") + map("s", "/*") + map_filter("f", "/*", "^/(a+)+$"));
  const std::string path = "/" + std::string(60, 'a') + "!";
  STRCMP_EQUAL((">f s(" + path + ") <f ").c_str(), answer(path).c_str());
  STRCMP_CONTAINS("NVJ1404", g_log.c_str());
}

TEST(Container, a_filter_mapped_twice_runs_once_and_is_mentioned) {
  build(servlet("s") + filter("f") + filter("g") + map("s", "/*") + map_filter("f", "/*") + map_filter("g", "/*") +
        map_filter("f", "/a/*"));
  STRCMP_CONTAINS("filter 'f' is mapped more than once", notices().c_str());
  STRCMP_EQUAL(">f >g s(/a) <g <f ", answer("/a").c_str());
}

TEST(Container, a_filter_mapped_to_two_places_that_never_meet_is_nothing_special) {
  build(servlet("s") + filter("f") + map("s", "/*") + map_filter("f", "/a/*") + map_filter("f", "/b/*"));
  STRCMP_EQUAL("", notices().c_str());
  STRCMP_EQUAL(">f s(/b) <f ", answer("/b").c_str());
}

TEST(Container, a_filter_mapped_to_a_path_and_to_a_servlet_is_mentioned_only_where_they_meet) {
  const std::string by_name =
      "<filter-mapping><filter-name>f</filter-name><servlet-name>s</servlet-name></filter-mapping>";
  build(servlet("s") + servlet("t") + filter("f") + map("s", "/s/*") + map("t", "/t/*") + map_filter("f", "/t/*") +
        by_name);
  STRCMP_EQUAL("", notices().c_str());
  build(servlet("s") + filter("f") + map("s", "/s/*") + map_filter("f", "/s/x") + by_name);
  STRCMP_CONTAINS("is mapped more than once", notices().c_str());
}

TEST(Container, hosts_are_found_by_name_alias_and_wildcard) {
  web_xml("a", servlet("a") + map("a", "/"));
  web_xml("b", servlet("b") + map("b", "/"));
  build_from("<Engine><Host name='A.test' serverAlias='www.a.test, *.Shop.test'><Context docBase='a'/></Host>"
             "<Host name='b.test' serverAlias='x.shop.test'><Context docBase='b'/></Host></Engine>");
  STRCMP_EQUAL("", faults().c_str());
  for (const char* host : {"a.test", "a.test.", "www.a.test", "y.shop.test", "z.y.shop.test"})
    STRCMP_EQUAL_TEXT("a(/) ", answer("/", host).c_str(), host);
  for (const char* host : {"b.test", "x.shop.test"}) STRCMP_EQUAL_TEXT("b(/) ", answer("/", host).c_str(), host);
  for (const char* host : {"", "c.test", "shop.test", "xshop.test", "b.test.evil", "."})
    STRCMP_EQUAL_TEXT("unknown_host", answer("/", host).c_str(), host);
  STRCMP_EQUAL("unknown_host", answer("/", std::string(300, 'a') + ".shop.test").c_str());
}

TEST(Container, the_default_host_takes_what_has_no_host) {
  web_xml("a", servlet("a") + map("a", "/"));
  build_from("<Engine defaultHost='a.test'><Host name='a.test'><Context docBase='a'/></Host></Engine>");
  STRCMP_EQUAL("a(/) ", answer("/", "c.test").c_str());
  STRCMP_EQUAL("a(/) ", answer("/", "").c_str());
}

TEST(Container, contexts_are_found_by_their_longest_path) {
  web_xml("a", servlet("a") + map("a", "/x/*"));
  web_xml("b", servlet("b") + filter("f") + map("b", "/") + map("b", "/x") + map_filter("f", "/x/*"));
  build_from("<Engine><Host name='a.test'><Context docBase='a'/><Context path='/shop/' docBase='b'/></Host></Engine>");
  STRCMP_EQUAL("", faults().c_str());
  STRCMP_EQUAL("b() ", answer("/shop").c_str());
  STRCMP_EQUAL("b(/y) ", answer("/shop/y").c_str());
  STRCMP_EQUAL(">f b() <f ", answer("/shop/x").c_str());
  STRCMP_EQUAL("a() ", answer("/x").c_str());
  STRCMP_EQUAL("no_servlet", answer("/shopping").c_str());
}

TEST(Container, a_host_without_a_context_there_says_so) {
  web_xml("b", servlet("b") + map("b", "/"));
  build_from("<Engine><Host name='a.test'><Context path='/shop' docBase='b'/></Host></Engine>");
  STRCMP_EQUAL("no_context", answer("/other").c_str());
}

TEST(Container, an_answer_is_finished_on_the_innermost_wrapper) {
  build(servlet("s") + filter("outer", "wrap") + filter("inner", "wrap") + map("s", "/") + map_filter("outer", "/") +
        map_filter("inner", "/"));
  STRCMP_EQUAL(">outer >inner s(/) finish:inner finish:outer <inner <outer ", answer("/").c_str());
}

TEST(Container, a_filter_may_answer_itself) {
  build(servlet("s") + filter("f", "answer") + map("s", "/") + map_filter("f", "/"));
  api::FakeRequest request;
  api::FakeResponse response;
  handle(request, response);
  STRCMP_EQUAL(">f ", g_trace.c_str());
  STRCMP_EQUAL("early", response.body.c_str());
  CHECK_TRUE(response.is_finished);
}

TEST(Container, a_refusal_becomes_a_page_that_tells_nothing_but_status_and_id) {
  build(servlet("s", "refuse") + map("s", "/"));
  api::FakeRequest request;
  api::FakeResponse response;
  request.the_id = "abc<\"123";
  handle(request, response);
  LONGS_EQUAL(502, response.the_status);
  STRCMP_EQUAL("Bad Gateway", response.reason.c_str());
  STRCMP_EQUAL("text/html;charset=utf-8", response.content_type.c_str());
  STRCMP_CONTAINS("request abc__123<", response.body.c_str());
  CHECK_FALSE(response.body.find("backend_refused") != std::string::npos);
  LONGS_EQUAL(response.body.size(), *response.length);
  CHECK_TRUE(response.is_finished);
  STRCMP_EQUAL("backend_refused", request.variables["NAVAJO_CAUSE"].c_str());
  CHECK_FALSE(response.fields.get("Content-Encoding").has_value());
  STRCMP_EQUAL("5", std::string(*response.fields.get("Retry-After")).c_str());
  STRCMP_EQUAL("no-store", std::string(*response.fields.get("Cache-Control")).c_str());
  STRCMP_CONTAINS("NVJ1402", g_log.c_str());
}

TEST(Container, programs_are_told_in_json) {
  build(servlet("s", "refuse") + map("s", "/"));
  api::FakeRequest request;
  api::FakeResponse response;
  request.with("Accept", "application/json, text/plain, */*");
  handle(request, response);
  STRCMP_EQUAL("application/problem+json", response.content_type.c_str());
  STRCMP_EQUAL("{\"type\":\"about:blank\",\"title\":\"Bad Gateway\",\"status\":502,\"detail\":"
               "\"The service behind this page did not give a usable answer.\",\"requestId\":\"test-request\"}\n",
               response.body.c_str());
}

TEST(Container, a_head_request_gets_no_page) {
  build(servlet("s", "refuse") + map("s", "/"));
  api::FakeRequest request("HEAD");
  api::FakeResponse response;
  handle(request, response);
  STRCMP_EQUAL("", response.body.c_str());
  CHECK_TRUE(response.length.value() > 0);
}

TEST(Container, an_error_page_of_the_application_is_used) {
  folder.write("site/oops.html", "<h1>ours</h1>");
  folder.write("site/gone.txt", "gone");
  build(servlet("s", "refuse") + map("s", "/s") +
        "<mime-mapping><extension>txt</extension><mime-type>text/plain</mime-type></mime-mapping>"
        "<error-page><error-code>502</error-code><location>/oops.html</location></error-page>"
        "<error-page><error-code>404</error-code><location>/gone.txt</location></error-page>");
  STRCMP_EQUAL("", faults().c_str());
  api::FakeRequest request;
  api::FakeResponse response, missing;
  handle(request, response, "/s");
  STRCMP_EQUAL("<h1>ours</h1>", response.body.c_str());
  LONGS_EQUAL(502, response.the_status);
  handle(request, missing, "/nowhere");
  STRCMP_EQUAL("gone", missing.body.c_str());
  STRCMP_EQUAL("text/plain", missing.content_type.c_str());
}

TEST(Container, what_matches_nothing_is_refused) {
  build(servlet("s") + map("s", "/s"));
  api::FakeRequest request;
  api::FakeResponse missing, misdirected;
  handle(request, missing, "/x");
  LONGS_EQUAL(404, missing.the_status);
  container->handle(container->find("evil.test", "/s"), request, misdirected);
  LONGS_EQUAL(421, misdirected.the_status);
  STRCMP_EQUAL("unknown_host", request.variables["NAVAJO_CAUSE"].c_str());
}

TEST(Container, an_exception_is_one_log_line_and_a_500) {
  for (const char* what : {"throw", "throw_int"}) {
    g_log.clear();
    diagnostics = {};
    build(servlet("s", what) + filter("f") + map("s", "/") + map_filter("f", "/"));
    api::FakeRequest request;
    api::FakeResponse response;
    handle(request, response);
    LONGS_EQUAL(500, response.the_status);
    STRCMP_CONTAINS("NVJ1400 servlet s threw while it answered request test-request: ", g_log.c_str());
    STRCMP_EQUAL("exception", request.variables["NAVAJO_CAUSE"].c_str());
  }
}

TEST(Container, an_exception_of_a_filter_names_the_filter) {
  build(servlet("s") + filter("f", "throw") + map("s", "/") + map_filter("f", "/"));
  api::FakeRequest request;
  api::FakeResponse response;
  handle(request, response);
  LONGS_EQUAL(500, response.the_status);
  STRCMP_CONTAINS("NVJ1400 filter f threw", g_log.c_str());
}

TEST(Container, an_answer_that_cannot_be_completed_is_cut_off) {
  for (const char* what : {"answer_then_throw", "answer_then_refuse"}) {
    diagnostics = {};
    build(servlet("s", what) + map("s", "/"));
    api::FakeRequest request;
    api::FakeResponse response;
    handle(request, response);
    CHECK_TRUE(response.is_aborted);
    CHECK_FALSE(response.is_finished);
    STRCMP_EQUAL("hello", response.body.c_str());
    STRCMP_CONTAINS("NVJ1403", g_log.c_str());
  }
}

TEST(Container, the_rest_of_the_chain_cannot_run_twice) {
  build(servlet("s") + filter("f", "twice") + map("s", "/") + map_filter("f", "/"));
  api::FakeRequest request;
  api::FakeResponse response;
  handle(request, response);
  STRCMP_EQUAL(">f s(/) <f ", g_trace.c_str());
  STRCMP_CONTAINS("NVJ1401", g_log.c_str());
  STRCMP_EQUAL("hello", response.body.c_str());
  CHECK_TRUE(response.is_aborted);
}

TEST(Container, a_filter_that_refuses_keeps_the_servlet_from_running) {
  build(servlet("s") + filter("f", "refuse") + map("s", "/") + map_filter("f", "/"));
  api::FakeRequest request;
  api::FakeResponse response;
  handle(request, response);
  STRCMP_EQUAL(">f ", g_trace.c_str());
  LONGS_EQUAL(403, response.the_status);
}

TEST(Container, the_record_of_a_request_has_the_time_of_every_element) {
  build(servlet("s", "refuse") + filter("outer") + filter("inner") + map("s", "/") + map_filter("outer", "/") +
        map_filter("inner", "/"));
  api::FakeRequest request;
  api::FakeResponse response;
  ChainRecord record;
  const Match match = container->find("a.test", "/");
  container->handle(match, request, response, record);
  LONGS_EQUAL(3, record.times.count);
  LONGS_EQUAL(502, record.refused_with);
  const auto* times = record.times.elements;
  CHECK_TRUE(times[0].entered <= times[2].entered && times[2].left <= times[0].left);
  observe::RequestRecord told{};
  write_chain_times(match, record, told);
  LONGS_EQUAL(3, told.elements);
  STRCMP_EQUAL("outer", told.chain[0].name);
  STRCMP_EQUAL("s", told.chain[2].name);
}

TEST(Container, names_every_fault_of_web_xml) {
  struct Case {
    std::string inside;
    const char* expected;
  };
  const std::string s = servlet("s");
  for (const Case& one : std::vector<Case>{
           {"<servlet><servlet-name>s</servlet-name><servlet-class>TestServlt</servlet-class></servlet>",
            "site/WEB-INF/web.xml:2:55: NVJ1310 there is no servlet class 'TestServlt', did you mean 'TestServlet'?\n"},
           {"<filter><filter-name>f</filter-name><filter-class>X::Y</filter-class><filter-lib>libY.so.1</filter-lib>"
            "</filter>",
            "NVJ1310 there is no filter class 'X::Y' (libY.so.1 is not loaded: all classes are built in)\n"},
           {"<servlet><servlet-name>s</servlet-name><servlet-class>TestServlet</servlet-class>\n<init-param>"
            "<param-name>Dp</param-name><param-value>answer</param-value></init-param></servlet>",
            "site/WEB-INF/web.xml:3:25: NVJ1311 servlet 's' has no init-param 'Dp', did you mean 'Do'?\n"},
           {servlet("s", "\n   dance"), "NVJ1312 servlet 's': init-param 'Do' 'dance' is not one of answer, refuse"},
           {s + map("s", "/a*"), "NVJ1314 the url-pattern '/a*' may have a star only at its end"},
           {s + map("s", "/a") + map("s", "/a"), "NVJ1307 the url-pattern '/a' is mapped to the servlet 's' already"},
           {s + filter("f") + map_filter("f", "/*", "a(b"), "NVJ1314 exclude-url-regex: missing closing parenthesis"},
           {"<servlet><servlet-name>s</servlet-name><servlet-class>BrokenServlet</servlet-class></servlet>",
            "site/WEB-INF/web.xml:2:1: NVJ1317 servlet 's' cannot be made: no luck\n"},
           {"<listener><listener-class>L</listener-class></listener>", "NVJ1310 there is no listener class 'L'\n"},
           {"<error-page><error-code>404</error-code><location>/none</location></error-page>",
            "NVJ1300 error-page /none cannot be read: No such file or directory\n"},
           {"<error-page><error-code>404</error-code><location>/../navajo.xml</location></error-page>",
            "NVJ1300 error-page /../navajo.xml leaves docBase\n"},
       }) {
    diagnostics = {};
    build(one.inside);
    STRCMP_CONTAINS(one.expected, faults().c_str());
    LONGS_EQUAL_TEXT(1, diagnostics.faults().size(), faults().c_str());
    CHECK_TRUE(container == nullptr);
  }
}

TEST(Container, needs_the_folder_and_its_web_xml) {
  build_from("<Engine><Host name='a.test'><Context docBase='nowhere'/></Host></Engine>");
  STRCMP_CONTAINS("navajo.xml:2:38: NVJ1300 docBase '", faults().c_str());
  diagnostics = {};
  folder.write("bare/index.html", "");
  build_from("<Engine><Host name='a.test'><Context docBase='bare'/></Host></Engine>");
  STRCMP_CONTAINS("bare/WEB-INF/web.xml: NVJ1300 cannot be read: No such file or directory", faults().c_str());
}

TEST(Container, an_alias_of_a_class_is_as_good_as_its_name) {
  build("<servlet><servlet-name>s</servlet-name><servlet-class>ch::nevis::TestServlet</servlet-class></servlet>" +
        map("s", "/"));
  STRCMP_EQUAL("s(/) ", answer("/").c_str());
}

TEST(Container, class_names_may_be_written_with_single_colons) {
  build("<servlet><servlet-name>s</servlet-name><servlet-class>ch:nevis:TestServlet</servlet-class></servlet>" +
        map("s", "/"));
  STRCMP_EQUAL("s(/) ", answer("/").c_str());
  CHECK_TRUE(same_class("a::b:c", "a:b::c"));
  for (const char* other : {"a", "a:", "a::bc", "ab", "a:::b", "b::a"})
    CHECK_FALSE_TEXT(same_class("a::b", other), other);
}

TEST(Container, an_extension_answers_what_no_prefix_takes) {
  build(servlet("p") + servlet("e") + servlet("d") + map("d", "/") + map("e", "*.jsp") + map("p", "/a/*"));
  STRCMP_EQUAL("e() ", answer("/x.jsp").c_str());
  STRCMP_EQUAL("p(/x.jsp) ", answer("/a/x.jsp").c_str());
  STRCMP_EQUAL("d(/x.css) ", answer("/x.css").c_str());
}

TEST(Container, exclude_url_regex_takes_all_types) {
  build(servlet("s") + filter("f") + map("s", "/") + map_filter("f", "/*", "GLOB/**.css/"));
  STRCMP_EQUAL("s(/a/x.css) ", answer("/a/x.css").c_str());
  STRCMP_EQUAL(">f s(/a/x.html) <f ", answer("/a/x.html").c_str());
}

TEST(Container, the_listener_of_sessions_is_known_and_has_no_effect) {
  build("<listener><listener-class>ch::nevis::isiweb4::listener::SessionListener</listener-class></listener>" +
        servlet("s") + map("s", "/"));
  STRCMP_EQUAL("", faults().c_str());
  STRCMP_CONTAINS("the SessionListener has no effect", notices().c_str());
}

TEST(Container, a_lenient_configuration_with_an_unknown_filter_stays_closed) {
  build(servlet("s") + map("s", "/") +
            "<filter><filter-name>guard</filter-name><filter-class>NoSuchFilter</filter-class></filter>" +
            map_filter("guard", "/private/*"),
        "compat='lenient'");
  STRCMP_EQUAL("", faults().c_str());
  STRCMP_CONTAINS("there is no filter class 'NoSuchFilter'", notices().c_str());
  STRCMP_EQUAL("s(/open) ", answer("/open").c_str());
  api::FakeRequest request;
  api::FakeResponse response;
  handle(request, response, "/private/x");
  LONGS_EQUAL(503, response.the_status);
}

TEST(Container, starts_reports_and_lists_its_components) {
  build(servlet("s") + servlet("t") + filter("f") + map("s", "/a/*") + map("t", "/") + map_filter("f", "/a/*"));
  container->start_child();
  STRCMP_EQUAL("start:s start:t ", g_trace.c_str());
  api::FakeStatusWriter writer;
  container->report(writer);
  CHECK_TRUE(writer.has("service unit"));
  CHECK_TRUE(writer.has("host a.test/context //filter f/class TestFilter"));
  CHECK_TRUE(writer.has("host a.test/context //servlet s/served 3"));
  const auto lines = container->list();
  LONGS_EQUAL(2, lines.size());
  STRCMP_EQUAL("/a/*", lines[0].pattern.c_str());
  STRCMP_EQUAL("s", lines[0].servlet.c_str());
  LONGS_EQUAL(1, lines[0].filters.size());
  STRCMP_EQUAL("/*", lines[1].pattern.c_str());
  LONGS_EQUAL(0, lines[1].filters.size());
}
