// RequestFlags of servlets of a whole application: who asks gets a prepared request, by every way to it.
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/container/container.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using namespace navajo::container;

namespace {

class Answering final : public api::Servlet {
 public:
  api::Outcome service(api::Request& request, api::Response& response) override {
    (void)response.write(request.parameters() ? std::string_view("parameters") : std::string_view("none"));
    return api::Outcome::answered();
  }
};

// Leads all requests to the servlet "asking".
class Leading final : public api::Filter {
 public:
  void link(const api::Components& components) override { end_ = components.servlet("asking"); }
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& rest) override {
    return rest.proceed_to(*end_, request, response);
  }

 private:
  api::Servlet* end_ = nullptr;
};

const ServletRow kServlets[] = {
    {"Answering", {}, {}, "For tests.",
     [](const ComponentContext&, const config::Params&) -> std::unique_ptr<api::Servlet> {
       return std::make_unique<Answering>();
     }},
};
const FilterRow kFilters[] = {
    {"Leading", {}, {}, "For tests.",
     [](const ComponentContext&, const config::Params&) -> std::unique_ptr<api::Filter> {
       return std::make_unique<Leading>();
     }},
};

constexpr char kWebXml[] =
    "<web-app>"
    "<filter><filter-name>f</filter-name><filter-class>Leading</filter-class></filter>"
    "<filter-mapping><filter-name>f</filter-name><url-pattern>/led/*</url-pattern></filter-mapping>"
    "<servlet><servlet-name>asking</servlet-name><servlet-class>Answering</servlet-class><init-param>"
    "<param-name>RequestFlags</param-name><param-value>+NEEDS_PARAMS</param-value></init-param></servlet>"
    "<servlet><servlet-name>plain</servlet-name><servlet-class>Answering</servlet-class></servlet>"
    "<servlet-mapping><servlet-name>asking</servlet-name><url-pattern>/asking</url-pattern></servlet-mapping>"
    "<servlet-mapping><servlet-name>plain</servlet-name><url-pattern>/</url-pattern></servlet-mapping>"
    "</web-app>";

}  // namespace

TEST_GROUP(ContainerFlags) {
  config::TemporaryFolder folder;
  config::Diagnostics diagnostics;
  config::NavajoXml navajo;
  Catalogue catalogue;
  std::unique_ptr<Container> container;
  std::string cause;

  void setup() override {
    catalogue.add(kServlets);
    catalogue.add(kFilters);
    folder.write("d/WEB-INF/web.xml", kWebXml);
    navajo = config::load_navajo_xml(
        folder.write("navajo.xml", "<Navajo><Service><Connector name='a' port='80'/><Engine><Host name='a'>"
                                   "<Context docBase='d'/></Host></Engine></Service></Navajo>"),
        diagnostics);
    container = Container::build(navajo, catalogue, diagnostics);
    if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
  }
  // Status and body for a form of so many bytes.
  std::string post(const char* path, size_t bytes) {
    api::FakeRequest request("POST", path);
    request.with("Content-Type", "application/x-www-form-urlencoded").with_body(std::string(bytes, 'a'));
    api::FakeResponse response;
    container->handle(container->find("a", path), request, response);
    cause = request.variables["NAVAJO_CAUSE"];
    return std::to_string(response.the_status) + (response.the_status == 200 ? " " + response.body : "");
  }
};

TEST(ContainerFlags, who_asks_gets_parameters_and_nobody_else_pays) {
  STRCMP_EQUAL("200 parameters", post("/asking", 100).c_str());
  STRCMP_EQUAL("413", post("/asking", 70000).c_str());
  STRCMP_EQUAL("body_over_buffer_size", cause.c_str());
  STRCMP_EQUAL("200 none", post("/x", 70000).c_str());
}

TEST(ContainerFlags, a_servlet_that_a_filter_leads_to_gets_what_it_asks_for_as_well) {
  STRCMP_EQUAL("200 parameters", post("/led/x", 100).c_str());
}
