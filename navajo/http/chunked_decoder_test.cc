#include <string>

#include "navajo/http/chunked_decoder.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::http;
using State = ChunkedDecoder::State;

namespace {

struct Outcome {
  State state = State::incomplete;
  std::string data;
  size_t consumed = 0;
  std::string fault;
  bool operator==(const Outcome&) const = default;
};

Outcome decode(std::string text, size_t piece, ChunkLimits limits) {
  ChunkedDecoder decoder(limits);
  Outcome outcome;
  for (size_t at = 0; at < text.size() && outcome.state == State::incomplete; at += piece) {
    const std::span<char> input(text.data() + at, std::min(piece, text.size() - at));
    const auto decoded = decoder.decode(input);
    outcome.state = decoded.state;
    outcome.data.append(decoded.data.data(), decoded.data.size());
    outcome.consumed += decoded.consumed;
  }
  outcome.fault = decoder.fault();
  return outcome;
}

// In one go, after checking that every way to cut the input answers the same.
Outcome decode(const std::string& text, ChunkLimits limits = {}) {
  const Outcome whole = decode(text, text.size() + 1, limits);
  for (const size_t piece : {1, 2, 3, 5, 7}) CHECK_TRUE_TEXT(whole == decode(text, piece, limits), text.c_str());
  return whole;
}

}  // namespace

TEST_GROUP(ChunkedDecoder){void gives(const std::string& text, const std::string& data,
                                      size_t left_over = 0){const Outcome outcome = decode(text);
CHECK_TRUE_TEXT(outcome.state == State::complete, text.c_str());
STRCMP_EQUAL(data.c_str(), outcome.data.c_str());
CHECK_EQUAL(text.size() - left_over, outcome.consumed);
}
void refuses(const std::string& text, const char* fault, ChunkLimits limits = {}) {
  const Outcome outcome = decode(text, limits);
  CHECK_TRUE_TEXT(outcome.state == State::refused, text.c_str());
  STRCMP_EQUAL(fault, outcome.fault.c_str());
}
}
;

TEST(ChunkedDecoder, joins_chunks) {
  gives("0\r\n\r\n", "");
  gives("5\r\nhello\r\n0\r\n\r\n", "hello");
  gives("5\r\nhello\r\n1\r\n \r\n00005\r\nworld\r\n000\r\n\r\n", "hello world");
  gives("A\r\n0123456789\r\na\r\nabcdefghij\r\n0\r\n\r\n", "0123456789abcdefghij");
}

TEST(ChunkedDecoder, leaves_what_follows_the_body_alone) { gives("1\r\nx\r\n0\r\n\r\nHTTP/1.1", "x", 8); }

TEST(ChunkedDecoder, data_that_looks_like_framing_is_data) {
  gives("7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n\r\n");
}

TEST(ChunkedDecoder, a_single_chunk_is_not_moved) {
  std::string text = "5\r\nhello\r\n0\r\n\r\n";
  ChunkedDecoder decoder;
  POINTERS_EQUAL(text.data() + 3, decoder.decode(text).data.data());
}

TEST(ChunkedDecoder, drops_extensions_and_trailer_fields) {
  gives("5;name=value;q=\"a b\"\r\nhello\r\n0 ; last\r\nExpires: never\r\nX:\r\n\r\n", "hello");
}

TEST(ChunkedDecoder, bare_line_feeds_are_refused_wherever_they_stand) {
  refuses("5\nhello\r\n0\r\n\r\n", "junk after a chunk size");
  refuses("5;x\nhello\r\n0\r\n\r\n", "control byte in a chunk extension");
  refuses("5\r\nhello\n0\r\n\r\n", "chunk data longer than its size");
  refuses("0\r\n\n", "bad trailer field name");
  refuses("0\r\nA: b\n\r\n", "control byte in a trailer field");
}

TEST(ChunkedDecoder, bare_carriage_returns_are_refused) {
  refuses("5\rhello", "chunk size without CR LF");
  refuses("5;a\rb\r\n", "chunk size without CR LF");
  refuses("1\r\nx\rx", "chunk data without CR LF");
  refuses("0\r\nA: b\rc\r\n", "trailer field without CR LF");
  refuses("0\r\n\rx", "last chunk without CR LF");
}

TEST(ChunkedDecoder, odd_sizes_are_refused) {
  refuses("\r\n", "no chunk size");
  refuses("-1\r\n", "no chunk size");
  refuses(" 5\r\n", "no chunk size");
  refuses(";x\r\n", "no chunk size");
  refuses("0x5\r\n", "junk after a chunk size");
  refuses("5 \r\nhello", "space after a chunk size");
  refuses("5 5\r\nhello", "junk after a chunk size");
  refuses("8000000000000000\r\n", "chunk size too large");
  refuses("00000000000000005\r\n", "chunk size too large");
}

TEST(ChunkedDecoder, the_largest_size_is_waited_for) {
  const Outcome outcome = decode("7fffffffffffffff\r\nx");
  CHECK_TRUE(outcome.state == State::incomplete);
  STRCMP_EQUAL("x", outcome.data.c_str());
}

TEST(ChunkedDecoder, data_before_a_fault_is_still_handed_on) {
  const Outcome outcome = decode("5\r\nhelloXX");
  CHECK_TRUE(outcome.state == State::refused);
  STRCMP_EQUAL("hello", outcome.data.c_str());
}

TEST(ChunkedDecoder, framing_has_its_limits) {
  ChunkLimits limits{8, 16, 2};
  const std::string long_extension = "1;1234567\r\nx\r\n";
  CHECK_TRUE(decode(long_extension + "0\r\n\r\n", limits).state == State::complete);
  refuses(long_extension + "1;\r\nx\r\n", "chunk extensions too long", limits);
  CHECK_TRUE(decode("0\r\nA: 345678\r\nB: 4\r\n\r\n", limits).state == State::complete);
  refuses("0\r\nA: 3456789012345\r\nB\r\n\r\n", "trailer fields too long", limits);
  refuses("0\r\nA:1\r\nB:2\r\nC:3\r\n\r\n", "too many trailer fields", limits);
}

TEST(ChunkedDecoder, trailer_fields_are_fields) {
  refuses("0\r\n A: b\r\n\r\n", "bad trailer field name");
  refuses("0\r\nA : b\r\n\r\n", "bad trailer field name");
  refuses("0\r\nAb\r\n\r\n", "bad trailer field name");
  refuses(std::string("0\r\nA: \0\r\n\r\n", 11), "control byte in a trailer field");
}
