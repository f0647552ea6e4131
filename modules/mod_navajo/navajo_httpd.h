// httpd's and APR's headers, in the one way that works from C++: inside extern "C". Only modules/ may include it.
#pragma once

extern "C" {
#include "httpd.h"

#include "ap_listen.h"
#include "ap_mpm.h"
#include "apr_buckets.h"
#include "apr_hash.h"
#include "apr_lib.h"
#include "apr_network_io.h"
#include "apr_optional.h"
#include "apr_portable.h"
#include "apr_strings.h"
#include "apr_tables.h"
#include "apr_thread_mutex.h"
#include "apr_thread_proc.h"
#include "http_config.h"
#include "http_connection.h"
#include "http_core.h"
#include "http_log.h"
#include "http_main.h"
#include "http_protocol.h"
#include "http_request.h"
#include "http_ssl.h"
#include "http_vhost.h"
#include "mpm_common.h"
#include "scoreboard.h"
#include "util_filter.h"

extern module AP_MODULE_DECLARE_DATA navajo_module;
APLOG_USE_MODULE(navajo);
}
