#include "modules/mod_navajo/apr_headers.h"

#include <strings.h>

namespace navajo::glue {
namespace {

const apr_table_entry_t* entries(const apr_table_t* table, int& count) {
  const apr_array_header_t* array = apr_table_elts(table);
  count = array->nelts;
  return reinterpret_cast<const apr_table_entry_t*>(array->elts);
}

// Without its length: a table is looked through more often than a name in it is the one that is wanted.
bool is_called(const char* key, std::string_view name) {
  return !name.empty() && base::lower(key[0]) == base::lower(name[0]) &&
         strncasecmp(key, name.data(), name.size()) == 0 && key[name.size()] == 0;
}

// The first entry of that name, or null.
const apr_table_entry_t* find(const apr_table_t* table, std::string_view name) {
  int count;
  const apr_table_entry_t* entry = entries(table, count);
  for (int i = 0; i < count; i++)
    if (entry[i].key && is_called(entry[i].key, name)) return &entry[i];
  return nullptr;
}

}  // namespace

bool AprHeaders::is_content_type(std::string_view name) const {
  return of_response_ && name.size() == 12 && http::same_name(name, "Content-Type");
}

std::optional<std::string_view> AprHeaders::get(std::string_view name) const {
  if (is_content_type(name)) {
    if (request_->content_type) return request_->content_type;
    return std::nullopt;
  }
  const apr_table_entry_t* entry = find(table_, name);
  return entry ? std::optional<std::string_view>(entry->val) : std::nullopt;
}

void AprHeaders::set(std::string_view name, std::string_view value) {
  const char* text = apr_pstrmemdup(request_->pool, value.data(), value.size());
  if (is_content_type(name)) return ap_set_content_type(request_, text);
  apr_table_setn(table_, apr_pstrmemdup(request_->pool, name.data(), name.size()), text);
}

void AprHeaders::add(std::string_view name, std::string_view value) {
  if (is_content_type(name)) return set(name, value);
  apr_table_addn(table_, apr_pstrmemdup(request_->pool, name.data(), name.size()),
                 apr_pstrmemdup(request_->pool, value.data(), value.size()));
}

void AprHeaders::remove(std::string_view name) {
  if (is_content_type(name)) {
    request_->content_type = nullptr;
    return;
  }
  if (!find(table_, name)) return;
  apr_table_unset(table_, apr_pstrmemdup(request_->pool, name.data(), name.size()));
}

void AprHeaders::for_each(Visitor visit) const {
  const bool has_type = of_response_ && request_->content_type;
  if (has_type && !visit("Content-Type", request_->content_type)) return;
  int count;
  const apr_table_entry_t* entry = entries(table_, count);
  for (int i = 0; i < count; i++)
    // httpd puts the type into the table as well once the head is out.
    if (entry[i].key && !(has_type && is_called(entry[i].key, "Content-Type")) &&
        !visit(entry[i].key, entry[i].val))
      return;
}

}  // namespace navajo::glue
