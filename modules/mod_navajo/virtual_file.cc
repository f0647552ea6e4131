#include "modules/mod_navajo/virtual_file.h"

#include <cstring>

namespace navajo::glue {
namespace {

struct Source {
  const std::vector<config::DirectiveLine>* lines;
  size_t next = 0;
  ap_configfile_t* self = nullptr;
  ap_configfile_t** reading = nullptr;  // the parser's place for the current file
  ap_configfile_t* outer = nullptr;
};

apr_status_t get_line(void* buffer, apr_size_t size, void* parameter) {
  auto& source = *static_cast<Source*>(parameter);
  if (source.next == source.lines->size()) {
    // Back to the outer file. The parser goes on with the line it gets from here, so it must come from there.
    *source.reading = source.outer;
    return source.outer ? ap_cfg_getline(static_cast<char*>(buffer), size, source.outer) : APR_EOF;
  }
  const config::DirectiveLine& line = (*source.lines)[source.next++];
  if (line.text.size() >= size) return APR_ENOSPC;
  memcpy(buffer, line.text.c_str(), line.text.size() + 1);
  source.self->name = line.where.file.c_str();
  // httpd counts only lines that end with a newline, and ours have none.
  source.self->line_number = line.where.line;
  return APR_SUCCESS;
}

apr_status_t get_char(char*, void*) { return APR_EOF; }
apr_status_t close_file(void*) { return APR_SUCCESS; }

}  // namespace

void read_virtual_file(cmd_parms* cmd, const std::vector<config::DirectiveLine>& lines) {
  if (lines.empty()) return;
  auto* source = new (apr_palloc(cmd->pool, sizeof(Source))) Source;
  source->lines = &lines;
  source->reading = &cmd->config_file;
  source->outer = cmd->config_file;
  const char* name = lines.front().where.file.c_str();
  source->self = ap_pcfg_open_custom(cmd->pool, name, source, get_char, get_line, close_file);
  cmd->config_file = source->self;
}

}  // namespace navajo::glue
