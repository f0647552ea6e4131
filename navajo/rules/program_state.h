// What a process has of an image: the image where it lies, and beside it what cannot be in it (compiled patterns, time
// windows, decoded actions). Made by Program::adopt(), read by all threads.
#pragma once

#include <vector>

#include "navajo/config/regex.h"
#include "navajo/rules/image.h"
#include "navajo/rules/program.h"
#include "navajo/rules/time_window.h"

namespace navajo::rules {

struct Program::State {
  ImageView image;
  std::vector<config::Regex> patterns;
  std::vector<TimeWindow> windows;
  std::vector<ProgramSet> sets;
  std::vector<ProgramRule> rules;
  uint32_t logged_body = 0, logged_response_body = 0;
  size_t captures = 0, without_jit = 0;
};

}  // namespace navajo::rules
