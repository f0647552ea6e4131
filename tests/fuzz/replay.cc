// Feeds every file of a corpus folder to a fuzz target, without a fuzzer: what was found once stays found. The folder
// is the argument, or tests/fuzz/corpus/FUZZ_TARGET below the environment's srcdir (which make check sets).
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  const char* srcdir = getenv("srcdir");
  const std::filesystem::path folder =
      argc > 1 ? argv[1] : std::string(srcdir ? srcdir : ".") + "/tests/fuzz/corpus/" FUZZ_TARGET;
  size_t files = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    printf("%s\n", entry.path().filename().c_str());
    fflush(stdout);
    // A copy of exactly that size, so that a sanitizer sees the end.
    const std::vector<uint8_t> bytes(text.begin(), text.end());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    files++;
  }
  if (error || files == 0) {
    fprintf(stderr, "no corpus in %s\n", folder.c_str());
    return 1;
  }
  printf("%zu files\n", files);
  return 0;
}
