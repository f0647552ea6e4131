#include "navajo/cli/generated.h"
#include "navajo/cli/generated_man.h"

#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>

#include "CppUTest/TestHarness.h"
#include "navajo/cli/commands.h"
#include "navajo/cli/httpd_program.h"
#include "navajo/config/property_table.h"
#include "navajo/config/temporary_folder.h"

using namespace navajo::cli;
using navajo::config::TemporaryFolder;

namespace {

// Before the first test, so that the tables' own memory is not taken for a leak of one.
const navajo::container::Catalogue& catalogue() {
  static const navajo::container::Catalogue made = full_catalogue();
  return made;
}
[[maybe_unused]] const size_t kRows = catalogue().servlets().size() + command_table().size();

std::string source(const std::string& name) {
  std::ifstream in(std::string(SOURCE_FOLDER) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// In the shell that completion is for; skipped quietly where it is not installed.
std::string in_bash(const std::string& script) {
  const auto ran = run_program({"/bin/bash", "-c", script});
  return ran ? ran->text : "";
}

}  // namespace

TEST_GROUP(Generated) {
  void current(const char* name, const std::string& made) {
    if (source(name) != made) FAIL((std::string(name) + " is not up to date: run `make update-generated`").c_str());
  }
};

TEST(Generated, what_lies_in_the_source_tree_is_what_the_tables_say) {
  current("docs/reference/configuration.md", configuration_reference(catalogue()));
  current("conf/navajo.xsd", xml_schema(catalogue(), "navajo"));
  current("conf/web.xsd", xml_schema(catalogue(), "web"));
  current("docs/cli.md", commands_as_markdown(command_table()));
  current("docs/man/navajo.8", manual_of_commands(command_table()));
  current("docs/man/navajo.xml.5", manual_of_navajo_xml());
  current("docs/man/web.xml.5", manual_of_web_xml(catalogue()));
  current("conf/completion/navajo", completion_script(command_table(), catalogue(), "bash"));
  current("conf/completion/_navajo", completion_script(command_table(), catalogue(), "zsh"));
}

TEST(Generated, the_reference_names_every_property_class_and_init_param) {
  const std::string text = configuration_reference(catalogue());
  for (const auto& row : navajo::config::property_table())
    STRCMP_CONTAINS(("\n| `" + std::string(row.name) + "` | ").c_str(), text.c_str());
  const auto check = [&](const auto& rows) {
    for (const auto& row : rows) {
      STRCMP_CONTAINS(("\n### " + std::string(row.name) + "\n").c_str(), text.c_str());
      for (const auto& spec : row.params)
        STRCMP_CONTAINS(("\n| `" + std::string(spec.name) + "` | ").c_str(), text.c_str());
    }
  };
  check(catalogue().servlets());
  check(catalogue().filters());
}

TEST(Generated, one_class_can_be_asked_for_by_its_old_name) {
  const auto text = class_reference(catalogue(), "ch::nevis::isiweb4::servlet::connector::http::HttpConnectorServlet");
  CHECK_TRUE(text.has_value());
  STRCMP_CONTAINS("### HttpConnectorServlet\n", text->c_str());
  CHECK_FALSE(class_reference(catalogue(), "NoServlet").has_value());
}

TEST(Generated, the_schemas_accept_conf_and_refuse_mistakes) {
  if (!run_program({"/usr/bin/xmllint", "--version"}) || run_program({"/usr/bin/xmllint", "--version"})->exit_code)
    return;  // nothing to validate with: the reader itself is tested elsewhere
  const TemporaryFolder folder;
  const auto errors = [&](const std::string& xsd, const std::string& document) {
    return run_program({"/usr/bin/xmllint", "--nonet", "--noout", "--schema",
                        folder.write("s.xsd", xml_schema(catalogue(), xsd)), folder.write("d.xml", document)})
        ->exit_code;
  };
  for (const std::string conf : {"conf/demo", "conf/reference"}) {
    LONGS_EQUAL_TEXT(0, errors("navajo", source(conf + "/navajo.xml")), conf.c_str());
    LONGS_EQUAL_TEXT(0, errors("web", source(conf + "/site/WEB-INF/web.xml")), conf.c_str());
  }
  const std::string good = source("conf/reference/navajo.xml");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const size_t at = text.find(from);
    if (at == std::string::npos) FAIL(from.c_str());
    return text.replace(at, from.size(), to);
  };
  LONGS_EQUAL(3, errors("navajo", with("<Engine ", "<Engine defaultHots=\"a\" ")));
  LONGS_EQUAL(3, errors("navajo", with("stack=\"128K\"", "stack=\"large\"")));
  LONGS_EQUAL(3, errors("navajo", with("clientHalfClose=\"abort\"", "clientHalfClose=\"abrot\"")));
  LONGS_EQUAL(3, errors("navajo", with("docBase=", "docbase=")));
  LONGS_EQUAL(0, errors("navajo", with("stack=\"128K\"", "stack=\"${env:STACK}\"")));
  LONGS_EQUAL(3, errors("web", "<web-app><servlets/></web-app>"));
}

TEST(Generated, completion_offers_commands_options_choices_and_operands) {
  if (in_bash("echo here") != "here\n") return;
  const auto offered = [](const std::string& line, int word) {
    return in_bash(completion_script(command_table(), catalogue(), "bash") + "\nCOMP_WORDS=(" + line +
                   ")\nCOMP_CWORD=" + std::to_string(word) + "\n_navajo\necho \"${COMPREPLY[*]}\"");
  };
  STRCMP_EQUAL("check\n", offered("navajo ch", 1).c_str());
  STRCMP_EQUAL("--config\n", offered("navajo check --c", 2).c_str());
  STRCMP_EQUAL("worker\n", offered("navajo run --mpm w", 3).c_str());
  STRCMP_EQUAL("show-httpd\n", offered("navajo config sh", 2).c_str());
  STRCMP_EQUAL("web\n", offered("navajo config xsd w", 3).c_str());
  STRCMP_EQUAL("HttpConnectorServlet\n", offered("navajo config reference HttpC", 3).c_str());
  STRCMP_EQUAL("zsh\n", offered("navajo completion z", 2).c_str());
}
