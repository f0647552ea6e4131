// Any bytes as the first of a connection: the answer of no prefix contradicts that of a longer one, and what is found
// in a hello is what it promises to be, however the hello is cut into records.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "navajo/tls/client_hello.h"
#include "tests/fuzz/require.h"

using namespace navajo::tls;

namespace {

void check_fields(const ClientHello& hello, size_t input) {
  FUZZ_REQUIRE(hello.server_name.size() <= 253 && hello.server_name.size() <= input);
  for (const char c : hello.server_name)
    FUZZ_REQUIRE((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.');
  FUZZ_REQUIRE(!hello.server_name.starts_with('.') && !hello.server_name.ends_with('.'));
  FUZZ_REQUIRE(hello.alpn.size() <= 64);
  for (const std::string& protocol : hello.alpn) FUZZ_REQUIRE(!protocol.empty() && protocol.size() <= 255);
  FUZZ_REQUIRE(hello.tls13 ? hello.version >= 0x0304 : true);
}

void check(std::string_view input) {
  ClientHello hello;
  const HelloState state = read_client_hello(input, hello);
  if (state == HelloState::complete) check_fields(hello, input.size());
  if (state != HelloState::complete) FUZZ_REQUIRE(hello.server_name.empty() && hello.alpn.empty());
  FUZZ_REQUIRE(state != HelloState::incomplete || input.size() < kMaxHelloInput);
  // Once it is decided it stays so; at a few places only, since each look is as long as the input.
  for (size_t part = 1; part < 16; part++) {
    ClientHello before;
    const HelloState earlier = read_client_hello(input.substr(0, input.size() * part / 16), before);
    FUZZ_REQUIRE(earlier == HelloState::incomplete || earlier == state);
    if (earlier == HelloState::complete) FUZZ_REQUIRE(before.server_name == hello.server_name);
  }
  // A whole hello in one record says the same in two.
  if (state != HelloState::complete || input.size() < 7) return;
  const size_t length = static_cast<uint8_t>(input[3]) << 8 | static_cast<uint8_t>(input[4]);
  if (length < 2 || length > input.size() - 5) return;
  const size_t at = 1 + static_cast<uint8_t>(input[input.size() / 2]) % (length - 1);
  std::string cut(input.substr(0, 3));
  cut += {static_cast<char>(at >> 8), static_cast<char>(at)};
  cut.append(input.substr(5, at)).append(input.substr(0, 3));
  cut += {static_cast<char>((length - at) >> 8), static_cast<char>(length - at)};
  cut.append(input.substr(5 + at));
  ClientHello again;
  const HelloState of_cut = read_client_hello(cut, again);
  if (cut.size() > kMaxHelloInput) return;
  FUZZ_REQUIRE(of_cut == HelloState::complete);
  FUZZ_REQUIRE(again.server_name == hello.server_name && again.alpn == hello.alpn && again.ecdsa == hello.ecdsa);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::unique_ptr<char[]> copy(new char[size ? size : 1]);
  std::copy_n(data, size, copy.get());
  check({copy.get(), size});
  return 0;
}
