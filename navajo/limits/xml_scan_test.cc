#include "navajo/limits/xml_scan.h"

#include <memory_resource>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::limits;

namespace {

// "fine", or what is wrong at which byte; the same in pieces of any size.
std::string judged(std::string_view text, const XmlLimits& limits = {}) {
  std::string first;
  for (const size_t piece : {text.size() + 1, size_t{1}, size_t{2}, size_t{7}}) {
    std::pmr::monotonic_buffer_resource memory;
    XmlScan scan(limits, memory);
    for (size_t at = 0; at < text.size(); at += piece)
      if (!scan.feed(text.substr(at, piece))) break;
    std::string found = name_of(scan.fault());
    if (!scan.finish()) found = std::string(name_of(scan.fault())) + " at " + std::to_string(scan.position());
    if (first.empty())
      first = found;
    else
      STRCMP_EQUAL(first.c_str(), found.c_str());
  }
  return first;
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; i++) all += text;
  return all;
}

}  // namespace

TEST_GROUP(XmlScan) {
  void passes(std::string_view text) { STRCMP_EQUAL("fine", judged(text).c_str()); }
  void fails(const char* how, std::string_view text, const XmlLimits& limits = {}) {
    const std::string found = judged(text, limits);
    STRCMP_EQUAL(how, found.substr(0, found.find(" at ")).c_str());
  }
};

TEST(XmlScan, takes_what_is_well_formed) {
  passes("<a/>");
  passes("<a></a >");
  passes(
      "\xef\xbb\xbf<?xml version=\"1.0\" encoding='utf-8' standalone = \"yes\" ?>\r\n<!-- - a -->\n<a "
      "b=\"1\"\tc='&lt;>' >"
      "text &amp; &#65;&#x1F600; ]] > <![CDATA[ <a> & ]] ]> ]]]><b:c xmlns:b=\"urn:x\"/><?pi a ? ?></a>\n<?end?>");
  passes("<\xc3\xa9t\xc3\xa9 \xe2\xb0\x80=\"\xf0\x9f\x98\x80\">\xc3\xa9</\xc3\xa9t\xc3\xa9>");
  passes("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>");
  passes("<?xml-stylesheet href='x'?><a/>");
}

TEST(XmlScan, refuses_document_types_and_with_them_all_entities) {
  STRCMP_EQUAL("a document type at 2", judged("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>").c_str());
  fails("a document type", "<?xml version=\"1.0\"?>\n<!DOCTYPE a SYSTEM \"http://127.0.0.1/\"><a/>");
  fails("a document type", "<a><!ENTITY x SYSTEM \"file:///etc/passwd\"></a>");
  fails("an entity that is not predefined", "<a>&x;</a>");
  fails("an entity that is not predefined", "<a b=\"&nbsp;\"/>");
  fails("syntax", "<a><!doctype b></a>");
}

TEST(XmlScan, refuses_encodings_it_cannot_see_through) {
  fails("an encoding that is not known", std::string_view("\xff\xfe<\0a\0/\0>\0", 10));
  fails("an encoding that is not known", std::string_view("<\0a\0/\0>\0", 8));
  fails("syntax", "+ADw-a+AD4-");
  fails("an encoding that is not known", "<?xml version='1.0' encoding='UTF-7'?><a/>");
  fails("an encoding that is not known", "<?xml version='1.0' encoding='UTF-16'?><a/>");
  fails("an encoding that is not known", "<?xml version='1.0' encoding='US-ASCII'?><a>\xc3\xa9</a>");
  fails("an encoding that is not known", "\xef\xbb\xbf<?xml version='1.0' encoding='ISO-8859-1'?><a/>");
  for (const char* bytes :
       {"\x80", "\xc1\x81", "\xe0\x80\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xc3(", "\xf0\x8f\xbf\xbf"})
    fails("an encoding that is not known", std::string("<a>") + bytes + "</a>");
  CHECK_TRUE(is_xml_charset("utf-8"));
  CHECK_FALSE(is_xml_charset("utf-16"));
}

TEST(XmlScan, refuses_what_is_not_well_formed) {
  for (const char* text :
       {"a", "<1/>", "< a/>", "<a b/>", "<a b=c/>", "<a b='1'c='2'/>", "<a b='<'/>", "<a b='1' b='2'/>", "<a / >",
        "<a>]]></a>", "<a>&</a>", "<a>& b;</a>", "<a>&#;</a>", "<a>&#x;</a>", "<a>&#xg;</a>", "<a>&#0;</a>",
        "<a>&#xD800;</a>", "<a>&#x110000;</a>", "<a>&#99999999999;</a>", "<a><!-- -- --></a>", "<a><!--a---></a>",
        "<a><![CDATA]]></a>", "<![CDATA[]]><a/>", "<a/><b/>", "<a/>text", "<a/>&amp;", " <?xml version='1.0'?><a/>",
        "<a><?xml version='1.0'?></a>", "<?XML version='1.0'?><a/>", "<?xml?><a/>", "<?xml version='1.1'?><a/>",
        "<?xml version='1.0'encoding='UTF-8'?><a/>", "<?xml version='1.0' x='y'?><a/>", "<?xml encoding='UTF-8'?><a/>",
        "<?xml version='1.0' standalone='maybe'?><a/>", "<?\?><a/>", "<? a?><a/>", "<a>\x01</a>", "<a>\xef\xbf\xbe</a>",
        "<a>\xef\xbb\xbf</a><\xef\xbb\xbf", "\xef\xbb\xbf\xef\xbb\xbf<a/>", "<a></ a>", "<a></a b>", "<a><!x></a>"})
    fails("syntax", text);
  fails("an end tag without its start tag", "<a></b>");
  fails("an end tag without its start tag", "<a></ab>");
  fails("an end tag without its start tag", "<ab></a>");
  fails("an end tag without its start tag", "<a><b></a></b>");
  fails("an end tag without its start tag", "</a>");
  for (const char* text : {"", " ", "<", "<a>", "<a", "<a/", "<a b='", "<a><!--", "<a/><!--", "<a></a",
                           "<?xml version='1.0'?>", "<a>\xc3", "<a>&lt"})
    fails("incomplete", text);
}

TEST(XmlScan, enforces_each_of_its_limits) {
  fails("too many elements", "<a><b/><c/></a>", {.elements = 2});
  STRCMP_EQUAL("fine", judged("<a><b/><c/></a>", {.elements = 3}).c_str());
  fails("nested too deeply", "<a><b><c/></b></a>", {.depth = 2});
  STRCMP_EQUAL("fine", judged("<a><b/><b></b></a>", {.depth = 2}).c_str());
  fails("too many attributes", "<a b='' c=''/>", {.attributes = 1});
  STRCMP_EQUAL("fine", judged("<a b=''><c d=''/></a>", {.attributes = 1}).c_str());
}

TEST(XmlScan, is_bounded_where_no_limit_is_set) {
  fails("nested too deeply", repeated("<a>", XmlScan::kMostDepth + 1));
  passes(repeated("<a>", XmlScan::kMostDepth) + repeated("</a>", XmlScan::kMostDepth));
  const std::string name(XmlScan::kMostName, 'n');
  fails("too long names", repeated("<" + name + ">", 70));
  passes("<" + name + "/>");
  fails("too long names", "<" + name + "n/>");
  fails("too long names", "<a></" + name + "n>");
  fails("too long names", "<a " + name + "n=''/>");
  fails("too long names", "<a>&" + name + ";</a>");
  fails("too long names", "<?" + name + "?><a/>");
  std::string attributes;
  for (uint32_t i = 0; i <= XmlScan::kMostAttributes; i++) attributes += " a" + std::to_string(i) + "=''";
  fails("too many attributes", "<a" + attributes + "/>");
}

TEST(XmlScan, needs_no_memory_but_for_names) {
  char buffer[2048];
  std::pmr::monotonic_buffer_resource memory(buffer, sizeof(buffer), std::pmr::null_memory_resource());
  XmlScan scan({}, memory);
  const std::string element =
      "<element attribute='" + std::string(5000, 'v') + "'>" + std::string(5000, 't') + "</element>";
  CHECK_TRUE(scan.feed("<root>"));
  for (int i = 0; i < 100; i++) CHECK_TRUE(scan.feed(element));
  CHECK_TRUE(scan.feed("</root>"));
  CHECK_TRUE(scan.finish());
}
