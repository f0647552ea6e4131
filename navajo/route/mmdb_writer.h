// For tests: a small writer of MaxMind files (MaxMind DB File Format Specification, version 2.0): a tree of 24-bit
// records over IPv6 addresses, in which IPv4 networks stand below ::/96, and maps with a country's code.
#pragma once

#include <arpa/inet.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace navajo::route {

class MmdbWriter {
 public:
  MmdbWriter() { nodes_.push_back({}); }
  // "10.0.0.0" or "2001:db8::", and how many bits of it.
  void add(const std::string& address, int bits, const std::string& country) {
    uint8_t bytes[16] = {};
    if (inet_pton(AF_INET6, address.c_str(), bytes) != 1) {
      inet_pton(AF_INET, address.c_str(), bytes + 12);
      bits += 96;
    }
    const size_t at = data_.size();
    data_ += control(kMap, 1) + text("country") + control(kMap, 1) + text("iso_code") + text(country);
    size_t node = 0;
    for (int i = 0; i < bits; i++) {
      const int bit = bytes[i / 8] >> (7 - i % 8) & 1;
      if (i + 1 == bits) {
        nodes_[node].data[bit] = static_cast<int64_t>(at);
        continue;
      }
      if (nodes_[node].next[bit] == 0) {
        nodes_[node].next[bit] = nodes_.size();
        nodes_.push_back({});
      }
      node = nodes_[node].next[bit];
    }
  }
  std::string file() const {
    std::string out;
    for (const Node& node : nodes_)
      for (int bit = 0; bit < 2; bit++) {
        size_t record = nodes_.size();  // nothing known
        if (node.data[bit] >= 0)
          record = nodes_.size() + 16 + static_cast<size_t>(node.data[bit]);
        else if (node.next[bit] != 0)
          record = node.next[bit];
        for (int shift = 16; shift >= 0; shift -= 8) out += static_cast<char>(record >> shift);
      }
    out += std::string(16, '\0') + data_ + "\xab\xcd\xefMaxMind.com";
    out += control(kMap, 9) + text("node_count") + number(kUint32, nodes_.size()) + text("record_size") +
           number(kUint16, 24) + text("ip_version") + number(kUint16, 6) + text("database_type") + text("Test") +
           text("binary_format_major_version") + number(kUint16, 2) + text("binary_format_minor_version") +
           number(kUint16, 0) + text("build_epoch") + std::string("\x01\x02\x01", 3) + text("languages") +
           std::string("\x00\x04", 2) + text("description") + control(kMap, 0);
    return out;
  }
  void write(const std::string& path) const {
    const std::string part = path + ".part";
    std::ofstream(part, std::ios::binary) << file();
    rename(part.c_str(), path.c_str());
  }

 private:
  static constexpr int kText = 2, kUint16 = 5, kUint32 = 6, kMap = 7;
  struct Node {
    size_t next[2] = {0, 0};
    int64_t data[2] = {-1, -1};
  };
  static std::string control(int type, size_t size) { return {static_cast<char>(type << 5 | static_cast<int>(size))}; }
  static std::string text(const std::string& value) { return control(kText, value.size()) + value; }
  static std::string number(int type, uint64_t value) {
    std::string bytes;
    for (; value > 0; value >>= 8) bytes.insert(bytes.begin(), static_cast<char>(value));
    return control(type, bytes.size()) + bytes;
  }
  std::vector<Node> nodes_;
  std::string data_;
};

}  // namespace navajo::route
