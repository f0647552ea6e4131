// Makes the index of one set: which rules are candidates for which values. Used while rules are compiled.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "navajo/rules/anchors.h"
#include "navajo/rules/image_writer.h"

namespace navajo::rules {

class IndexWriter {
 public:
  IndexWriter(ImageWriter& image, uint32_t rules);
  // Of the next rule of the set. None: it is always a candidate.
  void add(const std::optional<Anchor>& anchor);
  // After the last rule.
  void write(SetShm& into);

 private:
  // Fields of the request's head last, the others in the order of the table; names of theirs without case.
  using SourceId = std::tuple<bool, Field, std::string>;
  struct Source {
    uint32_t uses = 0;
    std::vector<uint32_t> presence;
    std::array<uint64_t, 3> prefixes{};
  };
  struct Literal {
    std::string text;
    uint32_t source;
    size_t gram_at = 0;
    std::vector<uint32_t> rules;
  };

  static SourceId id_of(const AnchorKey& key);
  void number_sources();
  RunShm posting(const std::vector<uint32_t>& rules);
  uint64_t hashed(const AnchorKey& key, uint32_t source) const;
  void write_keys(SetShm& into);
  void write_literals(SetShm& into);
  void write_sources(SetShm& into);

  ImageWriter& image_;
  uint32_t count_, next_ = 0;
  std::vector<uint64_t> always_, with_literals_;
  std::vector<std::pair<AnchorKey, uint32_t>> keys_;  // and the rule
  std::map<SourceId, Source> sources_;
  std::map<SourceId, uint32_t> numbers_;
  std::vector<uint32_t> postings_;
};

}  // namespace navajo::rules
