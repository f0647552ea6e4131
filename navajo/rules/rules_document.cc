#include "navajo/rules/rules_document.h"

#include <algorithm>
#include <cstdlib>

namespace navajo::rules {
namespace {

// 20,000 rules with their conditions, or lists of 200,000 entries.
constexpr config::XmlLimits kLimits{.bytes = 32 << 20, .depth = 80, .elements = 400000};

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

size_t utf8_length(unsigned long character) {
  return character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
}

}  // namespace

std::unique_ptr<RulesDocument> RulesDocument::parse(const std::string& path, std::string text,
                                                    config::Diagnostics& diagnostics) {
  std::optional<config::XmlElement> root =
      config::parse_xml(path, text, config::DoctypePolicy::refuse, diagnostics, kLimits);
  if (!root) return nullptr;
  auto out = std::make_unique<RulesDocument>();
  out->path_ = path;
  out->text_ = std::move(text);
  out->root_ = std::move(*root);
  out->lines_.push_back(0);
  for (size_t i = 0; i < out->text_.size(); i++)
    if (out->text_[i] == '\n') out->lines_.push_back(i + 1);
  return out;
}

size_t RulesDocument::offset_of(const config::Position& where) const {
  const auto line = static_cast<size_t>(where.line);
  if (where.line < 1 || line > lines_.size()) return text_.size();
  size_t at = lines_[line - 1];
  for (int column = 1; column < where.column && at < text_.size(); column++) {
    at++;
    while (at < text_.size() && is_continuation(text_[at])) at++;
  }
  return at;
}

std::vector<config::TextPlace> RulesDocument::places(const config::XmlAttribute& attribute) const {
  std::vector<config::TextPlace> out;
  out.reserve(attribute.value.size() + 1);
  config::TextPlace here{attribute.where.line, attribute.where.column};
  size_t at = offset_of(attribute.where);
  const auto step = [&] {
    if (at >= text_.size()) return;
    if (text_[at] == '\n') {
      here.line++;
      here.column = 1;
    } else if (!is_continuation(text_[at])) {
      here.column++;
    }
    at++;
  };
  while (at < text_.size() && text_[at] != '"' && text_[at] != '\'') step();
  const char quote = at < text_.size() ? text_[at] : '"';
  step();
  while (at < text_.size() && text_[at] != quote && out.size() < attribute.value.size()) {
    size_t bytes = 1;
    const config::TextPlace start = here;
    if (text_[at] == '&') {
      const size_t end = std::min(text_.find(';', at), text_.size() - 1);
      if (text_[at + 1] == '#') {
        const bool hexadecimal = text_[at + 2] == 'x';
        bytes = utf8_length(strtoul(text_.c_str() + at + (hexadecimal ? 3 : 2), nullptr, hexadecimal ? 16 : 10));
      }
      while (at < end) step();
    } else if (text_[at] == '\r' && at + 1 < text_.size() && text_[at + 1] == '\n') {
      step();  // one blank for both
    }
    step();
    for (size_t i = 0; i < bytes; i++) out.push_back(start);
  }
  // Whatever else an encoding does: there is a place for each byte.
  while (out.size() <= attribute.value.size()) out.push_back(here);
  return out;
}

}  // namespace navajo::rules
