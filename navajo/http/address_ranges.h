// Who may look: a list of addresses and networks ("127.0.0.0/8 ::1 10.1.2.3"). An IPv4 address that comes in
// IPv6 clothes (::ffff:127.0.0.1) is the IPv4 address. Filled while configuration is read, then constant.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"

namespace navajo::http {

class AddressRanges {
 public:
  // One entry: an address, or network/bits. Bits of the address beyond the prefix must be 0: a slip, not a wish.
  base::Status<> add(std::string_view entry);
  // False for what is not an address.
  bool contains(std::string_view address) const;

 private:
  struct Range {
    std::array<uint8_t, 16> network;  // IPv4 as ::ffff:a.b.c.d
    unsigned bits;
  };
  std::vector<Range> ranges_;
};

}  // namespace navajo::http
