// Header fields on an apr_table. Of a response, Content-Type goes through httpd (filters are chosen by it).
#pragma once

#include "modules/mod_navajo/navajo_httpd.h"
#include "navajo/http/headers.h"

namespace navajo::glue {

class AprHeaders final : public http::Headers {
 public:
  AprHeaders(apr_table_t*& table, request_rec* request, bool of_response)
      : table_(table), request_(request), of_response_(of_response) {}

  std::optional<std::string_view> get(std::string_view name) const override;
  void set(std::string_view name, std::string_view value) override;
  void add(std::string_view name, std::string_view value) override;
  void remove(std::string_view name) override;
  void for_each(Visitor visit) const override;

 private:
  bool is_content_type(std::string_view name) const;
  apr_table_t*& table_;  // httpd may put another table in its place
  request_rec* request_;
  bool of_response_;
};

}  // namespace navajo::glue
