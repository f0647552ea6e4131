// The vocabulary of rules: what conditions test, keys are made of and ${variables} stand for. One table (fields.def)
// serves expressions, rules.xml, variables, keys, the reference and every implementation of Facts. Immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace navajo::rules {

enum class Field : uint8_t {
#define NVJ_FIELD(enumerator, word, shape, kind, from, doc) enumerator,
#include "navajo/rules/fields.def"
#undef NVJ_FIELD
};

enum class Shape : uint8_t { single, named };
enum class FieldKind : uint8_t { text, number, address, time };
enum class From : uint8_t { request, body, response, content, end };  // earliest first

struct FieldRow {
  Field field;
  const char* word;
  Shape shape;
  FieldKind kind;
  From from;
  const char* doc;
};

inline constexpr FieldRow kFields[] = {
#define NVJ_FIELD(enumerator, word, shape, kind, from, doc) \
  {Field::enumerator, word, Shape::shape, FieldKind::kind, From::from, doc},
#include "navajo/rules/fields.def"
#undef NVJ_FIELD
};
inline constexpr size_t kFieldCount = std::size(kFields);

inline constexpr const FieldRow& row_of(Field field) { return kFields[static_cast<size_t>(field)]; }

inline constexpr const FieldRow* find_field(std::string_view word) {
  for (const FieldRow& row : kFields)
    if (word == row.word) return &row;
  return nullptr;
}

}  // namespace navajo::rules
