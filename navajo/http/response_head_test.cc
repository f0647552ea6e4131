#include <array>
#include <string>
#include <vector>

#include "navajo/http/response_head.h"

#include "CppUTest/TestHarness.h"

using namespace navajo::http;
using State = ResponseHeadParser::State;

namespace {

constexpr HeadLimits kLimits{1024, 8};

}  // namespace

TEST_GROUP(ResponseHead) {
  std::array<FieldSlice, 16> storage;
  ResponseHeadParser parser{storage, kLimits};
  std::string kept;

  State parse(std::string text) {
    parser.reset();
    kept = std::move(text);
    return parser.parse(kept);
  }
  // A head of HTTP/1.1 200 with these lines.
  State parse_fields(const std::string& lines) { return parse("HTTP/1.1 200 OK\r\n" + lines + "\r\n"); }
  void refuses(const std::string& head, HeadFault fault) {
    CHECK_TRUE_TEXT(parse(head) == State::refused, head.c_str());
    STRCMP_EQUAL(text(fault), text(parser.fault()));
    // The same when it comes byte by byte, from a buffer that moves.
    parser.reset();
    State state = State::incomplete;
    for (size_t size = 0; size <= head.size() && state == State::incomplete; size++) {
      std::string moved = head.substr(0, size);
      kept.swap(moved);
      state = parser.parse(kept);
    }
    CHECK_TRUE_TEXT(state == State::refused, head.c_str());
    STRCMP_EQUAL(text(fault), text(parser.fault()));
  }
  void refuses_fields(const std::string& lines, HeadFault fault) {
    refuses("HTTP/1.1 200 OK\r\n" + lines + "\r\n", fault);
  }
};

TEST(ResponseHead, reads_status_reason_and_fields) {
  CHECK_TRUE(parse("HTTP/1.1 404 Not Found\r\nServer: x\r\nEmpty:\r\nSpaced: \t a b \t\r\n\r\nbody") ==
             State::complete);
  const ResponseHead& head = parser.head();
  CHECK_EQUAL(404, head.status());
  CHECK_TRUE(head.reason() == "Not Found");
  CHECK_EQUAL(3u, head.size());
  CHECK_TRUE(head[0].name == "Server");
  CHECK_TRUE(head[0].value == "x");
  CHECK_TRUE(head[1].value.empty());
  CHECK_TRUE(head[2].value == "a b");
  CHECK_EQUAL(kept.size() - 4, parser.length());
}

TEST(ResponseHead, goes_on_where_it_stopped_in_a_buffer_that_moves) {
  const std::string all = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\n";
  for (size_t cut = 0; cut < all.size(); cut++) {
    parser.reset();
    const std::string part = all.substr(0, cut);
    CHECK_TRUE(parser.parse(part) == State::incomplete);
    const std::string whole = all;
    CHECK_TRUE(parser.parse(whole) == State::complete);
    CHECK_EQUAL(all.size(), parser.length());
    CHECK_TRUE(parser.head()[1].name == "X");
    CHECK_TRUE(parser.head()[1].value == "y");
    CHECK_TRUE(parser.head().content_length() == 5u);
  }
}

TEST(ResponseHead, a_missing_reason_is_fine_with_and_without_its_space) {
  CHECK_TRUE(parse("HTTP/1.1 200\r\n\r\n") == State::complete);
  CHECK_TRUE(parser.head().reason().empty());
  CHECK_TRUE(parse("HTTP/1.1 200 \r\n\r\n") == State::complete);
  CHECK_TRUE(parser.head().reason().empty());
}

TEST(ResponseHead, junk_instead_of_a_status_line_is_refused) {
  refuses("SSH-2.0-OpenSSH\r\n", HeadFault::not_http);
  refuses("http/1.1 200 OK\r\n\r\n", HeadFault::not_http);
  refuses("HTTP/2.0 200 OK\r\n\r\n", HeadFault::not_http);
  refuses("HTTP/1.2 200 OK\r\n\r\n", HeadFault::not_http);
  refuses("\r\nHTTP/1.1 200 OK\r\n\r\n", HeadFault::not_http);
  refuses(" HTTP/1.1 200 OK\r\n\r\n", HeadFault::not_http);
  for (const char* line :
       {"HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 2x0 OK", "HTTP/1.1 2000 OK", "HTTP/1.1  200 OK",
        "HTTP/1.1 099 OK", "HTTP/1.1 600 OK", "HTTP/1.1 999 OK", "HTTP/1.1\t200 OK", "HTTP/1.1 -20 OK",
        "HTTP/1.10 200 OK", "HTTP/1.1 200\tOK", "HTTP/1.1 200 O\x01K", "HTTP/1.1 200 O\rK"})
    refuses(std::string(line) + "\r\n\r\n", HeadFault::bad_status_line);
}

TEST(ResponseHead, a_line_ends_with_CR_LF_and_nothing_else) {
  refuses("HTTP/1.1 200 OK\n\r\n", HeadFault::bare_line_feed);
  refuses_fields("A: b\nC: d\r\n", HeadFault::bare_line_feed);
  refuses("HTTP/1.1 200 OK\r\nA: b\r\n\n", HeadFault::bare_line_feed);
  refuses_fields("A: b\rC: d\r\n", HeadFault::bad_field_value);
  refuses_fields("A: b\r\r\n", HeadFault::bad_field_value);
}

TEST(ResponseHead, control_bytes_are_refused) {
  refuses_fields(std::string("A: b\0c\r\n", 8), HeadFault::bad_field_value);
  refuses_fields("A: b\x7f\r\n", HeadFault::bad_field_value);
  refuses_fields(std::string("A\0: b\r\n", 7), HeadFault::bad_field_name);
  CHECK_TRUE(parse_fields("A: b\tc \x80\xff\r\n") == State::complete);
}

TEST(ResponseHead, folded_lines_are_refused) {
  refuses_fields("A: b\r\n c\r\n", HeadFault::folded_line);
  refuses_fields(" A: b\r\n", HeadFault::folded_line);
  refuses_fields("A: b\r\n\t\r\n", HeadFault::folded_line);
}

TEST(ResponseHead, field_names_are_tokens_right_before_the_colon) {
  refuses_fields("A : b\r\n", HeadFault::space_before_colon);
  refuses_fields("A\t: b\r\n", HeadFault::space_before_colon);
  refuses_fields(": b\r\n", HeadFault::bad_field_name);
  refuses_fields("A b: c\r\n", HeadFault::bad_field_name);
  refuses_fields("no colon\r\n", HeadFault::bad_field_name);
  refuses_fields("A(b): c\r\n", HeadFault::bad_field_name);
}

TEST(ResponseHead, two_lengths_must_agree) {
  refuses_fields("Content-Length: 5\r\nContent-Length: 6\r\n", HeadFault::differing_lengths);
  refuses_fields("Content-Length: 5, 6\r\n", HeadFault::differing_lengths);
  CHECK_TRUE(parse_fields("Content-Length: 5\r\ncontent-length: 5, 5\r\n") == State::complete);
  CHECK_TRUE(parser.head().content_length() == 5u);
}

TEST(ResponseHead, odd_lengths_are_refused) {
  for (const char* value :
       {"", "+5", "-1", "5 5", "0x5", "5;", "5,", ",5", "9223372036854775808", "99999999999999999999", "five"})
    refuses_fields("Content-Length: " + std::string(value) + "\r\n", HeadFault::bad_content_length);
}

TEST(ResponseHead, a_length_beside_a_coding_is_refused) {
  refuses_fields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", HeadFault::length_and_coding);
  refuses_fields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", HeadFault::length_and_coding);
}

TEST(ResponseHead, the_only_coding_is_one_chunked) {
  CHECK_TRUE(parse_fields("Transfer-Encoding: Chunked\r\n") == State::complete);
  CHECK_TRUE(parser.head().chunked());
  for (const char* value :
       {"", "gzip, chunked", "chunked, chunked", "identity", "xchunked", "chunked;q=1", "chunked,", "\"chunked\""})
    refuses_fields("Transfer-Encoding: " + std::string(value) + "\r\n", HeadFault::unknown_coding);
  refuses_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", HeadFault::unknown_coding);
  refuses("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", HeadFault::coding_in_http_1_0);
}

TEST(ResponseHead, nobody_asked_for_an_upgrade) {
  refuses("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
          HeadFault::unasked_upgrade);
}

TEST(ResponseHead, interim_responses_are_told_apart_and_the_next_head_follows) {
  const std::string all = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";
  CHECK_TRUE(parse(all) == State::complete);
  CHECK_TRUE(parser.head().interim());
  const std::string rest = all.substr(parser.length());
  parser.reset();
  CHECK_TRUE(parser.parse(rest) == State::complete);
  CHECK_FALSE(parser.head().interim());
  CHECK_EQUAL(200, parser.head().status());
  CHECK_EQUAL(0u, parser.head().size());
}

TEST(ResponseHead, the_head_may_fill_its_limit_and_not_one_byte_more) {
  const std::string frame = "HTTP/1.1 200 OK\r\nA: \r\n\r\n";
  const std::string fill(kLimits.bytes - frame.size(), 'x');
  CHECK_TRUE(parse("HTTP/1.1 200 OK\r\nA: " + fill + "\r\n\r\n") == State::complete);
  refuses("HTTP/1.1 200 OK\r\nA: " + fill + "x\r\n\r\n", HeadFault::too_large);
  refuses("HTTP/1.1 200 " + std::string(kLimits.bytes, 'x'), HeadFault::too_large);
}

TEST(ResponseHead, the_number_of_fields_has_a_limit) {
  std::string lines;
  for (size_t i = 0; i < kLimits.fields; i++) lines += "A: b\r\n";
  CHECK_TRUE(parse_fields(lines) == State::complete);
  CHECK_EQUAL(kLimits.fields, parser.head().size());
  refuses_fields(lines + "A: b\r\n", HeadFault::too_many_fields);
}

TEST(ResponseHead, whether_the_connection_stays_follows_version_and_options) {
  CHECK_TRUE(parse("HTTP/1.1 200 OK\r\n\r\n") == State::complete);
  CHECK_TRUE(parser.head().persistent());
  CHECK_TRUE(parse("HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n") == State::complete);
  CHECK_FALSE(parser.head().persistent());
  CHECK_TRUE(parse("HTTP/1.0 200 OK\r\n\r\n") == State::complete);
  CHECK_FALSE(parser.head().persistent());
  CHECK_TRUE(parse("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n") == State::complete);
  CHECK_TRUE(parser.head().persistent());
  CHECK_TRUE(parse("HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\n\r\n") == State::complete);
  CHECK_FALSE(parser.head().persistent());
}

TEST(ResponseHead, fields_named_by_Connection_are_marked_wherever_they_stand) {
  CHECK_TRUE(parse_fields("X-Hop: 1\r\nConnection: x-hop, Close\r\nX-End: 2\r\nX-HOP: 3\r\n") == State::complete);
  CHECK_TRUE(parser.head()[0].kind == FieldKind::named_by_connection);
  CHECK_TRUE(parser.head()[1].kind == FieldKind::connection);
  CHECK_TRUE(parser.head()[2].kind == FieldKind::other);
  CHECK_TRUE(parser.head()[3].kind == FieldKind::named_by_connection);
  CHECK_FALSE(parser.head().persistent());
}

TEST(ResponseHead, a_flood_of_connection_options_is_refused) {
  std::string options = "a";
  for (int i = 0; i < 40; i++) options += ",a";
  refuses_fields("Connection: " + options + "\r\n", HeadFault::too_many_connection_options);
}

TEST(ResponseHead, stays_refused) {
  CHECK_TRUE(parse("XXX") == State::refused);
  CHECK_TRUE(parser.parse("HTTP/1.1 200 OK\r\n\r\n") == State::refused);
}
