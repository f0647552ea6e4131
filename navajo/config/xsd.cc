#include "navajo/config/xsd.h"

#include "navajo/config/text.h"

namespace navajo::config {
namespace {

// Patterns of what parse_value() takes; a value with a variable in it may be anything.
constexpr char kVariable[] = "[\\s\\S]*$\\{[\\s\\S]*";
constexpr char kBoolean[] =
    "\\s*([tT][rR][uU][eE]|[fF][aA][lL][sS][eE]|[oO][nN]|[oO][fF][fF]|[yY][eE][sS]|[nN][oO]|1|0)\\s*";

std::string number_pattern(ParamType type) {
  switch (type) {
    case ParamType::bytes: return "\\s*-?[0-9]+\\s*[kKmMgG]?\\s*";
    case ParamType::milliseconds: return "\\s*-?[0-9]+\\s*([mM]?[sS]|[mMhH])?\\s*";
    case ParamType::seconds: return "\\s*-?[0-9]+\\s*[sSmMhH]?\\s*";
    default: return "\\s*-?[0-9]+\\s*";
  }
}

class Writer {
 public:
  Writer(std::span<const ElementSpec> schema, const ElementWords& words) : schema_(schema), words_(words) {}

  std::string write() {
    line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    line("<!-- Made by `navajo config xsd`: not to be edited. -->");
    open("<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" elementFormDefault=\"unqualified\">");
    for (const ElementSpec& row : schema_)
      if (!*row.parent) element(row);
    close("</xs:schema>");
    return std::move(out_);
  }

  // Named types of the words; asked for after write().
  std::string word_types() const {
    std::string out;
    for (const auto& [name, words] : words_) {
      out += "  <xs:simpleType name=\"" + name + "-words\">\n    <xs:union memberTypes=\"xs:string\">\n" +
             "      <xs:simpleType><xs:restriction base=\"xs:token\">\n";
      for (const std::string& word : words) out += "        <xs:enumeration value=\"" + xml_escaped(word) + "\"/>\n";
      out += "      </xs:restriction></xs:simpleType>\n    </xs:union>\n  </xs:simpleType>\n";
    }
    return out;
  }

 private:
  void line(const std::string& text) { out_ += std::string(depth_ * 2, ' ') + text + "\n"; }
  void open(const std::string& text) {
    line(text);
    depth_++;
  }
  void close(const std::string& text) {
    depth_--;
    line(text);
  }
  void documentation(std::string_view text) {
    line("<xs:annotation><xs:documentation>" + xml_escaped(text) + "</xs:documentation></xs:annotation>");
  }

  void element(const ElementSpec& row) {
    open("<xs:element name=\"" + std::string(row.name) + "\">");
    documentation(row.doc);
    bool has_children = false;
    for (const ElementSpec& child : schema_) has_children = has_children || child.parent == std::string_view(row.name);
    const auto words = words_.find(row.name);
    const bool is_text = !has_children && !row.attributes.empty() && row.attributes[0].name == std::string_view("id");
    open("<xs:complexType>");
    if (is_text) {
      open("<xs:simpleContent>");
      const std::string type = words == words_.end() ? "xs:string" : std::string(row.name) + "-words";
      open("<xs:extension base=\"" + type + "\">");
      attributes(row);
      close("</xs:extension>");
      close("</xs:simpleContent>");
    } else {
      if (has_children) {
        open("<xs:choice minOccurs=\"0\" maxOccurs=\"unbounded\">");
        for (const ElementSpec& child : schema_)
          if (child.parent == std::string_view(row.name)) element(child);
        close("</xs:choice>");
      }
      attributes(row);
    }
    close("</xs:complexType>");
    close("</xs:element>");
  }

  void attributes(const ElementSpec& row) {
    for (const ParamSpec& spec : row.attributes) attribute(spec);
    // Attributes of other namespaces are for editors; httpd's directives are any name with a capital letter.
    line(std::string("<xs:anyAttribute namespace=\"") +
         (row.unknown == UnknownAttributes::directive ? "##any" : "##other") + "\" processContents=\"skip\"/>");
  }

  void attribute(const ParamSpec& spec) {
    open("<xs:attribute name=\"" + std::string(spec.name) + "\" use=\"" + (spec.required ? "required" : "optional") +
         "\">");
    documentation(describe(spec));
    open("<xs:simpleType>");
    const bool number = spec.type == ParamType::integer || spec.type == ParamType::bytes ||
                        spec.type == ParamType::milliseconds || spec.type == ParamType::seconds;
    if (!number && spec.type != ParamType::boolean && spec.type != ParamType::choice) {
      line("<xs:restriction base=\"xs:string\"/>");
    } else {
      open("<xs:union>");
      if (*spec.choices) enumeration(spec.choices);
      if (number) pattern(number_pattern(spec.type));
      if (spec.type == ParamType::boolean) pattern(kBoolean);
      pattern(kVariable);
      close("</xs:union>");
    }
    close("</xs:simpleType>");
    close("</xs:attribute>");
  }

  void enumeration(std::string_view choices) {
    open("<xs:simpleType><xs:restriction base=\"xs:token\">");
    for (const std::string_view word : split_list(choices, ','))
      line("<xs:enumeration value=\"" + xml_escaped(word) + "\"/>");
    close("</xs:restriction></xs:simpleType>");
  }

  void pattern(const std::string& text) {
    line("<xs:simpleType><xs:restriction base=\"xs:string\"><xs:pattern value=\"" + xml_escaped(text) +
         "\"/></xs:restriction></xs:simpleType>");
  }

  std::span<const ElementSpec> schema_;
  const ElementWords& words_;
  std::string out_;
  size_t depth_ = 0;
};

}  // namespace

std::string schema_as_xsd(std::span<const ElementSpec> schema, const ElementWords& words) {
  Writer writer(schema, words);
  std::string out = writer.write();
  constexpr std::string_view kEnd = "</xs:schema>\n";
  return out.substr(0, out.size() - kEnd.size()) + writer.word_types() + std::string(kEnd);
}

}  // namespace navajo::config
