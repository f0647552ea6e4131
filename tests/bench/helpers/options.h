// Command line of the benchmark helpers: pairs of `--name value`, every name known beforehand.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <string>

namespace bench {

class Options {
 public:
  // `defaults` lists every option the program has; an empty default means the option must be given.
  Options(int argc, char** argv, std::initializer_list<std::pair<const std::string, std::string>> defaults)
      : values_(defaults) {
    for (int i = 1; i < argc; i += 2) {
      std::string name = argv[i];
      name = name.rfind("--", 0) == 0 ? name.substr(2) : "";
      auto found = values_.find(name);
      if (found == values_.end() || i + 1 == argc) fail("unknown option or missing value", argv[i]);
      found->second = argv[i + 1];
    }
    for (const auto& [name, value] : values_) {
      if (value.empty()) fail("option needed", name.c_str());
    }
  }

  const std::string& text(const char* name) const { return values_.at(name); }

  long number(const char* name) const {
    char* end = nullptr;
    long value = std::strtol(text(name).c_str(), &end, 10);
    if (*end != '\0' || value < 0) fail("not a number", name);
    return value;
  }

 private:
  [[noreturn]] static void fail(const char* what, const char* which) {
    std::fprintf(stderr, "%s: %s\n", what, which);
    std::exit(2);
  }

  std::map<std::string, std::string> values_;
};

}  // namespace bench
