#include "navajo/route/region_map.h"

#include <array>

namespace navajo::route {
namespace {

struct Region {
  std::string_view name, countries;
};
constexpr Region kRegions[] = {
    {"sa", "AR BO BR CL CO EC FK GF GS GY PE PY SR UY VE"},
    {"us",
     "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR "
     "SV SX TC TT UM US VC VG VI"},
    {"eu",
     "AD AE AL AM AO AT AX AZ BA BE BF BG BH BI BJ BV BW BY CD CF CG CH CI CM CV CY CZ DE DJ DK DZ EE EG "
     "EH ER ES ET FI FO FR GA GB GE GG GH GI GM GN GQ GR GW HR HU IE IL IM IQ IR IS IT JE JO KE KM KW LB "
     "LI LR LS LT LU LV LY MA MC MD ME MG MK ML MR MT MU MW MZ NA NE NG NL NO OM PL PS PT QA RE RO RS RU "
     "RW SA SC SD SE SH SI SJ SK SL SM SN SO SS ST SY SZ TD TG TN TR TZ UA UG VA XK YE YT ZA ZM ZW"},
    {"ap",
     "AF AQ AS AU BD BN BT CC CK CN CX FJ FM GU HK HM ID IN IO JP KG KH KI KP KR KZ LA LK MH MM MN MO MP "
     "MV MY NC NF NP NR NU NZ PF PG PH PK PN PW SB SG TF TH TJ TK TL TM TO TV TW UZ VN VU WF WS"},
};
constexpr size_t kLetters = 26;

constexpr size_t place_of(uint16_t code) {
  return static_cast<size_t>((code >> 8) - 'A') * kLetters + static_cast<size_t>((code & 0xff) - 'A');
}

// 0: none, else a row of kRegions plus one.
constexpr auto kTable = [] {
  std::array<uint8_t, kLetters * kLetters> table{};
  for (size_t region = 0; region < std::size(kRegions); region++) {
    const std::string_view list = kRegions[region].countries;
    for (size_t at = 0; at + 2 <= list.size(); at += 3)
      table[place_of(country_code(list.substr(at, 2)))] = static_cast<uint8_t>(region + 1);
  }
  return table;
}();

}  // namespace

std::string_view region_of(uint16_t country) {
  if (country == 0) return {};
  const uint8_t region = kTable[place_of(country)];
  return region == 0 ? std::string_view() : kRegions[region - 1].name;
}

}  // namespace navajo::route
