#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "navajo/cli/commands.h"

int main(int argc, char** argv) {
  try {
    return navajo::cli::navajo_main(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    fprintf(stderr, "navajo: %s\n", error.what());
    return navajo::cli::kFaults;
  }
}
