// The image of a program: what compile() writes and every process of this build reads where it lies, in shared memory.
// Plain data without pointers: a header, then sections, each an array of one of the types below; what refers to another
// section does so by index. Written by ImageWriter, checked as a whole by check_image() before anything else looks at
// it: after that every index is in bounds, so evaluation checks none of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "navajo/base/result.h"

namespace navajo::rules {

// A piece of the section of texts.
struct TextShm {
  uint32_t at, size;
};

// A run of elements of another section.
struct RunShm {
  uint32_t at, count;
};

// A hash table with open addressing: slots of the section of slots, as many as a power of two. A lookup looks at
// `probes` of them at most.
struct TableShm {
  uint32_t at, size, probes;
};

// Empty: count is 0.
struct SlotShm {
  uint64_t key;
  RunShm run;
};

// Where values come from that the index looks up.
struct SourceShm {
  enum Use : uint32_t { exact = 1, segments = 2, labels = 4, literals = 8, numbers = 16, networks = 32 };
  uint8_t field;
  uint8_t unused[3];
  uint32_t uses;
  TextShm name;          // of a named field
  RunShm presence;       // postings: rules that become candidates because there is a value at all
  uint64_t prefixes[3];  // bit n: there are networks of n bits
};

// A text that a pattern needs, without capital letters, and where in it the three bytes stand it is found by.
struct LiteralShm {
  TextShm text;
  uint32_t gram_at;
  uint32_t source;  // of the set
  RunShm rules;     // postings
};

struct SetShm {
  TextShm name;
  uint8_t phase, evaluation;
  uint16_t needs;         // bits, image.h: NeedBit
  uint32_t first, count;  // rules
  RunShm always;          // words: rules no index decides about; one bit for each rule
  RunShm with_literals;   // words: rules that a literal makes a candidate
  RunShm sources;         // those that are fields of the request's head come last
  uint32_t header_sources;
  RunShm postings, literals;
  TableShm keys, grams, header_names;
  RunShm gram_filter;  // words, a power of two of them or none
};

enum NeedBit : uint16_t {
  need_parameters = 1,
  need_body = 2,
  need_session = 4,
  need_user = 8,
  need_response = 16,
  need_response_body = 32,
};

struct RuleShm {
  enum Flag : uint8_t { two_armed = 1, go_on = 2, shadow = 4 };
  TextShm id, place;
  uint32_t node;                  // where its condition begins
  uint32_t then_skip, else_skip;  // the rule of the set that is next when the arm has a Skip; 0: it has none
  uint8_t flags;
  uint8_t unused[3];
  TextShm then, otherwise;  // actions (action_image.h)
};

// Conditions, in prefix order: `end` is the node after all that belongs to this one.
struct NodeShm {
  enum Op : uint8_t { always, never, all, any, test };
  enum Flag : uint8_t { negated = 1, ignore_case = 2 };
  uint8_t op, field, kind, flags;  // kind: MatchKind
  uint32_t end;
  TextShm name, text;  // exact: the text; glob: its tokens (glob.h); network: the 16 bytes of the address
  uint32_t number;     // of a pattern, time window or list; bits of a network
  uint32_t unused;
  int64_t from, to;
};

struct PatternShm {
  enum Flag : uint32_t { ignore_case = 1, dot_all = 2 };
  TextShm expression;
  uint32_t flags;
};

struct ListShm {
  uint8_t network, ignore_case, path_globs;  // 0 or 1
  uint8_t unused;
  TableShm values, endings;  // endings: of entries like *.example.org, which begin with the dot; runs of entries
  RunShm globs;              // the other entries with wildcards
  RunShm ranges;             // of a list of networks
};

// Of an address: both included, sorted, none touches another.
struct RangeShm {
  uint8_t low[16], high[16];
};

// text: the value, the ending, or the tokens of a glob.
struct EntryShm {
  TextShm text;
};

enum class Section : uint8_t {
  texts,
  sets,
  rules,
  nodes,
  patterns,
  windows,
  lists,
  entries,
  ranges,
  sources,
  slots,
  postings,
  literals,
  words,
  end
};
inline constexpr size_t kSections = static_cast<size_t>(Section::end);

struct ImageHeaderShm {
  char magic[8];
  uint32_t layout;  // of this build
  uint32_t unused;
  uint64_t size;
  uint64_t checksum;  // over all that follows this field
  uint64_t seed;      // of all hashes
  struct Extent {
    uint64_t at, count;
  } sections[kSections];
};

template <class T>
struct SectionOf;
#define NVJ_SECTION(type, section)                     \
  template <>                                          \
  struct SectionOf<type> {                             \
    static constexpr Section value = Section::section; \
  };
NVJ_SECTION(char, texts)
NVJ_SECTION(SetShm, sets)
NVJ_SECTION(RuleShm, rules)
NVJ_SECTION(NodeShm, nodes)
NVJ_SECTION(PatternShm, patterns)
NVJ_SECTION(TextShm, windows)
NVJ_SECTION(ListShm, lists)
NVJ_SECTION(EntryShm, entries)
NVJ_SECTION(RangeShm, ranges)
NVJ_SECTION(SourceShm, sources)
NVJ_SECTION(SlotShm, slots)
NVJ_SECTION(uint32_t, postings)
NVJ_SECTION(LiteralShm, literals)
NVJ_SECTION(uint64_t, words)
#undef NVJ_SECTION

// Looks at an image; never owns it.
class ImageView {
 public:
  ImageView() = default;
  explicit ImageView(std::span<const std::byte> image) : bytes_(image.data()) {}
  const ImageHeaderShm& header() const { return *reinterpret_cast<const ImageHeaderShm*>(bytes_); }
  uint64_t seed() const { return header().seed; }
  template <class T>
  std::span<const T> all() const {
    static_assert(std::is_trivially_copyable_v<T>);
    const auto& extent = header().sections[static_cast<size_t>(SectionOf<T>::value)];
    return {reinterpret_cast<const T*>(bytes_ + extent.at), static_cast<size_t>(extent.count)};
  }
  template <class T>
  std::span<const T> run(RunShm run) const {
    return all<T>().subspan(run.at, run.count);
  }
  std::string_view text(TextShm text) const { return {all<char>().data() + text.at, text.size}; }

  // Null: there is no such key.
  const SlotShm* find(const TableShm& table, uint64_t key) const {
    if (table.size == 0) return nullptr;
    const SlotShm* const slots = all<SlotShm>().data() + table.at;
    const uint32_t mask = table.size - 1;
    for (uint32_t i = static_cast<uint32_t>(key) & mask, left = table.probes; left > 0; i = (i + 1) & mask, left--) {
      if (slots[i].run.count == 0) return nullptr;
      if (slots[i].key == key) return &slots[i];
    }
    return nullptr;
  }

 private:
  const std::byte* bytes_ = nullptr;
};

inline constexpr size_t kImageAlignment = 8;

uint32_t image_layout();
uint64_t image_checksum(std::span<const std::byte> image);
// The error says what is wrong. Ok: all of it may be read.
base::Status<> check_image(std::span<const std::byte> image);

}  // namespace navajo::rules
