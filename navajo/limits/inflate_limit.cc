#include "navajo/limits/inflate_limit.h"

#include <zlib.h>

#include <algorithm>

#include "navajo/http/headers.h"
#include "navajo/http/syntax.h"

namespace navajo::limits {
namespace {

constexpr size_t kPiece = 16384;

bool begins_compressed(std::string_view text) {
  return text.size() >= 3 && text[0] == '\x1f' && text[1] == '\x8b' && text[2] == '\x08';
}

class Stream {
 public:
  explicit Stream(int window) { open_ = inflateInit2(&stream_, window) == Z_OK; }
  ~Stream() {
    if (open_) inflateEnd(&stream_);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  bool open() const { return open_; }
  z_stream& operator*() { return stream_; }

 private:
  z_stream stream_{};
  bool open_;
};

// zlib's header, RFC 1950 section 2.2; else it is raw deflate.
bool has_zlib_header(std::string_view text) {
  if (text.size() < 2) return true;
  const unsigned first = static_cast<unsigned char>(text[0]), second = static_cast<unsigned char>(text[1]);
  return (first & 15) == 8 && (first >> 4) <= 7 && (first * 256 + second) % 31 == 0;
}

int window_of(std::string_view compressed, Coding coding) {
  if (coding == Coding::gzip) return 15 + 16;
  return has_zlib_header(compressed) ? 15 : -15;
}

}  // namespace

Coding coding_of(std::string_view content_encoding) {
  const std::string_view word = http::trim(content_encoding);
  if (word.empty() || http::same_name(word, "identity")) return Coding::identity;
  if (http::same_name(word, "gzip") || http::same_name(word, "x-gzip")) return Coding::gzip;
  return http::same_name(word, "deflate") ? Coding::deflate : Coding::unknown;
}

Inflated inflate_prefix(std::string_view compressed, Coding coding, const InflateLimits& limits,
                        std::pmr::string& into) {
  into.clear();
  if (coding != Coding::gzip && coding != Coding::deflate) return Inflated::malformed;
  // zlib counts in 32 bits; nobody inspects so much.
  const auto given = static_cast<uInt>(std::min<size_t>(compressed.size(), 1u << 30));
  Stream stream(window_of(compressed, coding));
  if (!stream.open()) return Inflated::malformed;
  z_stream& z = *stream;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  z.avail_in = given;
  while (into.size() < limits.bytes) {
    const size_t before = into.size();
    const size_t room = std::min<uint64_t>(kPiece, limits.bytes - before);
    into.resize(before + room);
    z.next_out = reinterpret_cast<Bytef*>(into.data() + before);
    z.avail_out = static_cast<uInt>(room);
    const int result = inflate(&z, Z_NO_FLUSH);
    into.resize(before + room - z.avail_out);
    if (begins_compressed(into)) return Inflated::nested;
    const uint64_t taken = std::max<uint64_t>(1, given - z.avail_in);
    if (limits.ratio != 0 && into.size() >= InflateLimits::kRatioFrom && into.size() / limits.ratio > taken)
      return Inflated::bomb;
    // A second member behind the first one is one more text, which not everybody sees.
    if (result == Z_STREAM_END) return z.avail_in == 0 ? Inflated::complete : Inflated::malformed;
    if (result == Z_BUF_ERROR) return Inflated::cut;
    if (result != Z_OK) return Inflated::malformed;
    if (z.avail_in == 0 && z.avail_out != 0) return Inflated::cut;
  }
  return Inflated::cut;
}

}  // namespace navajo::limits
