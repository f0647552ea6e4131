// A Rules element with apply="all" stands first in the chain of every Context.
#include <string>

#include "navajo/api/fakes.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/container/container.h"
#include "navajo/container/shared_services.h"
#include "navajo/rules/rule_store.h"
#include "navajo/shm/segment.h"

#include "CppUTest/TestHarness.h"

#include "CppUTest/MemoryLeakWarningPlugin.h"

using namespace navajo;
using namespace navajo::container;

namespace {

std::string* g_way;  // what a request went through

class Hello final : public api::Servlet {
 public:
  api::Outcome service(api::Request&, api::Response& response) override {
    *g_way += "servlet";
    (void)response.write(std::string_view("hello"));
    return api::Outcome::answered();
  }
};

class Noting final : public api::Filter {
 public:
  explicit Noting(std::string word) : word_(std::move(word)) {}
  api::Outcome filter(api::Request& request, api::Response& response, api::FilterChain& chain) override {
    *g_way += word_ + " ";
    return chain.proceed(request, response);
  }

 private:
  const std::string word_;
};

const ServletRow kServlets[] = {
    {"Hello", {}, {}, "Says hello.",
     [](const ComponentContext&, const config::Params&) -> std::unique_ptr<api::Servlet> {
       return std::make_unique<Hello>();
     }},
};
constexpr config::ParamSpec kParams[] = {{.name = "Rules", .doc = "Which."}};
const FilterRow kRuleFilter[] = {
    {"RuleFilter", {}, kParams, "Notes which rules it was made for.",
     [](const ComponentContext& context, const config::Params& params) -> std::unique_ptr<api::Filter> {
       const auto& stores = context.services->rule_stores;
       const auto found = stores.find(params.text("Rules"));
       return std::make_unique<Noting>(found == stores.end() ? "nothing" : found->second->options().name);
     }},
};
const FilterRow kOther[] = {
    {"Other", {}, {}, "Of web.xml.",
     [](const ComponentContext&, const config::Params&) -> std::unique_ptr<api::Filter> {
       return std::make_unique<Noting>("other");
     }},
};

}  // namespace

// Tables of the rule language are made when they are first needed, and stay: no leak of a test.
struct Unwatched : Utest {
  Unwatched() { MemoryLeakWarningPlugin::turnOffNewDeleteOverloads(); }
  ~Unwatched() override { MemoryLeakWarningPlugin::turnOnThreadSafeNewDeleteOverloads(); }
};

TEST_GROUP_BASE(RulesEverywhere, Unwatched) {
  config::TemporaryFolder folder;
  config::Diagnostics diagnostics;
  Catalogue catalogue;
  std::string way;

  void setup() override {
    g_way = &way;
    catalogue.add(kServlets);
    catalogue.add(kOther);
    folder.write("rules.xml", "<rules><rule id='a' when='always'><pass/></rule></rules>");
  }
  void teardown() override { shm::Segment::close_unwanted("navajo-", [](std::string_view) { return false; }); }
  std::unique_ptr<Container> build(const std::string& rules, const char* filter_name = "Other") {
    for (const char* context : {"root", "shop"})
      folder.write(std::string(context) + "/WEB-INF/web.xml",
                   "<web-app><filter><filter-name>" + std::string(filter_name) +
                       "</filter-name><filter-class>Other</filter-class></filter><filter-mapping><filter-name>" +
                       filter_name + "</filter-name><url-pattern>/*</url-pattern></filter-mapping>"
                       "<servlet><servlet-name>Hello</servlet-name><servlet-class>Hello</servlet-class></servlet>"
                       "<servlet-mapping><servlet-name>Hello</servlet-name><url-pattern>/*</url-pattern>"
                       "</servlet-mapping></web-app>");
    const config::NavajoXml navajo = config::load_navajo_xml(
        folder.write("navajo.xml", "<Navajo><Service>" + rules +
                                       "<Connector name='a' port='80'/><Engine><Host name='a'><Context docBase='root'/>"
                                       "<Context path='/shop' docBase='shop'/></Host></Engine></Service></Navajo>"),
        diagnostics);
    if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
    return Container::build(navajo, catalogue, diagnostics);
  }
  std::string way_of(const Container& container, const char* path) {
    api::FakeRequest request("GET", path);
    api::FakeResponse response;
    way.clear();
    container.handle(container.find("a", path), request, response);
    return way;
  }
};

TEST(RulesEverywhere, come_first_in_every_context_in_the_order_of_navajo_xml) {
  catalogue.add(kRuleFilter);
  const auto container = build("<Rules name='one' file='rules.xml'/>"
                               "<Rules name='own' file='rules.xml' apply='filters'/>"
                               "<Rules name='two' file='rules.xml'/>");
  if (!container) FAIL(diagnostics.faults()[0].line().c_str());
  STRCMP_EQUAL("one two other servlet", way_of(*container, "/x").c_str());
  STRCMP_EQUAL("one two other servlet", way_of(*container, "/shop/x").c_str());
  STRCMP_EQUAL("Rules one", container->list()[0].filters.at(0).c_str());
}

TEST(RulesEverywhere, need_the_class_that_applies_them) {
  CHECK(!build("<Rules file='rules.xml'/>"));
  STRCMP_CONTAINS("there is no filter class 'RuleFilter'", diagnostics.faults()[0].line().c_str());
}

TEST(RulesEverywhere, keep_their_name) {
  catalogue.add(kRuleFilter);
  CHECK(!build("<Rules name='one' file='rules.xml'/>", "Rules one"));
  STRCMP_CONTAINS("the filter-name 'Rules one' is that of the filter", diagnostics.faults()[0].line().c_str());
}

TEST(RulesEverywhere, a_bad_file_is_a_fault_of_the_configuration_with_its_place) {
  catalogue.add(kRuleFilter);
  folder.write("rules.xml", "<rules>\n<rule id='a' when='nonsense('/>\n</rules>");
  CHECK(!build("<Rules file='rules.xml'/>"));
  STRCMP_CONTAINS("rules.xml:2:", diagnostics.faults()[0].line().c_str());
}
