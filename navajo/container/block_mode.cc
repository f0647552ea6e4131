#include "navajo/container/block_mode.h"

#include <algorithm>

#include "navajo/config/text.h"

namespace navajo::container {

BlockOnError::BlockOnError(const config::Params& params) : lines_(params, "BlockOnError", Stage::request) {
  for (const config::ParamLine& line : lines_.entries()) {
    const std::string word = config::lower_case(line.text);
    if (word != "on" && word != "off" && word != "log")
      params.fault(line.where, "BlockOnError: '" + config::printable(line.text) + "' is not one of on, off, log");
    modes_.push_back(word == "off" ? BlockMode::off : word == "log" ? BlockMode::log : BlockMode::on);
  }
}

BlockMode BlockOnError::first(api::Request& request, InDoubt in_doubt) const {
  BlockMode mode = BlockMode::on;
  lines_.for_each_active(request, nullptr, in_doubt, [&](size_t entry) {
    mode = modes_[entry];
    return Visit::taken;
  });
  return mode;
}

BlockMode BlockOnError::mode(api::Request& request) const {
  const BlockMode mode = first(request, InDoubt::skip);
  if (mode == BlockMode::on || lines_.unconditional()) return mode;
  // In doubt it is refused: a line that is taken only for want of a decision may be the stricter one.
  return std::max(mode, first(request, InDoubt::take));
}

}  // namespace navajo::container
