// Which of edgeProxy's four regions (sa, us, eu, ap) a country belongs to: every code of ISO 3166-1. edgeProxy itself
// knows 46 of them and takes all others for us; here Africa and the Middle East go with Europe, Central Asia, the rest
// of Asia and Oceania with ap, North and Central America and the Caribbean with us.
#pragma once

#include <cstdint>
#include <string_view>

namespace navajo::route {

// "DE" as one number; 0: no two letters. Small letters count as capitals.
constexpr uint16_t country_code(std::string_view text) {
  if (text.size() != 2) return 0;
  uint16_t code = 0;
  for (char c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c < 'A' || c > 'Z') return 0;
    code = static_cast<uint16_t>(code << 8 | c);
  }
  return code;
}

// Empty: no country of the list. The text stays.
std::string_view region_of(uint16_t country);

}  // namespace navajo::route
