// Which status codes a backend may answer with: the registered ones (IANA, RFC 9110 section 16.2) and what the Context
// adds. What else comes may be anything to those who read it: caches, scripts, monitoring. Immutable, any thread.
#pragma once

#include <bitset>
#include <span>

namespace navajo::container {

class StatusCodes {
 public:
  StatusCodes();  // the registered ones
  explicit StatusCodes(std::span<const int> additional);
  bool contains(int status) const { return status >= 0 && status < 1000 && codes_[static_cast<size_t>(status)]; }

 private:
  std::bitset<1000> codes_;
};

}  // namespace navajo::container
