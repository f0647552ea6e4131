// Reading configuration text: trimming, splitting, comparing words, and showing what somebody wrote.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/ascii.h"
#include "navajo/config/diagnostics.h"

namespace navajo::config {

std::string_view trim(std::string_view text);
// ASCII, without case.
inline bool same_word(std::string_view a, std::string_view b) { return base::same_ignoring_case(a, b); }
// Non-empty trimmed parts; the views look into text.
std::vector<std::string_view> split_list(std::string_view text, char separator);
std::vector<std::string_view> split_words(std::string_view text);  // at white space and commas
std::string join(const std::vector<std::string_view>& parts, std::string_view separator);
std::string lower_case(std::string_view text);
// For a message: control characters shown as \xNN, long text cut.
std::string printable(std::string_view text);
// For the text of XML and HTML elements and for attribute values, in either kind of quotes.
std::string xml_escaped(std::string_view text);
bool has_control_character(std::string_view text);
// The place of the first character of text that is not white space, when `start` is the place of text[0].
Position first_visible(std::string_view text, Position start);

}  // namespace navajo::config
