// What the container does around its components: the Context's rules before any filter, and the shared memory that
// components ask for while they are made.
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/container/container.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::container;

namespace {

int g_served;
std::string g_seen;  // what a component was told of its Context

class Answering final : public api::Servlet {
 public:
  api::Outcome service(api::Request&, api::Response& response) override {
    g_served++;
    (void)response.write(std::string_view("hello"));
    return api::Outcome::answered();
  }
};

constexpr config::ParamSpec kParams[] = {
    {.name = "Bytes", .type = config::ParamType::bytes, .default_value = "64", .doc = "Of shared memory."},
};

const ServletRow kRows[] = {
    {"Memory", {}, kParams, "Wants shared memory.",
     [](const ComponentContext& context, const config::Params& params) -> std::unique_ptr<api::Servlet> {
       g_seen = context.application_id + (context.status_codes.contains(299) ? " 299" : "");
       if (!context.arena->allocate(params.bytes("Bytes"), 8, context.name)) return nullptr;
       return std::make_unique<Answering>();
     }},
};

}  // namespace

TEST_GROUP(ContainerRules) {
  config::TemporaryFolder folder;
  config::Diagnostics diagnostics;
  config::NavajoXml navajo;
  Catalogue catalogue;

  void setup() override {
    g_served = 0;
    catalogue.add(kRows);
  }
  void teardown() override { std::string().swap(g_seen); }

  std::unique_ptr<Container> build(const std::string& context, const std::string& bytes = "64") {
    folder.write("d/WEB-INF/web.xml",
                 "<web-app>\n<servlet><servlet-name>Counter</servlet-name><servlet-class>Memory</servlet-class>"
                 "<init-param><param-name>Bytes</param-name><param-value>" + bytes + "</param-value></init-param>"
                 "</servlet><servlet-mapping><servlet-name>Counter</servlet-name><url-pattern>/a/*</url-pattern>"
                 "</servlet-mapping></web-app>");
    navajo = config::load_navajo_xml(
        folder.write("navajo.xml", "<Navajo><Service>\n<Core memorySize='64K'/><Connector name='a' port='80'/><Engine>"
                                   "<Host name='a'><Context docBase='d' " + context + "/></Host></Engine></Service>"
                                   "</Navajo>"),
        diagnostics);
    if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
    return Container::build(navajo, catalogue, diagnostics);
  }
  int status(const Container& container, const char* method, const char* path) {
    api::FakeRequest request(method, path);
    api::FakeResponse response;
    container.handle(container.find("a", path), request, response);
    return response.the_status;
  }
};

TEST(ContainerRules, come_before_the_application_and_before_not_found) {
  const auto denying = build("unsecureConnection='deny'");
  LONGS_EQUAL(403, status(*denying, "GET", "/a/x"));
  LONGS_EQUAL(403, status(*denying, "GET", "/nowhere"));
  LONGS_EQUAL(0, g_served);
  const auto narrow = build("allowedMethods='GET'");
  LONGS_EQUAL(405, status(*narrow, "POST", "/a/x"));
  LONGS_EQUAL(200, status(*narrow, "GET", "/a/x"));
  LONGS_EQUAL(404, status(*narrow, "GET", "/nowhere"));
  LONGS_EQUAL(1, g_served);
}

TEST(ContainerRules, the_innermost_body_limit_that_is_given_counts) {
  const auto refused = [](const Container& container, size_t size, uint64_t server_limit) {
    api::FakeRequest request("POST", "/a/x");
    request.with_body(std::string(size, 'x'));
    api::FakeResponse response;
    ChainRecord record;
    container.handle(container.find("a", "/a/x"), request, response, record, server_limit);
    return response.the_status == 413 && std::string(record.cause) == "body_too_large";
  };
  const auto servers = build("");
  CHECK_FALSE(Container::body_limit(servers->find("a", "/a/x")).has_value());
  CHECK_FALSE(refused(*servers, 100, 100));
  CHECK_TRUE(refused(*servers, 101, 100));
  CHECK_FALSE(refused(*servers, 100000, 0));
  const auto narrower = build("limitRequestBody='50'");
  CHECK_TRUE(refused(*narrower, 51, 100));
  CHECK_TRUE(refused(*narrower, 51, 0));
  const auto wider = build("limitRequestBody='200'"), any = build("limitRequestBody='any'");
  CHECK_FALSE(refused(*wider, 200, 100));
  CHECK_TRUE(refused(*wider, 201, 100));
  CHECK_FALSE(refused(*any, 100000, 100));
}

TEST(ContainerRules, components_know_what_their_context_says) {
  (void)build("id='shop' additionalStatusCodes='299'");
  STRCMP_EQUAL("shop 299", g_seen.c_str());
}

TEST(ContainerRules, a_component_that_does_not_fit_is_named_with_what_to_set) {
  CHECK_TRUE(build("", "100000") == nullptr);
  LONGS_EQUAL(1, diagnostics.faults().size());
  const std::string line = diagnostics.faults()[0].line();
  STRCMP_CONTAINS("d/WEB-INF/web.xml:2:1: NVJ1342 [NVCT-0048] servlet 'Counter' does not fit into the memory",
                  line.c_str());
  STRCMP_CONTAINS("65536 bytes; 100000 more are missing in all: set Core memorySize to 206920 or more", line.c_str());
}

TEST(ContainerRules, the_files_are_recorded_in_the_same_memory) {
  const auto container = build("");
  const size_t before = container->arena().used();
  CHECK_TRUE(before >= 64);
  container->record_files(navajo, {{"/etc/navajo.xml", "x"}}, diagnostics);
  CHECK_TRUE(container->arena().used() > before);
  config::FileTexts many;
  for (int i = 0; i < 400; i++) many["/f" + std::to_string(i)] = "";
  container->record_files(navajo, many, diagnostics);
  STRCMP_CONTAINS("[NVCT-0048] the list of the configuration's files does not fit",
                  diagnostics.faults().at(0).line().c_str());
}
