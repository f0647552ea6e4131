#include "navajo/cli/preload.h"

#include <map>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace navajo::cli;

TEST_GROUP(Preload) {
  std::map<std::string, std::string> environment;
  std::string present = "/b/libjemalloc.so.2";
  Preload choose(Allocator wanted = Allocator::jemalloc) {
    return choose_preload(wanted, {"", "/a/libjemalloc.so.2", "/b/libjemalloc.so.2"},
                          [this](const char* name) { return environment[name]; },
                          [this](const std::string& path) { return path == present; });
  }
  static std::string value(const Preload& preload, const char* name) {
    for (const auto& [key, text] : preload.variables) {
      if (key == name) return text;
    }
    return "unset";
  }
};

#ifndef __SANITIZE_ADDRESS__
TEST(Preload, takes_the_first_jemalloc_that_is_there_and_tells_it_to_give_memory_back) {
  const Preload preload = choose();
  STRCMP_EQUAL("/b/libjemalloc.so.2", value(preload, "LD_PRELOAD").c_str());
  STRCMP_EQUAL("background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:1000", value(preload, "MALLOC_CONF").c_str());
}

TEST(Preload, comes_after_what_is_preloaded_already_and_keeps_a_malloc_conf) {
  environment["LD_PRELOAD"] = "/x/shim.so";
  environment["MALLOC_CONF"] = "narenas:2";
  const Preload preload = choose();
  STRCMP_EQUAL("/x/shim.so:/b/libjemalloc.so.2", value(preload, "LD_PRELOAD").c_str());
  STRCMP_EQUAL("unset", value(preload, "MALLOC_CONF").c_str());
}

TEST(Preload, does_not_preload_a_second_jemalloc) {
  environment["LD_PRELOAD"] = "/mine/libjemalloc.so.2";
  const Preload preload = choose();
  STRCMP_EQUAL("unset", value(preload, "LD_PRELOAD").c_str());
  CHECK(value(preload, "MALLOC_CONF") != "unset");
}

TEST(Preload, says_where_it_looked_when_there_is_none) {
  present = "/nowhere";
  const Preload preload = choose();
  CHECK(preload.variables.empty());
  STRCMP_EQUAL("/a/libjemalloc.so.2, /b/libjemalloc.so.2", preload.missing.c_str());
}
#else
TEST(Preload, a_program_built_with_the_sanitizer_preloads_no_jemalloc) {
  CHECK(choose().variables.empty());
  STRCMP_EQUAL("", choose().missing.c_str());
}
#endif

TEST(Preload, leaves_a_sanitizer_alone) {
  environment["LD_PRELOAD"] = "/usr/lib/gcc/x86_64-linux-gnu/12/libasan.so";
  CHECK(choose().variables.empty());
}

TEST(Preload, preloads_exactly_what_is_asked_for) {
  environment["NAVAJO_PRELOAD"] = "/x/libasan.so";
  environment["LD_PRELOAD"] = "/other.so";
  const Preload preload = choose();
  LONGS_EQUAL(1, preload.variables.size());
  STRCMP_EQUAL("/x/libasan.so", value(preload, "LD_PRELOAD").c_str());
}

TEST(Preload, without_jemalloc_sets_nothing_and_misses_nothing) {
  present = "/nowhere";
  const Preload preload = choose(Allocator::libc);
  CHECK(preload.variables.empty());
  STRCMP_EQUAL("", preload.missing.c_str());
}
