// The scanner of JSON as a filter: for each line "ELEMENTS DEPTH hex-of-the-bytes" on stdin (limits; 0: none) one line
// on stdout: "fine", or what is wrong. The comparison with another parser is compare_with_json.py.
#include <iostream>
#include <string>

#include "navajo/limits/json_scan.h"

int main() {
  using navajo::limits::JsonScan;
  navajo::limits::JsonLimits limits;
  for (std::string hex; std::cin >> limits.elements >> limits.depth >> hex;) {
    JsonScan scan(limits);
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
      const char byte = static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
      if (!scan.feed({&byte, 1})) break;
    }
    (void)scan.finish();
    std::cout << name_of(scan.fault()) << "\n";
  }
}
