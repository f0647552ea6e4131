// Any text as the name of a host (CONNECT, SNI): what is taken is a name or an address that reads as itself again, fits
// into a certificate, and collapses at most into a wildcard that it belongs to.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "navajo/mitm/host_name.h"
#include "tests/fuzz/require.h"

using namespace navajo::mitm;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::unique_ptr<char[]> copy(new char[size ? size : 1]);
  std::copy_n(data, size, copy.get());
  const auto name = parse_host_name({copy.get(), size});
  if (!name) return 0;
  FUZZ_REQUIRE(!name->text.empty() && name->text.size() <= 253);
  FUZZ_REQUIRE(name->text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.:") == std::string::npos);
  const auto again = parse_host_name(name->text);
  FUZZ_REQUIRE(again && again->text == name->text && again->address_bytes == name->address_bytes);
  FUZZ_REQUIRE(again->address == name->address);
  const std::string wildcard = wildcard_for(*name);
  if (wildcard.empty()) return 0;
  FUZZ_REQUIRE(!name->is_address() && wildcard.starts_with("*.") && name->text.ends_with(wildcard.substr(1)));
  const auto dots = std::count(wildcard.begin(), wildcard.end(), '.');
  FUZZ_REQUIRE(dots >= 2 && dots == std::count(name->text.begin(), name->text.end(), '.'));
  return 0;
}
