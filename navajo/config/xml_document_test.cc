#include "navajo/config/xml_document.h"

#include <string>

#include "CppUTest/TestHarness.h"
#include "navajo/config/temporary_folder.h"

using namespace navajo::config;
namespace id = navajo::observe::id;

TEST_GROUP(XmlDocument) {
  Diagnostics diagnostics;
  std::optional<XmlElement> parse(std::string_view text, DoctypePolicy doctype = DoctypePolicy::refuse,
                                  const XmlLimits& limits = {}) {
    return parse_xml("t.xml", text, doctype, diagnostics, limits);
  }
  void is_refused(std::string_view text, int number, DoctypePolicy doctype = DoctypePolicy::tolerate) {
    Diagnostics own;
    CHECK_FALSE_TEXT(parse_xml("t.xml", text, doctype, own).has_value(), std::string(text).c_str());
    LONGS_EQUAL(1, own.faults().size());
    LONGS_EQUAL_TEXT(number, own.faults()[0].id.number, own.faults()[0].line().c_str());
  }
};

TEST(XmlDocument, knows_where_elements_attributes_and_text_stand) {
  const auto root = parse("<?xml version='1.0'?>\n<!-- <x a='1'> -->\n<a\n   b = '1'\n   c='x\ny' d=\"&lt;>\">\n"
                          "  <e/> text<f g='2'>\n tail</f>\n</a>\n");
  CHECK_TRUE(diagnostics.ok());
  LONGS_EQUAL(3, root->where.line);
  LONGS_EQUAL(1, root->where.column);
  LONGS_EQUAL(3, root->attributes.size());
  LONGS_EQUAL(4, root->attributes[0].where.line);
  LONGS_EQUAL(4, root->attributes[0].where.column);
  LONGS_EQUAL(5, root->attributes[1].where.line);
  LONGS_EQUAL(6, root->attributes[2].where.line);
  LONGS_EQUAL(4, root->attributes[2].where.column);
  STRCMP_EQUAL("<>", root->attributes[2].value.c_str());
  LONGS_EQUAL(2, root->children.size());
  LONGS_EQUAL(7, root->child("f")->where.line);
  LONGS_EQUAL(12, root->child("f")->where.column);
  LONGS_EQUAL(7, root->child("f")->text_where.line);
  LONGS_EQUAL(21, root->child("f")->text_where.column);
  STRCMP_EQUAL("\n tail", root->child("f")->text.c_str());
}

TEST(XmlDocument, counts_characters_not_bytes) {
  const auto root = parse("<a b='\xc3\xa4\xc3\xb6' c='1'/>");
  LONGS_EQUAL(11, root->attributes[1].where.column);
  const auto latin = parse("<?xml version='1.0' encoding='ISO-8859-1'?><a b='\xe4\xf6' c='1'/>");
  LONGS_EQUAL(43 + 11, latin->attributes[1].where.column);
  STRCMP_EQUAL("\xc3\xa4\xc3\xb6", latin->attributes[0].value.c_str());
}

TEST(XmlDocument, is_not_led_astray_by_comments_sections_and_instructions) {
  const auto root = parse("<a><!-- > < --><?pi <z> ?><![CDATA[<y q='>'>]]>\n<b\n c='>'/></a>");
  CHECK_TRUE(diagnostics.ok());
  STRCMP_EQUAL("<y q='>'>\n", root->text.c_str());
  LONGS_EQUAL(3, root->children[0].attributes[0].where.line);
}

TEST(XmlDocument, reads_files_with_a_byte_order_mark_and_schema_hints) {
  const auto root = parse("\xef\xbb\xbf<a xmlns='urn:x' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
                          "xsi:noNamespaceSchemaLocation='x.xsd' b='1'/>");
  CHECK_TRUE(diagnostics.ok());
  LONGS_EQUAL(1, root->attributes.size());
  STRCMP_EQUAL("b", root->attributes[0].name.c_str());
}

TEST(XmlDocument, says_where_the_text_is_not_well_formed) {
  CHECK_FALSE(parse("<a>\n <b>\n</a>").has_value());
  STRCMP_CONTAINS("t.xml:3:", diagnostics.faults()[0].line().c_str());
  LONGS_EQUAL(id::config_syntax.number, diagnostics.faults()[0].id.number);
  for (const char* text : {"", "<a", "<a b=c/>", "<a b='1' b='2'/>", "<a/><b/>", "<a>&#0;</a>", "<a>\xff</a>", "junk"})
    is_refused(text, id::config_syntax.number);
}

TEST(XmlDocument, refuses_every_kind_of_entity) {
  const int refused = id::config_refused_xml.number;
  is_refused("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", refused);
  is_refused("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", refused);
  is_refused("<!DOCTYPE a [<!ENTITY a0 'ha'><!ENTITY a1 '&a0;&a0;&a0;'><!ENTITY a2 '&a1;&a1;'>]><a>&a2;</a>", refused);
  is_refused("<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/x.dtd'> %p;]><a/>", refused);
  is_refused("<!DOCTYPE a PUBLIC '-//x//[y]' 'z.dtd' [ ]><a/>", refused);
  is_refused("<!DOCTYPE a SYSTEM 'x.dtd'><a>&x;</a>", id::config_syntax.number);
  is_refused("<!DOCTYPE a SYSTEM 'x.dtd'><a b='&x;'/>", id::config_syntax.number);
  is_refused("<a>&x;</a>", id::config_syntax.number);
}

TEST(XmlDocument, a_document_type_without_declarations_is_tolerated_where_old_files_have_one) {
  CHECK_TRUE(parse("<!DOCTYPE web-app PUBLIC \"-//Sun//DTD Web Application 2.3//EN\"\n"
                   " \"file:///nonexistent/web-app_2_3.dtd\">\n<web-app><b/></web-app>",
                   DoctypePolicy::tolerate).has_value());
  CHECK_TRUE(diagnostics.ok());
  is_refused("<!DOCTYPE Navajo SYSTEM 'x.dtd'><Navajo/>", id::config_refused_xml.number, DoctypePolicy::refuse);
}

TEST(XmlDocument, is_bounded_in_depth_size_and_number) {
  XmlLimits limits;
  limits.depth = 3;
  CHECK_TRUE(parse("<a><b><c/></b></a>", DoctypePolicy::refuse, limits).has_value());
  CHECK_FALSE(parse("<a><b><c><d/></c></b></a>", DoctypePolicy::refuse, limits).has_value());
  limits = {};
  limits.elements = 3;
  CHECK_FALSE(parse("<a><b/><b/><b/></a>", DoctypePolicy::refuse, limits).has_value());
  limits = {};
  limits.attributes = 1;
  CHECK_FALSE(parse("<a b='1' c='2'/>", DoctypePolicy::refuse, limits).has_value());
  limits = {};
  limits.bytes = 10;
  CHECK_FALSE(parse("<a>       </a>", DoctypePolicy::refuse, limits).has_value());
  LONGS_EQUAL(4, diagnostics.faults().size());
  for (const Fault& fault : diagnostics.faults()) LONGS_EQUAL(id::config_refused_xml.number, fault.id.number);
}

TEST(XmlDocument, refuses_encodings_that_hide_ascii) {
  is_refused(std::string("<\0a\0/\0>\0", 8), id::config_refused_xml.number);
  is_refused("<?xml version='1.0' encoding='UTF-7'?><a/>", id::config_refused_xml.number);
}

TEST(XmlDocument, says_why_a_file_cannot_be_read) {
  const TemporaryFolder folder;
  CHECK_FALSE(read_xml(folder.file("none.xml"), DoctypePolicy::refuse, diagnostics).has_value());
  STRCMP_CONTAINS("none.xml: NVJ1300 cannot be read: No such file", diagnostics.faults()[0].line().c_str());
  CHECK_FALSE(read_xml(folder.path(), DoctypePolicy::refuse, diagnostics).has_value());
  STRCMP_CONTAINS("is not a file", diagnostics.faults()[1].line().c_str());
  CHECK_TRUE(read_xml(folder.write("a.xml", "<a/>"), DoctypePolicy::refuse, diagnostics).has_value());
}
