#include "navajo/cli/support/archive.h"

#include <zlib.h>

#include <cstdio>
#include <cstring>

namespace navajo::cli::support {
namespace {

constexpr size_t kBlock = 512;
constexpr int kGzip = 15 + 16;  // window bits, and the format of gzip

struct Header {
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2],
      user[32], group[32], major[8], minor[8], prefix[155], pad[12];
};
static_assert(sizeof(Header) == kBlock);

}  // namespace

void Archive::add(std::string_view name, std::string_view content) {
  Header header{};
  memcpy(header.name, name.data(), std::min(name.size(), sizeof header.name - 1));
  snprintf(header.mode, sizeof header.mode, "%07o", 0600);
  snprintf(header.uid, sizeof header.uid, "%07o", 0);
  snprintf(header.gid, sizeof header.gid, "%07o", 0);
  snprintf(header.size, sizeof header.size, "%011llo", static_cast<unsigned long long>(content.size()));
  snprintf(header.mtime, sizeof header.mtime, "%011llo", static_cast<unsigned long long>(when_));
  header.type = '0';
  memcpy(header.magic, "ustar", 6);
  memcpy(header.version, "00", 2);
  // The sum is made with blanks in its own place.
  memset(header.checksum, ' ', sizeof header.checksum);
  unsigned sum = 0;
  for (const unsigned char c : std::string_view(reinterpret_cast<const char*>(&header), sizeof header)) sum += c;
  snprintf(header.checksum, sizeof header.checksum, "%06o", sum);
  tar_.append(reinterpret_cast<const char*>(&header), sizeof header);
  tar_ += content;
  tar_.append((kBlock - content.size() % kBlock) % kBlock, '\0');
}

base::Result<std::string> Archive::finish() {
  tar_.append(2 * kBlock, '\0');
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return base::Failed{base::Error{"no memory to compress"}};
  std::string out(deflateBound(&stream, tar_.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(tar_.data());
  stream.avail_in = static_cast<uInt>(tar_.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int done = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (done != Z_STREAM_END) return base::Failed{base::Error{"compressing failed"}};
  return out;
}

}  // namespace navajo::cli::support
