#include "modules/mod_navajo/trailers.h"

#include <cstring>

namespace navajo::glue {
namespace {

// Below CHUNK (AP_FTYPE_TRANSCODE), above the connection's filters.
constexpr auto kBelowChunk = static_cast<ap_filter_type>(AP_FTYPE_TRANSCODE + 1);
constexpr char kLastChunk[] = "0\r\n\r\n";
constexpr apr_size_t kLastChunkSize = sizeof kLastChunk - 1;

ap_filter_rec_t* g_filter;

// Of a chunked response the bucket in front of its end can only be the last chunk.
bool is_last_chunk(apr_bucket* b) {
  const char* text;
  apr_size_t length;
  return !APR_BUCKET_IS_METADATA(b) && b->length == kLastChunkSize &&
         apr_bucket_read(b, &text, &length, APR_BLOCK_READ) == APR_SUCCESS && length == kLastChunkSize &&
         memcmp(text, kLastChunk, length) == 0;
}

apr_status_t on_output(ap_filter_t* filter, apr_bucket_brigade* brigade) {
  request_rec* r = filter->r;
  for (apr_bucket* b = APR_BRIGADE_FIRST(brigade); b != APR_BRIGADE_SENTINEL(brigade); b = APR_BUCKET_NEXT(b)) {
    if (!APR_BUCKET_IS_EOS(b)) continue;
    apr_bucket* last = APR_BUCKET_PREV(b);
    if (r->chunked && last != APR_BRIGADE_SENTINEL(brigade) && is_last_chunk(last)) {
      char* text = apr_pstrdup(r->pool, "0\r\n");
      const apr_array_header_t* fields = apr_table_elts(r->trailers_out);
      const auto* field = reinterpret_cast<const apr_table_entry_t*>(fields->elts);
      for (int i = 0; i < fields->nelts; i++)
        text = apr_pstrcat(r->pool, text, field[i].key, ": ", field[i].val, "\r\n", nullptr);
      text = apr_pstrcat(r->pool, text, "\r\n", nullptr);
      APR_BUCKET_INSERT_BEFORE(last, apr_bucket_pool_create(text, strlen(text), r->pool, brigade->bucket_alloc));
      apr_bucket_delete(last);
    }
    ap_remove_output_filter(filter);
    break;
  }
  return ap_pass_brigade(filter->next, brigade);
}

}  // namespace

void register_trailer_filter() {
  g_filter = ap_register_output_filter("NAVAJO_TRAILERS", on_output, nullptr, kBelowChunk);
}

void send_trailers(request_rec* r) {
  if (r->connection->master || apr_is_empty_table(r->trailers_out)) return;
  ap_add_output_filter_handle(g_filter, nullptr, r, r->connection);
}

}  // namespace navajo::glue
