// Our parsers as a filter: for each line "METHOD hex-of-the-bytes" on stdin one line on stdout tells how the backend's
// bytes are understood: "refused why", "incomplete", or "ok status kind hex-of-the-body bytes-left". The comparison
// with another parser is compare_with_h11.py.
#include <array>
#include <cstdio>
#include <iostream>
#include <string>

#include "navajo/http/body_framing.h"
#include "navajo/http/chunked_decoder.h"
#include "navajo/http/response_head.h"

using namespace navajo::http;
using Kind = BodyFraming::Kind;

namespace {

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  static const char digits[] = "0123456789abcdef";
  std::string hex;
  for (const unsigned char c : bytes) hex.append({digits[c >> 4], digits[c & 15]});
  return hex;
}

std::string ok(const ResponseHead& head, const char* kind, std::string_view body, size_t left) {
  return "ok " + std::to_string(head.status()) + " " + kind + " " + to_hex(body) + " " + std::to_string(left);
}

std::string understand(const std::string& method, std::string input) {
  std::array<FieldSlice, 100> storage;
  ResponseHeadParser parser(storage, HeadLimits{});
  while (true) {
    const auto state = parser.parse(input);
    if (state == ResponseHeadParser::State::refused) return std::string("refused ") + text(parser.fault());
    if (state == ResponseHeadParser::State::incomplete) return "incomplete";
    if (!parser.head().interim()) break;
    input.erase(0, parser.length());
    parser.reset();
  }
  std::string body = input.substr(parser.length());
  const BodyFraming framing = response_framing(method, parser.head());
  switch (framing.kind) {
    case Kind::none: return ok(parser.head(), "none", "", body.size());
    case Kind::until_close: return ok(parser.head(), "close", body, 0);
    case Kind::length:
      if (body.size() < framing.length) return "incomplete";
      return ok(parser.head(), "length", body.substr(0, framing.length), body.size() - framing.length);
    case Kind::chunked: break;
  }
  ChunkedDecoder decoder;
  const auto decoded = decoder.decode({body.data(), body.size()});
  if (decoded.state == ChunkedDecoder::State::refused) return std::string("refused ") + decoder.fault();
  if (decoded.state == ChunkedDecoder::State::incomplete) return "incomplete";
  return ok(parser.head(), "chunked", {decoded.data.data(), decoded.data.size()}, body.size() - decoded.consumed);
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::string method, hex;
  while (std::cin >> method >> hex) std::cout << understand(method, from_hex(hex)) << '\n';
  return 0;
}
