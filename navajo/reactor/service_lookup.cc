// SRV records. c-ares parses them, but does not tell their TTL, so the message is read here.
#include <algorithm>
#include <cstdint>

#include "navajo/reactor/dns_channel.h"
#include "navajo/reactor/name_lookup.h"

namespace navajo::reactor {
namespace {

constexpr uint16_t kClassInternet = 1, kTypeService = 33;

// Of a DNS message, byte by byte; once beyond its end, it is bad and gives zeros.
class MessageReader {
 public:
  explicit MessageReader(std::span<const unsigned char> message) : message_(message) {}

  bool good() const { return good_; }
  size_t at() const { return at_; }
  void go_to(size_t at) { at <= message_.size() ? void(at_ = at) : fail(); }
  uint32_t number(size_t bytes) {
    uint32_t out = 0;
    for (size_t i = 0; i < bytes; i++) out = out << 8 | byte();
    return out;
  }
  // RFC 1035 section 4.1.4: a pointer goes to an earlier place, so that there is no loop.
  std::string name() {
    constexpr size_t kLongest = 253;
    std::string out;
    size_t back = 0, earliest = at_;
    for (;;) {
      const unsigned char length = byte();
      if (!good_ || length == 0) break;
      if (length >= 0xc0) {
        const size_t target = static_cast<size_t>(length & 0x3f) << 8 | byte();
        if (back == 0) back = at_;
        if (target >= earliest) fail();
        if (!good_) return {};
        at_ = earliest = target;
        continue;
      }
      if (length > 63 || out.size() + length + 1 > kLongest + 1) fail();
      if (!good_) return {};
      for (unsigned char i = 0; i < length; i++) out += static_cast<char>(byte());
      out += '.';
    }
    if (back != 0) at_ = back;
    if (!out.empty()) out.pop_back();
    return out;
  }

 private:
  unsigned char byte() {
    if (at_ >= message_.size()) fail();
    return good_ ? message_[at_++] : 0;
  }
  void fail() { good_ = false; }
  std::span<const unsigned char> message_;
  size_t at_ = 0;
  bool good_ = true;
};

}  // namespace

ServiceAnswer parse_service_answer(std::span<const unsigned char> message) {
  MessageReader reader(message);
  ServiceAnswer out;
  reader.number(4);  // id, flags
  const uint32_t questions = reader.number(2), answers = reader.number(2);
  reader.number(4);
  for (uint32_t i = 0; i < questions && reader.good(); i++) {
    (void)reader.name();
    reader.number(4);
  }
  uint32_t ttl = INT32_MAX;
  for (uint32_t i = 0; i < answers && reader.good() && out.records.size() < ServiceAnswer::kMaxRecords; i++) {
    (void)reader.name();
    const uint32_t type = reader.number(2), of_class = reader.number(2), seconds = reader.number(4);
    const size_t size = reader.number(2), end = reader.at() + size;
    if (type == kTypeService && of_class == kClassInternet) {
      ServiceAnswer::Record record;
      record.priority = static_cast<uint16_t>(reader.number(2));
      record.weight = static_cast<uint16_t>(reader.number(2));
      record.port = static_cast<uint16_t>(reader.number(2));
      record.host = reader.name();
      if (reader.at() > end) reader.go_to(SIZE_MAX);
      // A target of "." says that there is no such service.
      if (reader.good() && !record.host.empty()) out.records.push_back(std::move(record));
    }
    ttl = std::min(ttl, seconds);  // of a CNAME on the way as well
    reader.go_to(end);
  }
  if (!reader.good()) {
    out.records.clear();
    out.error = "the answer is malformed";
  } else if (out.records.empty()) {
    out.error = "there are no SRV records";
  }
  out.ttl = std::chrono::seconds(ttl == INT32_MAX ? 0 : ttl);
  return out;
}

#if NAVAJO_HAVE_CARES

namespace {

struct Query {
  ServiceAnswer answer;
  bool done = false;
};

void on_answer(void* argument, int status, int, unsigned char* message, int length) {
  Query& query = *static_cast<Query*>(argument);
  query.done = true;
  if (status == ARES_SUCCESS) {
    query.answer = parse_service_answer({message, static_cast<size_t>(length)});
  } else {
    query.answer.error = ares_strerror(status);
  }
}

}  // namespace

ServiceAnswer look_up_service(const std::string& name, const LookupOptions& options) {
  Query query;
  DnsChannel channel(options);
  if (!channel.error().empty()) {
    query.answer.error = channel.error();
    return query.answer;
  }
  ares_query(channel.get(), name.c_str(), kClassInternet, kTypeService, on_answer, &query);
  channel.drive(&query.done);
  return query.answer;
}

#else

ServiceAnswer look_up_service(const std::string&, const LookupOptions&) {
  ServiceAnswer out;
  out.error = "SRV records need a Navajo that was built with c-ares";
  return out;
}

#endif

}  // namespace navajo::reactor
