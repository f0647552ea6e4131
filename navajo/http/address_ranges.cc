#include "navajo/http/address_ranges.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace navajo::http {
namespace {

using Bytes = std::array<uint8_t, 16>;

struct Parsed {
  Bytes bytes{};
  bool four = false;
};

std::optional<Parsed> parse(std::string_view text) {
  char terminated[INET6_ADDRSTRLEN] = {};
  if (text.empty() || text.size() >= sizeof terminated) return std::nullopt;
  memcpy(terminated, text.data(), text.size());
  Parsed parsed;
  if (inet_pton(AF_INET6, terminated, parsed.bytes.data()) == 1) return parsed;
  parsed.bytes[10] = parsed.bytes[11] = 0xff;
  parsed.four = true;
  if (inet_pton(AF_INET, terminated, parsed.bytes.data() + 12) == 1) return parsed;
  return std::nullopt;
}

bool same_prefix(const Bytes& a, const Bytes& b, unsigned bits) {
  const size_t whole = bits / 8;
  if (memcmp(a.data(), b.data(), whole) != 0) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

}  // namespace

base::Status<> AddressRanges::add(std::string_view entry) {
  const size_t slash = entry.find('/');
  const std::optional<Parsed> parsed = parse(entry.substr(0, slash));
  if (!parsed) return base::Failed{base::Error{"'" + std::string(entry) + "' is not an address or network"}};
  const unsigned limit = parsed->four ? 32 : 128;
  unsigned bits = limit;
  if (slash != std::string_view::npos) {
    const std::string_view digits = entry.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() || bits > limit) {
      return base::Failed{base::Error{"'" + std::string(entry) + "': the part after / is a number of bits, 0 to " +
                                      std::to_string(limit)}};
    }
  }
  if (parsed->four) bits += 96;
  for (unsigned bit = bits; bit < 128; bit++) {
    if (parsed->bytes[bit / 8] & (0x80u >> (bit % 8))) {
      return base::Failed{base::Error{"'" + std::string(entry) + "' has address bits set beyond its prefix"}};
    }
  }
  ranges_.push_back({parsed->bytes, bits});
  return base::Done{};
}

bool AddressRanges::contains(std::string_view address) const {
  const std::optional<Parsed> parsed = parse(address);
  if (!parsed) return false;
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
    return same_prefix(range.network, parsed->bytes, range.bits);
  });
}

}  // namespace navajo::http
