// What conf/ says of elements, attributes and parameters is what the tables in the code say, and the files in it load.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "conf/demo_database.h"
#include "navajo/config/httpd_directives.h"
#include "navajo/config/profiles.h"
#include "navajo/config/property_table.h"
#include "navajo/config/schema.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/config/web_xml.h"
#include "navajo/container/class_settings.h"
#include "navajo/container/container.h"
#include "navajo/container/request_flags.h"
#include "navajo/filters/table.h"
#include "navajo/servlets/table.h"
#include "navajo/tls/made_certificates.h"

#include "CppUTest/TestHarness.h"

#include "CppUTest/CommandLineTestRunner.h"
#include "CppUTest/MemoryLeakWarningPlugin.h"

using namespace navajo;

namespace {

std::string conf(const std::string& name) { return std::string(CONF_FOLDER) + "/" + name; }

// With every run of white space as one blank: comments are wrapped (in properties files each line begins with '#').
std::string read(const std::string& name) {
  std::ifstream in(conf(name));
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  if (text.empty()) FAIL(("cannot read " + conf(name)).c_str());
  const bool properties = name.ends_with(".properties");
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || (properties && c == '#');
    if (!space || out.empty() || out.back() != ' ') out += space ? ' ' : c;
  }
  return out;
}

void has(const std::string& text, const std::string& part) {
  if (text.find(part) == std::string::npos) FAIL(("missing or not up to date: " + part).c_str());
}

// Made before the tests, which look for leaks.
const tls::MadeCertificate& certificate() {
  static const tls::MadeCertificate made = tls::make_certificate({.name = "CA of the demo", .authority = true});
  return made;
}
[[maybe_unused]] const auto& made_before = certificate();

}  // namespace

TEST_GROUP(Reference) {
  config::TemporaryFolder folder;
  config::Diagnostics diagnostics;
  container::Catalogue catalogue;

  void setup() override {
    setenv("NAVAJO_DEMO_PORT", "8080", 1);
    setenv("NAVAJO_DEMO_BACKEND", "127.0.0.1:8081", 1);
    setenv("NAVAJO_DEMO_PROXY_PORT", "3128", 1);
    folder.write("origin.pem", certificate().certificate_pem());
    setenv("NAVAJO_DEMO_ADMIN_PORT", "9443", 1);
    folder.write("admin-tokens.txt", "viewer demo " + std::string(64, '0') + "\n");
    setenv("NAVAJO_DEMO_CA", folder.path().c_str(), 1);
    make_demo_database(folder);
    servlets::add_to(catalogue);
    filters::add_to(catalogue);
  }
  std::unique_ptr<container::Container> load(const std::string& name) {
    const config::NavajoXml navajo = config::load_navajo_xml(conf(name), diagnostics);
    auto container = container::Container::build(navajo, catalogue, diagnostics);
    if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
    if (!diagnostics.notices().empty()) FAIL(diagnostics.notices()[0].line().c_str());
    return container;
  }
  template <class Row>
  void check_rows(const std::vector<Row>& rows, const std::vector<config::WebComponent>& declared,
                  const std::string& text) {
    for (const Row& row : rows) {
      has(text, "<!-- " + std::string(row.name) + ": " + row.doc);
      const config::WebComponent* shown = nullptr;
      for (const config::WebComponent& component : declared)
        if (component.class_name.text == row.name) shown = &component;
      if (!shown) FAIL(("not in the reference web.xml: " + std::string(row.name)).c_str());
      for (const config::ParamSpec& spec : row.params) {
        has(text, "<!-- " + config::describe(spec));
        // What is answered with a notice or a fault is told of only.
        if (!*spec.deprecated && !*spec.not_yet) CHECK_TRUE_TEXT(shown->params.contains(spec.name), spec.name);
      }
    }
  }
};

TEST(Reference, web_xml_says_what_every_component_takes) {
  const std::string text = read("reference/site/WEB-INF/web.xml");
  for (const config::ParamSpec& spec : container::common_params()) has(text, "<!-- " + config::describe(spec));
}

TEST(Reference, navajo_xml_says_what_the_schema_says) {
  const std::string text = read("reference/navajo.xml");
  for (const config::ElementSpec& row : config::navajo_xml_schema()) {
    has(text, "<!-- " + std::string(row.name) + ": " + row.doc);
    has(text, "<" + std::string(row.name));
    for (const config::ParamSpec& attribute : row.attributes) has(text, config::describe(attribute));
  }
}

TEST(Reference, bc_properties_says_what_the_table_says) {
  const std::string text = read("reference/bc.properties");
  for (const config::ParamSpec& row : config::property_table()) {
    has(text, " " + config::describe(row) + " ");
    std::string name = row.name;
    if (name.back() == '*') name.pop_back();
    has(text, " " + name + (row.name == name ? "=" + std::string(row.default_value) : ""));
  }
}

TEST(Reference, every_shipped_profile_is_one_of_a_class_that_exists) {
  config::NavajoXml navajo;
  navajo.class_properties = config::shipped_profiles();  // judged as an operator's own would be
  CHECK_TRUE(navajo.class_properties.size() > 5);
  const container::ClassSettings settings(navajo, catalogue, diagnostics);
  if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
}

TEST(Reference, web_xml_shows_every_element) {
  const std::string text = read("reference/site/WEB-INF/web.xml");
  for (const config::ElementSpec& row : config::web_xml_schema()) {
    const std::string_view doc(row.doc);
    const bool in_vain = doc.find("no effect") != doc.npos || doc.find("need none") != doc.npos;
    const bool listener = std::string_view(row.name).substr(0, 8) == "listener";  // there is none yet
    if (!in_vain && !listener) has(text, "<" + std::string(row.name) + ">");
  }
}

TEST(Reference, web_xml_shows_every_servlet_and_filter_with_every_parameter) {
  const std::string name = "reference/site/WEB-INF/web.xml";
  const config::WebXml web = config::load_web_xml(conf(name), config::Compat::strict, diagnostics);
  CHECK_TRUE(diagnostics.ok());
  check_rows(catalogue.servlets(), web.servlets, read(name));
  check_rows(catalogue.filters(), web.filters, read(name));
}

TEST(Reference, the_reference_loads) {
  const auto container = load("reference/navajo.xml");
  CHECK_TRUE(container->find("www.example.org", "/app/x").found());
  CHECK_TRUE(container->find("a.shop.example.org", "/").found());
  CHECK_FALSE(container->find("api.example.org", "/").found());
  CHECK_TRUE(container->find("api.example.org", "/v1/x").found());
}

TEST(Reference, the_demo_loads_and_maps_its_places) {
  const auto container = load("demo/navajo.xml");
  std::string map;
  for (const container::MappingLine& line : container->list())
    map += line.pattern + "=" + line.servlet_class + "(" + std::to_string(line.filters.size()) + ") ";
  STRCMP_EQUAL("/navajo/status=StatusServlet(0) /private/*=HttpConnectorServlet(3) /app/*=HttpConnectorServlet(1) "
               "/*=DefaultServlet(0) /*=AdminServlet(0) /*=ForwardProxyServlet(0) ", map.c_str());
}

int main(int argc, char** argv) {
  // Servlets keep what their process shares, such as the resolver: no leak, though made in a test.
  MemoryLeakWarningPlugin::turnOffNewDeleteOverloads();
  return CommandLineTestRunner::RunAllTests(argc, argv);
}
