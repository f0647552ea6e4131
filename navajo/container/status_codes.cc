#include "navajo/container/status_codes.h"

namespace navajo::container {
namespace {

struct Range {
  int first, last;
};
constexpr Range kRegistered[] = {{100, 104}, {200, 208}, {226, 226}, {300, 305}, {307, 308}, {400, 417}, {421, 426},
                                 {428, 429}, {431, 431}, {451, 451}, {500, 508}, {510, 511}};

}  // namespace

StatusCodes::StatusCodes() {
  for (const Range& range : kRegistered)
    for (int status = range.first; status <= range.last; status++) codes_.set(static_cast<size_t>(status));
}

StatusCodes::StatusCodes(std::span<const int> additional) : StatusCodes() {
  for (const int status : additional) codes_.set(static_cast<size_t>(status));
}

}  // namespace navajo::container
