#include "navajo/config/old_settings.h"

#include "navajo/config/text.h"

namespace navajo::config {
namespace {

enum class Kind : uint8_t {
  without_effect,  // harmless to skip
  missing,         // the file relies on what is not there: a fault, unless it is lenient about such things
};

struct Row {
  const char* element;
  const char* attribute;  // "" for the element itself
  Kind kind;
  const char* text;
  // This attribute with this value asks for nothing, so that the element is skipped with a notice.
  const char* off_attribute = "";
  const char* off_value = "";
};

constexpr Row kRows[] = {
    {"Engine", "generalResourceDir", Kind::without_effect,
     "pages Navajo makes have no pictures and no style sheet; error-page in web.xml gives an application its own"},
    {"Engine", "useStyleSheet", Kind::without_effect, "pages Navajo makes have no style sheet"},
    {"HttpSession", "", Kind::missing, "sessions belong to SessionManagementFilter and its store", "maxEntries", "0"},
    {"UserAgent", "", Kind::missing, "sessions belong to SessionManagementFilter and its store", "identification",
     "none"},
    {"CookieCache", "", Kind::without_effect, "CookieCacheFilter says itself how much it keeps"},
    {"Property", "", Kind::missing, "properties are read from bc.properties beside navajo.xml only"},
};

class Judge {
 public:
  Judge(Compat compat, Diagnostics& diagnostics) : compat_(compat), diagnostics_(diagnostics) {}

  void judge(const XmlElement& element) {
    for (const Row& row : kRows) {
      if (element.name != row.element) continue;
      if (!*row.attribute) say(row, element.where, element.name, is_off(row, element));
      for (const XmlAttribute& attribute : element.attributes)
        if (attribute.name == row.attribute) say(row, attribute.where, element.name + " " + attribute.name, false);
    }
    for (const XmlElement& child : element.children) judge(child);
  }

 private:
  static bool is_off(const Row& row, const XmlElement& element) {
    for (const XmlAttribute& attribute : element.attributes)
      if (attribute.name == row.off_attribute) return trim(attribute.value) == row.off_value;
    return false;
  }

  void say(const Row& row, const Position& where, const std::string& what, bool off) {
    switch (row.kind) {
      case Kind::without_effect:
        diagnostics_.notice(where, observe::id::config_without_effect, what + " has no effect: " + row.text);
        return;
      case Kind::missing:
        if (off || compat_ == Compat::lenient)
          diagnostics_.notice(where, observe::id::config_without_effect, what + " is skipped: " + row.text);
        else
          diagnostics_.fault(where, observe::id::config_not_supported, what + " is not there: " + row.text);
    }
  }

  Compat compat_;
  Diagnostics& diagnostics_;
};

}  // namespace

void judge_old_settings(const XmlElement& root, Compat compat, Diagnostics& diagnostics) {
  Judge(compat, diagnostics).judge(root);
}

}  // namespace navajo::config
