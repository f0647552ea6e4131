#include "navajo/config/xml_document.h"

#include <libxml/parser.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "navajo/config/file_text.h"
#include "navajo/config/text.h"
#include "navajo/config/xml_positions.h"

namespace navajo::config {
namespace {

std::string_view view(const xmlChar* text) {
  return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view();
}

// What libxml2 calls back. Exceptions cannot cross its C frames: out of memory is noted and ends the parse.
class TreeBuilder {
 public:
  TreeBuilder(const std::string& file, std::string_view document, CharacterWidth width, const XmlLimits& limits,
              Diagnostics& diagnostics)
      : file_(file), scanner_(document, width), limits_(limits), diagnostics_(diagnostics) {}

  bool parse(std::string_view document);
  XmlElement take_root() { return std::move(root_); }

 private:
  template <class F>
  static void guarded(void* self, F call) {
    TreeBuilder& builder = *static_cast<TreeBuilder*>(self);
    if (builder.failed_) return;
    try {
      call(builder);
    } catch (...) {
      builder.stop();
    }
  }
  static xmlSAXHandler handlers();

  void start(std::string_view prefix, std::string_view name, const xmlChar** attributes, int count);
  void add_attributes(XmlElement& element, const StartTag& tag, const xmlChar** attributes, int count);
  void refuse(std::string text);
  void report(const xmlError& error);
  void stop() {
    failed_ = true;
    if (context_) xmlStopParser(context_);
  }
  Position at(TextPlace place) const { return {file_, place.line, place.column}; }
  Position here() const { return {file_, context_ ? xmlSAX2GetLineNumber(context_) : 0, 0}; }

  const std::string& file_;
  TagScanner scanner_;
  const XmlLimits& limits_;
  Diagnostics& diagnostics_;
  xmlParserCtxtPtr context_ = nullptr;
  XmlElement root_;
  std::vector<XmlElement*> open_;
  size_t elements_ = 0;
  bool failed_ = false;
};

void TreeBuilder::refuse(std::string text) {
  diagnostics_.fault(here(), observe::id::config_refused_xml, std::move(text));
  stop();
}

void TreeBuilder::report(const xmlError& error) {
  std::string text = printable(trim(error.message ? error.message : "not well-formed"));
  Position where{file_, error.line, error.int2};
  // libxml2 says this where the tag ends, maybe lines below.
  if (error.code == XML_ERR_ATTRIBUTE_REDEFINED && error.str1)
    if (const std::optional<StartTag> tag = scanner_.next())
      for (const StartTag::Attribute& attribute : tag->attributes)
        if (attribute.name == error.str1) where = at(attribute.where);  // the last one of that name
  diagnostics_.fault(where, observe::id::config_syntax, std::move(text));
  stop();
}

void TreeBuilder::start(std::string_view prefix, std::string_view name, const xmlChar** attributes, int count) {
  if (open_.size() >= limits_.depth)
    return refuse("elements are nested deeper than " + std::to_string(limits_.depth));
  if (++elements_ > limits_.elements)
    return refuse("more than " + std::to_string(limits_.elements) + " elements");
  if (static_cast<size_t>(count) > limits_.attributes)
    return refuse("more than " + std::to_string(limits_.attributes) + " attributes in one element");
  const std::optional<StartTag> tag = scanner_.next();
  const std::string written = prefix.empty() ? std::string(name) : std::string(prefix) + ":" + std::string(name);
  if (!tag || tag->name != written) return refuse("cannot tell where <" + printable(written) + "> stands");

  XmlElement* element = &root_;
  if (!open_.empty()) {
    open_.back()->children.emplace_back();  // the parent's other children are closed: no pointer to them is kept
    element = &open_.back()->children.back();
  }
  element->name = name;
  element->where = at(tag->where);
  element->text_where = at(tag->content);
  add_attributes(*element, *tag, attributes, count);
  open_.push_back(element);
}

void TreeBuilder::add_attributes(XmlElement& element, const StartTag& tag, const xmlChar** attributes, int count) {
  for (int i = 0; i < count; i++, attributes += 5) {  // local name, prefix, namespace, value, end of value
    const std::string_view name = view(attributes[0]), prefix = view(attributes[1]);
    const char* value = reinterpret_cast<const char*>(attributes[3]);
    const char* end = reinterpret_cast<const char*>(attributes[4]);
    if (prefix == "xsi" || prefix == "xml") continue;  // for editors
    XmlAttribute attribute{prefix.empty() ? std::string(name) : std::string(prefix) + ":" + std::string(name),
                           std::string(value, end), element.where};
    for (const StartTag::Attribute& written : tag.attributes)
      if (written.name == attribute.name) attribute.where = at(written.where);
    element.attributes.push_back(std::move(attribute));
  }
}

xmlSAXHandler TreeBuilder::handlers() {
  xmlSAXHandler sax{};
  sax.initialized = XML_SAX2_MAGIC;
  sax.startElementNs = [](void* self, const xmlChar* name, const xmlChar* prefix, const xmlChar*, int, const xmlChar**,
                          int count, int, const xmlChar** attributes) {
    guarded(self, [&](TreeBuilder& builder) { builder.start(view(prefix), view(name), attributes, count); });
  };
  sax.endElementNs = [](void* self, const xmlChar*, const xmlChar*, const xmlChar*) {
    guarded(self, [](TreeBuilder& builder) { builder.open_.pop_back(); });
  };
  sax.characters = [](void* self, const xmlChar* text, int length) {
    guarded(self, [&](TreeBuilder& builder) {
      builder.open_.back()->text.append(reinterpret_cast<const char*>(text), static_cast<size_t>(length));
    });
  };
  sax.ignorableWhitespace = sax.characters;
  sax.cdataBlock = sax.characters;
  // A document type with declarations is refused before libxml2 sees it; these are the second line of defence.
  sax.entityDecl = [](void* self, const xmlChar*, int, const xmlChar*, const xmlChar*, xmlChar*) {
    guarded(self, [](TreeBuilder& builder) { builder.refuse("entity declarations are not allowed"); });
  };
  sax.reference = [](void* self, const xmlChar* name) {
    guarded(self, [&](TreeBuilder& builder) {
      builder.refuse("the entity &" + printable(view(name)) + "; is not allowed");
    });
  };
  sax.serror = [](void* self, xmlErrorPtr error) {
    guarded(self, [&](TreeBuilder& builder) { builder.report(*error); });
  };
  return sax;
}

bool TreeBuilder::parse(std::string_view document) {
  xmlSAXHandler sax = handlers();
  const std::unique_ptr<xmlParserCtxt, decltype(&xmlFreeParserCtxt)> context(
      xmlCreatePushParserCtxt(&sax, this, nullptr, 0, file_.c_str()), xmlFreeParserCtxt);
  if (!context) {
    diagnostics_.fault({file_, 0, 0}, observe::id::config_refused_xml, "no memory to read it");
    return false;
  }
  context_ = context.get();
  xmlCtxtUseOptions(context_, XML_PARSE_NONET);
  const int outcome = xmlParseChunk(context_, document.data(), static_cast<int>(document.size()), 1);
  context_ = nullptr;
  if (outcome != 0 && !failed_) {
    diagnostics_.fault({file_, 0, 0}, observe::id::config_syntax, "not well-formed");
    failed_ = true;
  }
  return !failed_;
}

// The encoding named in the XML declaration, lower case; empty when there is none.
std::string declared_encoding(std::string_view document) {
  const std::string_view declaration = document.substr(0, document.find("?>"));
  const size_t word = declaration.find("encoding");
  if (document.substr(0, 5) != "<?xml" || word == std::string_view::npos) return "";
  const size_t open = declaration.find_first_of("\"'", word);
  if (open == std::string_view::npos) return "";
  const size_t close = declaration.find(declaration[open], open + 1);
  return lower_case(declaration.substr(open + 1, close == std::string_view::npos ? close : close - open - 1));
}

// Only encodings that contain ASCII: what the scanner sees is what libxml2 sees.
std::optional<CharacterWidth> character_width(std::string_view document) {
  if (document.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string encoding = declared_encoding(document);
  for (const char* name : {"", "utf-8", "utf8", "us-ascii", "ascii"})
    if (encoding == name) return CharacterWidth::utf8;
  for (const char* name : {"iso-8859-1", "iso-8859-15", "latin1", "windows-1252"})
    if (encoding == name) return CharacterWidth::one_byte;
  return std::nullopt;
}

}  // namespace

const XmlElement* XmlElement::child(std::string_view child_name) const {
  for (const XmlElement& element : children)
    if (element.name == child_name) return &element;
  return nullptr;
}

std::optional<XmlElement> parse_xml(const std::string& path, std::string_view document, DoctypePolicy doctype,
                                    Diagnostics& diagnostics, const XmlLimits& limits) {
  const auto refuse = [&](TextPlace where, std::string text) {
    diagnostics.fault({path, where.line, where.column}, observe::id::config_refused_xml, std::move(text));
    return std::nullopt;
  };
  if (document.size() > limits.bytes)
    return refuse({0, 0}, "is larger than " + std::to_string(limits.bytes) + " bytes");
  if (limits.references < static_cast<size_t>(std::count(document.begin(), document.end(), '&')))
    return refuse({0, 0}, "has more than " + std::to_string(limits.references) + " references like &amp;");
  const std::optional<CharacterWidth> width = character_width(document);
  if (!width) return refuse({1, 1}, "the encoding is not UTF-8, ASCII or ISO-8859-1: save it as UTF-8");
  TagScanner prologue(document, *width);
  (void)prologue.next();
  if (const std::optional<Doctype>& found = prologue.doctype()) {
    if (found->internal_subset) return refuse(found->where, "a DOCTYPE with declarations of its own is not allowed");
    if (doctype == DoctypePolicy::refuse) return refuse(found->where, "a DOCTYPE is not allowed here");
  }
  TreeBuilder builder(path, document, *width, limits, diagnostics);
  if (!builder.parse(document)) return std::nullopt;
  return builder.take_root();
}

std::optional<XmlElement> read_xml(const std::string& path, DoctypePolicy doctype, Diagnostics& diagnostics,
                                   const XmlLimits& limits) {
  auto document = read_file_text(path, limits.bytes);  // parse_xml refuses what is too large
  if (!document.ok()) {
    diagnostics.fault({path, 0, 0}, observe::id::config_unreadable, document.error().text);
    return std::nullopt;
  }
  return parse_xml(path, *document, doctype, diagnostics, limits);
}

}  // namespace navajo::config
