// A hundred mistakes somebody could make in conf/reference, by a seeded die: each yields a fault that points at the
// line that was changed (and at the column, where the place of an attribute or value is known), and the files as they
// are yield none.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "conf/demo_database.h"
#include "navajo/config/property_table.h"
#include "navajo/config/schema.h"
#include "navajo/config/temporary_folder.h"
#include "navajo/config/text.h"
#include "navajo/config/xml_document.h"
#include "navajo/container/container.h"
#include "navajo/filters/table.h"
#include "navajo/servlets/table.h"

#include "CppUTest/TestHarness.h"

using namespace navajo;
using config::ParamSpec;
using config::XmlElement;

namespace {

constexpr size_t kMutations = 100;
constexpr char kNavajoXml[] = "reference/navajo.xml", kWebXml[] = "reference/site/WEB-INF/web.xml",
               kProperties[] = "reference/bc.properties";

// Text that stands in place of `length` bytes from `at`.
struct Edit {
  size_t at, length;
  std::string text;
};

struct Mutation {
  std::string kind, file;
  std::vector<Edit> edits;
  int line = 0;
  int column = 0;  // 0: any
};

// Two neighbours change places, or a letter comes twice: never what it was.
std::string misspelt(const std::string& word) {
  for (size_t i = 1; i + 1 < word.size(); i++)
    if (word[i] != word[i + 1] && isalnum(word[i]) && isalnum(word[i + 1])) {
      std::string out = word;
      std::swap(out[i], out[i + 1]);
      return out;
    }
  return word + "x";
}

class Text {
 public:
  explicit Text(std::string text) : text_(std::move(text)) {
    starts_.push_back(0);
    for (size_t i = 0; i < text_.size(); i++)
      if (text_[i] == '\n') starts_.push_back(i + 1);
  }
  const std::string& all() const { return text_; }
  // Columns count characters; the files are ASCII.
  size_t offset(const config::Position& where) const {
    return starts_[static_cast<size_t>(where.line - 1)] + static_cast<size_t>(where.column - 1);
  }
  std::string with(std::vector<Edit> edits) const {
    std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.at > b.at; });
    std::string out = text_;
    for (const Edit& edit : edits) out.replace(edit.at, edit.length, edit.text);
    return out;
  }

 private:
  std::string text_;
  std::vector<size_t> starts_;
};

bool is_number(const ParamSpec& spec) {
  using enum config::ParamType;
  return spec.type == integer || spec.type == bytes || spec.type == milliseconds || spec.type == seconds;
}
bool is_typed(const ParamSpec& spec) {
  return is_number(spec) || spec.type == config::ParamType::boolean || spec.type == config::ParamType::choice;
}

// Every place in the files where a mistake of a kind can be made.
class Places {
 public:
  Places(const std::string& file, const std::string& text, std::span<const config::ElementSpec> schema,
         const container::Catalogue& catalogue)
      : file_(file), text_(text), schema_(schema), catalogue_(catalogue) {
    config::Diagnostics ignored;
    root_ = config::parse_xml(file, text, config::DoctypePolicy::tolerate, ignored);
    if (root_) walk(*root_, nullptr);
  }
  std::vector<Mutation> found;

 private:
  void add(const char* kind, std::vector<Edit> edits, const config::Position& where, bool with_column) {
    found.push_back({kind, file_, std::move(edits), where.line, with_column ? where.column : 0});
  }
  Edit replaced(const config::Position& where, const std::string& what, std::string by) const {
    return {text_.offset(where), what.size(), std::move(by)};
  }

  void walk(const XmlElement& element, const XmlElement* parent) {
    const config::ElementSpec* row = config::find_element(schema_, element.name, parent ? parent->name : "");
    if (!row) return;
    element_mistakes(element, parent);
    for (const config::XmlAttribute& attribute : element.attributes) attribute_mistakes(element, *row, attribute);
    if (element.name == "servlet" || element.name == "filter") component_mistakes(element);
    if (element.name == "servlet-mapping" || element.name == "filter-mapping") mapping_mistakes(element);
    if (element.name == "error-page") {
      value("error code out of range", *element.child("error-code"), "99");
      value("file that is not there", *element.child("location"), "/no-such-page.html");
    }
    for (const XmlElement& child : element.children) walk(child, &element);
  }

  void element_mistakes(const XmlElement& element, const XmlElement* parent) {
    const size_t start = text_.offset(element.where) + 1;
    const size_t end = text_.all().find("</" + element.name + ">", start);
    size_t tag_end = start;
    for (bool quoted = false; quoted || text_.all()[tag_end] != '>'; tag_end++)
      if (text_.all()[tag_end] == '"') quoted = !quoted;
    const bool empty = text_.all()[tag_end - 1] == '/';
    std::vector<Edit> edits{{start, element.name.size(), misspelt(element.name)}};
    if (!empty) edits.push_back({end + 2, element.name.size(), misspelt(element.name)});
    if (element.name != "description" && element.name != "display-name")
      add("misspelt element", edits, element.where, true);
    // Not closed by its own name: the parser complains where the end tag stands.
    if (!empty && parent && element.children.empty()) {
      const auto line = std::count(text_.all().begin(), text_.all().begin() + static_cast<long>(end), '\n');
      found.push_back(
          {"wrong end tag", file_, {{end + 2, element.name.size(), "other"}}, static_cast<int>(line) + 1, 0});
    }
    add("stray <", {{start, 0, "<"}}, element.where, false);
    if (element.name == "Core" || element.name == "Reactor")
      add("second element", {{start - 1, 0, "<" + element.name + "/>"}}, element.where, false);
  }

  void attribute_mistakes(const XmlElement& element, const config::ElementSpec& row,
                          const config::XmlAttribute& attribute) {
    const size_t name = text_.offset(attribute.where);
    const size_t from = text_.all().find('"', name) + 1, to = text_.all().find('"', from);
    const bool ours = attribute.name[0] >= 'a' && attribute.name[0] <= 'z';
    const auto spec = std::find_if(row.attributes.begin(), row.attributes.end(),
                                   [&](const ParamSpec& one) { return attribute.name == one.name; });
    if (ours)
      add("misspelt attribute", {{name, attribute.name.size(), misspelt(attribute.name)}}, attribute.where, true);
    add("attribute twice", {{to + 1, 0, " " + attribute.name + "=\"x\""}}, attribute.where, false);
    add("entity of one's own", {{from, 0, "&mine;"}}, attribute.where, false);
    add("variable that is not set", {{from, to - from, "${env:NAVAJO_NO_SUCH_VARIABLE}"}}, attribute.where, ours);
    add("open variable", {{from, to - from, "${env:NAVAJO"}}, attribute.where, ours);
    add("command that fails", {{from, to - from, "${exec:exit 7}"}}, attribute.where, ours);
    if (spec == row.attributes.end()) return;
    if (is_typed(*spec)) add("wrong type", {{from, to - from, "purple"}}, attribute.where, true);
    if (is_number(*spec) && spec->maximum != INT64_MAX)
      add("too large", {{from, to - from, std::to_string(spec->maximum + 1)}}, attribute.where, true);
    if (is_number(*spec) && spec->minimum != INT64_MIN)
      add("too small", {{from, to - from, std::to_string(spec->minimum - 1)}}, attribute.where, true);
    if (spec->required) {
      add("missing attribute", {{name, to + 1 - name, ""}}, element.where, true);
      add("empty attribute", {{from, to - from, ""}}, attribute.where, true);
    }
    if (attribute.name == "defaultHost") value_at("dangling host", from, to, "ww.example.org", attribute.where);
    if (attribute.name == "docBase") value_at("folder that is not there", from, to, "no-such-site", attribute.where);
    if (attribute.name == "nameVirtualHost") value_at("dangling address", from, to, "127.0.0.1:9", attribute.where);
    if (attribute.name == "listen") value_at("bad address", from, to, "127.0.0.1", attribute.where);
  }

  void value_at(const char* kind, size_t from, size_t to, const char* text, const config::Position& where) {
    add(kind, {{from, to - from, text}}, where, true);
  }

  // The text of a leaf element.
  void value(const char* kind, const XmlElement& element, const std::string& text) {
    const std::string trimmed(config::trim(element.text));
    const config::Position where = config::first_visible(element.text, element.text_where);
    if (text_.all().substr(text_.offset(where), trimmed.size()) != trimmed) return;  // has entities in it
    add(kind, {replaced(where, trimmed, text)}, where, true);
  }

  void component_mistakes(const XmlElement& element) {
    const XmlElement& name = *element.child((element.name + "-name").c_str());
    const XmlElement& its_class = *element.child((element.name + "-class").c_str());
    const std::string class_name(config::trim(its_class.text));
    value("misspelt class", its_class, misspelt(class_name));
    value("name taken away", name, "");
    found.back().column = 0;
    const container::ServletRow* servlet = catalogue_.servlet(class_name);
    const container::FilterRow* filter = catalogue_.filter(class_name);
    std::span<const ParamSpec> params;
    if (servlet) params = servlet->params;
    if (filter) params = filter->params;
    for (const XmlElement& child : element.children) {
      if (child.name != "init-param") continue;
      const XmlElement& param = *child.child("param-name");
      const XmlElement& text = *child.child("param-value");
      const std::string param_name(config::trim(param.text));
      const size_t start = text_.offset(child.where);
      const size_t end = text_.all().find("</init-param>", start) + sizeof "</init-param>" - 1;
      const std::string whole = text_.all().substr(start, end - start);
      value("misspelt init-param", param, misspelt(param_name));
      const auto lines = static_cast<int>(std::count(whole.begin(), whole.end(), '\n'));
      found.push_back({"init-param twice", file_, {{end, 0, whole}}, param.where.line + lines, 0});
      for (const ParamSpec& spec : params) {
        if (spec.name != param_name) continue;
        if (is_typed(spec)) value("wrong type of init-param", text, "purple");
        if (is_number(spec) && spec.maximum != INT64_MAX)
          value("init-param too large", text, std::to_string(spec.maximum + 1));
        if (is_number(spec) && spec.minimum != INT64_MIN)
          value("init-param too small", text, std::to_string(spec.minimum - 1));
        if (spec.required) {
          value("init-param without value", text, "");
          // Of nothing there is no first character: the fault is where the value begins.
          found.back().line = text.text_where.line;
          found.back().column = 0;
        }
      }
    }
  }

  void mapping_mistakes(const XmlElement& element) {
    for (const XmlElement& child : element.children) {
      if (child.name.ends_with("-name")) value("dangling name", child, misspelt(std::string(config::trim(child.text))));
      if (child.name == "url-pattern") value("bad pattern", child, "no-slash/*/x");
      if (child.name == "exclude-url-regex") value("bad regex", child, "([a-z");
    }
  }

  std::string file_;
  Text text_;
  std::span<const config::ElementSpec> schema_;
  const container::Catalogue& catalogue_;
  std::optional<XmlElement> root_;
};

void property_mistakes(const std::string& text, std::vector<Mutation>& out) {
  config::Diagnostics ignored;
  const Text places(text);
  for (const config::Property& property : config::parse_properties(kProperties, text, ignored)) {
    const size_t name = places.offset(property.where), value = places.offset(property.value.where);
    const auto add = [&](const char* kind, std::vector<Edit> edits, const config::Position& where) {
      out.push_back({kind, kProperties, std::move(edits), where.line, where.column});
    };
    const auto row = std::find_if(config::property_table().begin(), config::property_table().end(),
                                  [&](const ParamSpec& spec) { return property.name == spec.name; });
    add("misspelt property", {{name, property.name.size(), misspelt(property.name)}}, property.where);
    add("bad escape", {{value, 0, "\\u12g"}}, property.value.where);
    add("property: variable not set", {{value, property.value.text.size(), "${env:NAVAJO_NO_SUCH_VARIABLE}"}},
        property.value.where);
    if (row == config::property_table().end() || property.value.text.empty()) continue;
    if (is_typed(*row))
      add("property of the wrong type", {{value, property.value.text.size(), "purple"}}, property.value.where);
    if (is_number(*row) && row->maximum != INT64_MAX)
      add("property too large", {{value, property.value.text.size(), std::to_string(row->maximum + 1)}},
          property.value.where);
    if (property.name == "ch.nevis.navajo.request.BufferSize")
      add("buffer beyond the largest allocation", {{value, property.value.text.size(), "64M"}}, property.value.where);
    const std::string line = property.name + "=" + property.value.text + "\n";
    out.push_back({"property twice", kProperties, {{name, 0, line}}, property.where.line + 1, 1});
  }
}

}  // namespace

TEST_GROUP(Mutations) {
  const config::TemporaryFolder folder;
  container::Catalogue catalogue;
  std::map<std::string, std::string> originals;

  void setup() override {
    make_demo_database(folder);
    servlets::add_to(catalogue);
    filters::add_to(catalogue);
    for (const char* part : {"reference", "rules", "console"})
      std::filesystem::copy(std::string(CONF_FOLDER "/") + part, folder.file(part),
                            std::filesystem::copy_options::recursive);
    for (const char* name : {kNavajoXml, kWebXml, kProperties}) {
      std::ifstream in(folder.file(name), std::ios::binary);
      originals[name] = {std::istreambuf_iterator<char>(in), {}};
    }
  }
  config::Diagnostics load() {
    config::Diagnostics diagnostics;
    const config::NavajoXml navajo = config::load_navajo_xml(folder.file(kNavajoXml), diagnostics);
    if (diagnostics.ok()) container::Container::build(navajo, catalogue, diagnostics);
    return diagnostics;
  }
  std::vector<Mutation> all() {
    std::vector<Mutation> out =
        Places(kNavajoXml, originals[kNavajoXml], config::navajo_xml_schema(), catalogue).found;
    const Places web(kWebXml, originals[kWebXml], config::web_xml_schema(), catalogue);
    out.insert(out.end(), web.found.begin(), web.found.end());
    property_mistakes(originals[kProperties], out);
    return out;
  }
  // Nothing, or what is wrong with how the mistake was answered.
  std::string judge(const Mutation& mutation) {
    folder.write(mutation.file, Text(originals[mutation.file]).with(mutation.edits));
    const config::Diagnostics diagnostics = load();
    folder.write(mutation.file, originals[mutation.file]);
    std::string said;
    for (const config::Fault& fault : diagnostics.faults()) {
      const bool here = fault.where.file == folder.file(mutation.file) && fault.where.line == mutation.line;
      if (here && (mutation.column == 0 || fault.where.column == mutation.column)) return "";
      if (said.size() < 1000) said += "\n  " + fault.line();
    }
    return mutation.kind + " at " + mutation.file + ":" + std::to_string(mutation.line) + ":" +
           std::to_string(mutation.column) + (said.empty() ? ": no fault" : ": only" + said);
  }
};

TEST(Mutations, the_files_as_they_are_have_no_fault) {
  const config::Diagnostics diagnostics = load();
  if (!diagnostics.ok()) FAIL(diagnostics.faults()[0].line().c_str());
}

TEST(Mutations, a_hundred_mistakes_are_each_named_at_their_line) {
  std::map<std::string, std::vector<Mutation>> kinds;
  for (Mutation& mutation : all()) kinds[mutation.kind].push_back(std::move(mutation));
  CHECK_TRUE(kinds.size() >= 30);
  // NAVAJO_MUTATIONS=all tries every place; otherwise the seed and the kinds in turn say which.
  const char* const wish = getenv("NAVAJO_MUTATIONS");
  const bool everything = wish && std::string(wish) == "all";
  std::mt19937 die(20261122);
  std::string complaints;
  size_t tried = 0;
  for (bool more = true; more && (everything || tried < kMutations);) {
    more = false;
    for (auto& [kind, places] : kinds) {
      if (places.empty() || (!everything && tried == kMutations)) continue;
      more = true;
      const size_t chosen = die() % places.size();
      if (const std::string complaint = judge(places[chosen]); !complaint.empty()) complaints += complaint + "\n";
      places.erase(places.begin() + static_cast<long>(chosen));
      tried++;
    }
  }
  CHECK_TRUE(tried >= kMutations);
  if (!complaints.empty()) FAIL(complaints.c_str());
}
