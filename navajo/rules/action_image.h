// Actions as bytes: the part of an image that every process turns back into values once, when it adopts the image.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "navajo/base/result.h"
#include "navajo/rules/action.h"

namespace navajo::rules {

// To be raised with every change of action.h; an image of another format is not adopted.
inline constexpr uint32_t kActionFormat = 1;

std::string write_actions(const std::vector<Action>& actions);
// Any bytes. The patterns of captures are compiled. Fails with what is wrong.
base::Result<std::vector<Action>> read_actions(std::string_view bytes);

}  // namespace navajo::rules
