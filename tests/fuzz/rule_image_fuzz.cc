// An image of rules with any bytes changed and a checksum that fits again: it is refused, or it is evaluated without
// harm, and says nothing of rules it does not have. The first byte chooses the rules, each three that follow are an
// offset and what is written there; where the first byte is 0 the rest is an image as it is.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <memory_resource>
#include <span>
#include <vector>

#include "navajo/rules/image.h"
#include "navajo/rules/program.h"
#include "navajo/rules/random_rules.h"
#include "tests/fuzz/require.h"

using namespace navajo::rules;

namespace {

const std::vector<std::byte>& image_of(uint8_t seed) {
  static std::map<uint8_t, std::vector<std::byte>> images;
  std::vector<std::byte>& image = images[seed];
  if (image.empty()) {
    navajo::config::Diagnostics diagnostics;
    image = compile(RandomRules(seed).file(), diagnostics);
    FUZZ_REQUIRE(!image.empty());
  }
  return image;
}

void check(std::vector<std::byte>& image, uint8_t seed) {
  if (image.size() >= sizeof(ImageHeaderShm)) {
    const uint64_t sum = image_checksum(image), size = image.size();
    memcpy(image.data() + offsetof(ImageHeaderShm, size), &size, sizeof size);
    memcpy(image.data() + offsetof(ImageHeaderShm, checksum), &sum, sizeof sum);
  }
  const auto program = Program::adopt(image);
  if (!program.ok()) return;
  RandomRules random(seed);
  for (int i = 0; i < 4; i++) {
    FakeFacts facts = random.request();
    for (const ProgramSet& set : (*program)->sets()) {
      std::pmr::monotonic_buffer_resource memory;
      size_t told = 0;
      (*program)->evaluate(set, facts, {.memory = memory}, [&](const Fired& fired) {
        FUZZ_REQUIRE(fired.rule >= set.first && fired.rule - set.first < set.count);
        return ++told < 1000 ? Next::go_on : Next::stop;
      });
      FUZZ_REQUIRE(told <= set.count);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const uint8_t seed = data[0];
  std::vector<std::byte> image;
  if (seed == 0) {
    image.resize(size - 1);
    std::copy_n(reinterpret_cast<const std::byte*>(data + 1), size - 1, image.begin());
  } else {
    image = image_of(seed);
    for (size_t at = 1; at + 3 <= size; at += 3) {
      // Every other one reaches four times as far.
      const size_t offset = (static_cast<size_t>(data[at]) << 8 | data[at + 1]) * (at % 2 ? 1 : 4);
      image[sizeof(ImageHeaderShm::magic) + offset % (image.size() - sizeof(ImageHeaderShm::magic))] =
          static_cast<std::byte>(data[at + 2]);
    }
  }
  check(image, seed);
  return 0;
}
