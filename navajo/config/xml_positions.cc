#include "navajo/config/xml_positions.h"

#include <algorithm>

namespace navajo::config {
namespace {
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
}  // namespace

TagScanner::TagScanner(std::string_view document, CharacterWidth width) : text_(document), width_(width) {
  if (looking_at(kByteOrderMark)) at_ = kByteOrderMark.size();
}

void TagScanner::advance(size_t bytes) {
  const size_t end = std::min(at_ + bytes, text_.size());
  for (; at_ < end; at_++) {
    const unsigned char c = static_cast<unsigned char>(text_[at_]);
    if (c == '\n') {
      place_.line++;
      place_.column = 1;
    } else if (width_ == CharacterWidth::one_byte || (c & 0xc0) != 0x80) {
      place_.column++;
    }
  }
}

void TagScanner::skip_past(std::string_view what) {
  const size_t found = text_.find(what, at_);
  advance(found == std::string_view::npos ? text_.size() - at_ : found + what.size() - at_);
}

void TagScanner::skip_space() {
  const size_t end = std::min(text_.find_first_not_of(kSpace, at_), text_.size());
  advance(end - at_);
}

std::string_view TagScanner::take_name() {
  const size_t end = std::min(text_.find_first_of(" \t\r\n=/>", at_), text_.size());
  const std::string_view name = text_.substr(at_, end - at_);
  advance(name.size());
  return name;
}

void TagScanner::skip_doctype() {
  Doctype found{place_, false};
  while (!at_end() && !looking_at(">") && !found.internal_subset) {
    if (looking_at("\"") || looking_at("'")) {
      const std::string_view quote = text_.substr(at_, 1);
      advance(1);
      skip_past(quote);
    } else {
      found.internal_subset = looking_at("[");
      advance(1);
    }
  }
  doctype_ = found;
}

std::optional<StartTag> TagScanner::take_start_tag() {
  StartTag tag;
  tag.where = place_;
  advance(1);
  tag.name = take_name();
  for (;;) {
    skip_space();
    if (looking_at("/>")) advance(1);
    if (looking_at(">")) break;
    const TextPlace where = place_;
    const std::string_view name = take_name();
    skip_space();
    if (name.empty() || !looking_at("=")) return std::nullopt;
    advance(1);
    skip_space();
    if (!looking_at("\"") && !looking_at("'")) return std::nullopt;
    const std::string_view quote = text_.substr(at_, 1);
    advance(1);
    skip_past(quote);
    tag.attributes.push_back({name, where});
  }
  advance(1);
  tag.content = place_;
  return tag;
}

std::optional<StartTag> TagScanner::next() {
  while (!at_end()) {
    const size_t open = text_.find('<', at_);
    if (open == std::string_view::npos) break;
    advance(open - at_);
    if (looking_at("<!--")) {
      skip_past("-->");
    } else if (looking_at("<![CDATA[")) {
      skip_past("]]>");
    } else if (looking_at("<?")) {
      skip_past("?>");
    } else if (looking_at("<!DOCTYPE")) {
      skip_doctype();
      if (doctype_->internal_subset) break;
    } else if (looking_at("</")) {
      skip_past(">");
    } else {
      return take_start_tag();
    }
  }
  return std::nullopt;
}

}  // namespace navajo::config
