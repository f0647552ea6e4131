#include "navajo/config/text.h"

#include <algorithm>

namespace navajo::config {
namespace {
constexpr std::string_view kSpace = " \t\r\n";
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return text.substr(0, 0);
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::vector<std::string_view> split_list(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = trim(text.substr(0, end));
    if (!part.empty()) out.push_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::vector<std::string_view> split_words(std::string_view text) {
  constexpr std::string_view separators = " \t\r\n,";
  std::vector<std::string_view> out;
  for (size_t from = 0; (from = text.find_first_not_of(separators, from)) != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(separators, from), text.size());
    out.push_back(text.substr(from, end - from));
    from = end;
  }
  return out;
}

std::string join(const std::vector<std::string_view>& parts, std::string_view separator) {
  std::string out;
  for (const std::string_view part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string printable(std::string_view text) {
  constexpr size_t kLongest = 100;
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, kLongest)) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
    } else {
      out += "\\x";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return text.size() > kLongest ? out + "..." : out;
}

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Position first_visible(std::string_view text, Position start) {
  if (start.line == 0) return start;
  for (const char c : text) {
    if (kSpace.find(c) == std::string_view::npos) break;
    if (c == '\n') {
      start.line++;
      start.column = 1;
    } else {
      start.column++;
    }
  }
  return start;
}

}  // namespace navajo::config
