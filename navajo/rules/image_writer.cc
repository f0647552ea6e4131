#include "navajo/rules/image_writer.h"

#include <algorithm>
#include <bit>

namespace navajo::rules {

TextShm ImageWriter::text(std::string_view text) {
  const auto known = texts_.find(std::string(text));
  if (known != texts_.end()) return known->second;
  std::vector<char>& texts = all<char>();
  const TextShm out{static_cast<uint32_t>(texts.size()), static_cast<uint32_t>(text.size())};
  texts.insert(texts.end(), text.begin(), text.end());
  texts_.emplace(text, out);
  return out;
}

TableShm ImageWriter::table(const std::vector<SlotShm>& slots) {
  if (slots.empty()) return {};
  std::vector<SlotShm>& all_slots = all<SlotShm>();
  const auto size = static_cast<uint32_t>(std::bit_ceil(slots.size() * 2));
  TableShm out{static_cast<uint32_t>(all_slots.size()), size, 1};
  all_slots.resize(all_slots.size() + size);
  SlotShm* const table = all_slots.data() + out.at;
  for (const SlotShm& slot : slots) {
    uint32_t i = static_cast<uint32_t>(slot.key) & (size - 1), probes = 1;
    for (; table[i].run.count != 0; i = (i + 1) & (size - 1)) probes++;
    table[i] = slot;
    out.probes = std::max(out.probes, probes);
  }
  return out;
}

std::vector<std::byte> ImageWriter::finish() {
  ImageHeaderShm header{};
  memcpy(header.magic, "NVJRULES", sizeof header.magic);
  header.layout = image_layout();
  header.seed = seed_;
  std::vector<std::byte> out(sizeof header);
  const auto put = [&]<class T>(const std::vector<T>& elements) {
    out.resize((out.size() + kImageAlignment - 1) / kImageAlignment * kImageAlignment);
    header.sections[static_cast<size_t>(SectionOf<T>::value)] = {out.size(), elements.size()};
    const auto* const bytes = reinterpret_cast<const std::byte*>(elements.data());
    out.insert(out.end(), bytes, bytes + elements.size() * sizeof(T));
  };
  std::apply([&](const auto&... section) { (put(section), ...); }, sections_);
  header.size = out.size();
  memcpy(out.data(), &header, sizeof header);
  header.checksum = image_checksum(out);
  memcpy(out.data(), &header, sizeof header);
  return out;
}

}  // namespace navajo::rules
