/* A module of bad manners, for tests only: what third-party modules do behind Navajo's back.
 *
 *   FaultBlock MS       (Location) the fixups hook sleeps, holding its thread: a stalled reactor
 *   FaultHang on        (Location) the fixups hook waits on a condition nobody signals: a deadlocked reactor
 *   FaultCrash on       (Location) the fixups hook ends its process by SIGSEGV
 *   FaultCrashAtStart on (server)  so does every child as soon as it is there
 *   FaultInput MODE N   (server)   after N bytes a connection filter below TLS, above the socket, answers
 *                                  "empty"  success and no data, for ever
 *                                  "again"  EAGAIN for ever, without asking the socket
 *                                  "spin"   never blocks: each blocking read becomes a non-blocking one
 */
/* configure says these on the command line, httpd's headers say their own. */
#undef PACKAGE_BUGREPORT
#undef PACKAGE_NAME
#undef PACKAGE_STRING
#undef PACKAGE_TARNAME
#undef PACKAGE_URL
#undef PACKAGE_VERSION

#include "httpd.h"
#include "http_config.h"
#include "http_connection.h"
#include "http_core.h"
#include "http_log.h"
#include "http_request.h"
#include "apr_strings.h"
#include "util_filter.h"

#include <pthread.h>
#include <signal.h>

module AP_MODULE_DECLARE_DATA fault_module;
APLOG_USE_MODULE(fault);

typedef struct {
  int block_ms;
  int hang;
  int crash;
} location_config;

typedef enum { INPUT_FINE, INPUT_EMPTY, INPUT_AGAIN, INPUT_SPIN } input_mode;

typedef struct {
  input_mode mode;
  apr_off_t after;
  int crash_at_start;
} server_config;

typedef struct {
  const server_config *config;
  apr_off_t seen;
} input_state;

static ap_filter_rec_t *input_filter_handle;

static void *create_location_config(apr_pool_t *pool, char *path) {
  (void)path;
  return apr_pcalloc(pool, sizeof(location_config));
}

static void *create_server_config(apr_pool_t *pool, server_rec *server) {
  (void)server;
  return apr_pcalloc(pool, sizeof(server_config));
}

static const char *set_block(cmd_parms *cmd, void *config, const char *text) {
  (void)cmd;
  ((location_config *)config)->block_ms = atoi(text);
  return NULL;
}

static const char *set_hang(cmd_parms *cmd, void *config, int on) {
  (void)cmd;
  ((location_config *)config)->hang = on;
  return NULL;
}

static const char *set_crash(cmd_parms *cmd, void *config, int on) {
  (void)cmd;
  ((location_config *)config)->crash = on;
  return NULL;
}

static const char *set_crash_at_start(cmd_parms *cmd, void *config, int on) {
  (void)config;
  ((server_config *)ap_get_module_config(cmd->server->module_config, &fault_module))->crash_at_start = on;
  return NULL;
}

static const char *set_input(cmd_parms *cmd, void *ignored, const char *mode, const char *after) {
  server_config *config = ap_get_module_config(cmd->server->module_config, &fault_module);
  (void)ignored;
  if (!strcmp(mode, "empty")) config->mode = INPUT_EMPTY;
  else if (!strcmp(mode, "again")) config->mode = INPUT_AGAIN;
  else if (!strcmp(mode, "spin")) config->mode = INPUT_SPIN;
  else return "FaultInput: empty, again or spin";
  config->after = apr_atoi64(after);
  return NULL;
}

/* httpd's own handler would write a line and end it by the same signal; the kernel does it without. */
static void crash(void) {
  signal(SIGSEGV, SIG_DFL);
  raise(SIGSEGV);
}

static void child_init(apr_pool_t *pool, server_rec *server) {
  const server_config *config = ap_get_module_config(server->module_config, &fault_module);
  (void)pool;
  if (config->crash_at_start) crash();
}

static int misbehave(request_rec *r) {
  const location_config *config = ap_get_module_config(r->per_dir_config, &fault_module);
  if (config->crash) crash();
  if (config->block_ms) apr_sleep(apr_time_from_msec(config->block_ms));
  if (config->hang) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    pthread_mutex_lock(&mutex);
    for (;;) pthread_cond_wait(&never, &mutex);
  }
  return DECLINED;
}

static apr_status_t faulty_input(ap_filter_t *f, apr_bucket_brigade *out, ap_input_mode_t mode,
                                 apr_read_type_e block, apr_off_t wanted) {
  input_state *state = f->ctx;
  apr_status_t rc;
  apr_off_t length = 0;
  if (mode != AP_MODE_INIT && state->seen >= state->config->after) {
    switch (state->config->mode) {
      case INPUT_EMPTY: return APR_SUCCESS;
      case INPUT_AGAIN: return APR_EAGAIN;
      default: block = APR_NONBLOCK_READ;
    }
  }
  rc = ap_get_brigade(f->next, out, mode, block, wanted);
  if (rc == APR_SUCCESS && mode != AP_MODE_SPECULATIVE && apr_brigade_length(out, 0, &length) == APR_SUCCESS &&
      length > 0) {
    state->seen += length;
  }
  return rc;
}

static int add_input_filter(conn_rec *c, void *socket) {
  const server_config *config = ap_get_module_config(c->base_server->module_config, &fault_module);
  input_state *state;
  (void)socket;
  if (config->mode == INPUT_FINE || c->master || c->outgoing) return DECLINED;
  state = apr_pcalloc(c->pool, sizeof(*state));
  state->config = config;
  ap_add_input_filter_handle(input_filter_handle, state, NULL, c);
  return OK;
}

static void register_hooks(apr_pool_t *pool) {
  (void)pool;
  ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_FIRST);
  ap_hook_fixups(misbehave, NULL, NULL, APR_HOOK_FIRST);
  /* AP_FTYPE_NETWORK - 2: nearer to the network than TLS, farther than Navajo's own filter. */
  input_filter_handle = ap_register_input_filter("FAULT_INPUT", faulty_input, NULL, AP_FTYPE_NETWORK - 2);
  ap_hook_pre_connection(add_input_filter, NULL, NULL, APR_HOOK_MIDDLE);
}

static const command_rec commands[] = {
  AP_INIT_TAKE1("FaultBlock", set_block, NULL, ACCESS_CONF, "milliseconds the fixups hook holds its thread"),
  AP_INIT_FLAG("FaultHang", set_hang, NULL, ACCESS_CONF, "the fixups hook never returns"),
  AP_INIT_FLAG("FaultCrash", set_crash, NULL, ACCESS_CONF, "the fixups hook ends its process"),
  AP_INIT_FLAG("FaultCrashAtStart", set_crash_at_start, NULL, RSRC_CONF, "children end as soon as they begin"),
  AP_INIT_TAKE2("FaultInput", set_input, NULL, RSRC_CONF, "mode, and the number of bytes that pass before"),
  {NULL}
};

module AP_MODULE_DECLARE_DATA fault_module = {
  STANDARD20_MODULE_STUFF, create_location_config, NULL, create_server_config, NULL, commands, register_hooks,
#if defined(AP_MODULE_FLAG_NONE)
  AP_MODULE_FLAG_NONE
#endif
};
