// One request as `navajo why` and the console show it, in a fixed number of bytes: texts are cut, a list that is full
// says how many were left out. Plain data, copied into and out of shared memory as it is. No query values, cookies,
// bodies or fields stand in it; client and user do, so whoever reads it has to be allowed to (admin/answer.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace navajo::observe {

// Why a request was remembered; each kind has a ring of its own, so that a flood of one does not push out the others.
enum class RecordKind : uint8_t {
  slow,     // took longer than RequestHistory slow
  failed,   // 5xx, or cut off by us
  blocked,  // refused by an element of the chain, a rule or a limit with 4xx
  sampled,  // one of the others, now and then
};
inline constexpr size_t kRecordKinds = 4;
const char* word(RecordKind kind);

// Cut at a whole UTF-8 character, always ends in a zero byte.
template <size_t N>
void put_text(char (&into)[N], std::string_view text) {
  size_t length = text.size() < N - 1 ? text.size() : N - 1;
  if (length < text.size())
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) length--;
  if (length > 0) memcpy(into, text.data(), length);
  into[length] = 0;
}
template <size_t N>
std::string_view get_text(const char (&from)[N]) {
  return {from, strnlen(from, N)};
}

// One filter, or at the end the servlet.
struct ElementRecord {
  char name[40];
  uint32_t down_us;  // until it called the rest of the chain, or answered itself
  uint32_t up_us;    // after that
};

struct RequestRecord {
  static constexpr size_t kElements = 20;

  int64_t started_us;  // since 1970
  uint64_t total_us;
  uint64_t before_chain_us;  // reading the head, authentication of httpd: until the container has it
  uint64_t bytes_sent;
  int64_t connect_ms, first_byte_ms, backend_ms;  // of the last backend; -1: not reached
  uint32_t pid, generation;
  uint16_t status, backend_status;  // 0: none
  uint8_t kind, elements, elements_left_out;
  bool client_gone, cut;  // by the client; by us
  char id[40];
  char client[48];
  char method[16];
  char host[88];
  char path[256];
  char cause[40];
  char context[48], servlet[40];
  char backend[72];
  char tried[256];  // "10.0.0.1:80 connect_refused, 10.0.0.2:80 connect_timeout"
  char rules[192];  // "sqli refused, bots shadow"
  char session[16];  // log id
  char user[64];
  char events[32];  // "SC01,GW02"
  ElementRecord chain[kElements];
};
static_assert(sizeof(RequestRecord) % 8 == 0);

// A request that is at work now.
struct LiveRequest {
  int64_t started_us;
  uint32_t pid, generation;
  char id[40];
  char client[48];
  char method[16];
  char host[48];
  char path[96];
  char element[40];  // "filter Rules", "servlet Backend": entered last
};
static_assert(sizeof(LiveRequest) % 8 == 0);

// "/a?x=1&secret" as "/a?x=*&*": what a query asks for stays visible, what it says does not.
size_t write_target(std::string_view path, std::string_view query, char* into, size_t room);

}  // namespace navajo::observe
