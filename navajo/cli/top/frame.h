// Two samples as a picture for a terminal, or as JSON. Pure.
#pragma once

#include <string>
#include <vector>

#include "navajo/cli/top/sample.h"

namespace navajo::cli::top {

enum class Table : uint8_t { processes, backends, causes };

struct View {
  Table table = Table::processes;
  size_t column = 0;  // that the table is sorted by
  bool ascending = false;
  size_t rows = 40, columns = 100;
  bool colours = false;
  bool paused = false;
};

// Whole lines with "\n", at most view.rows of them, none longer than view.columns characters.
std::string frame(const Sample& before, const Sample& now, const View& view, int64_t wall_seconds);
std::string frame_json(const Sample& before, const Sample& now, int64_t wall_seconds);

// How many columns the table has, for the keys that choose one.
size_t columns_of(Table table);

// "950", "12.3k", "4.5M": of 1000, at most 5 characters.
std::string short_number(double value);

}  // namespace navajo::cli::top
