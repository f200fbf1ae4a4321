/* SPDX-License-Identifier: MIT */
#include "http/gnutls_late.h"

#include <stdbool.h>
#include <stdlib.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "base/late.h"
#include "base/log.h"

/* Called so from GnuTLS 3.4 on; it has all of the functions below from 3.6.3 on (2018). */
static const char library[] = "libgnutls.so.30";

/* What the HTTP library and this folder call: VALUE returns something, VOID nothing. The compiler
 * compares each line with the prototype in GnuTLS's own header. */
#define FUNCTIONS(VALUE, VOID)                                                                     \
    VALUE(int, gnutls_alpn_set_protocols,                                                          \
          (gnutls_session_t a, const gnutls_datum_t *b, unsigned c, unsigned d), (a, b, c, d))     \
    VALUE(int, gnutls_bye, (gnutls_session_t a, gnutls_close_request_t b), (a, b))                 \
    VALUE(int, gnutls_certificate_allocate_credentials, (gnutls_certificate_credentials_t * a),    \
          (a))                                                                                     \
    VOID(gnutls_certificate_free_credentials, (gnutls_certificate_credentials_t a), (a))           \
    VOID(gnutls_certificate_server_set_request,                                                    \
         (gnutls_session_t a, gnutls_certificate_request_t b), (a, b))                             \
    VOID(gnutls_certificate_set_dh_params,                                                         \
         (gnutls_certificate_credentials_t a, gnutls_dh_params_t b), (a, b))                       \
    VOID(gnutls_certificate_set_retrieve_function2,                                                \
         (gnutls_certificate_credentials_t a, gnutls_certificate_retrieve_function2 * b), (a, b))  \
    VOID(gnutls_certificate_set_retrieve_function3,                                                \
         (gnutls_certificate_credentials_t a, gnutls_certificate_retrieve_function3 * b), (a, b))  \
    VALUE(int, gnutls_certificate_set_x509_key_mem,                                                \
          (gnutls_certificate_credentials_t a, const gnutls_datum_t *b, const gnutls_datum_t *c,   \
           gnutls_x509_crt_fmt_t d),                                                               \
          (a, b, c, d))                                                                            \
    VALUE(int, gnutls_certificate_set_x509_key_mem2,                                               \
          (gnutls_certificate_credentials_t a, const gnutls_datum_t *b, const gnutls_datum_t *c,   \
           gnutls_x509_crt_fmt_t d, const char *e, unsigned f),                                    \
          (a, b, c, d, e, f))                                                                      \
    VALUE(int, gnutls_certificate_set_x509_trust_mem,                                              \
          (gnutls_certificate_credentials_t a, const gnutls_datum_t *b, gnutls_x509_crt_fmt_t c),  \
          (a, b, c))                                                                               \
    VALUE(gnutls_cipher_algorithm_t, gnutls_cipher_get, (gnutls_session_t a), (a))                 \
    VALUE(int, gnutls_credentials_set, (gnutls_session_t a, gnutls_credentials_type_t b, void *c), \
          (a, b, c))                                                                               \
    VOID(gnutls_deinit, (gnutls_session_t a), (a))                                                 \
    VOID(gnutls_dh_params_deinit, (gnutls_dh_params_t a), (a))                                     \
    VALUE(int, gnutls_dh_params_import_pkcs3,                                                      \
          (gnutls_dh_params_t a, const gnutls_datum_t *b, gnutls_x509_crt_fmt_t c), (a, b, c))     \
    VALUE(int, gnutls_dh_params_init, (gnutls_dh_params_t * a), (a))                               \
    VALUE(int, gnutls_handshake, (gnutls_session_t a), (a))                                        \
    VALUE(int, gnutls_init, (gnutls_session_t * a, unsigned b), (a, b))                            \
    VOID(gnutls_pcert_deinit, (gnutls_pcert_st * a), (a))                                          \
    VALUE(int, gnutls_pcert_list_import_x509_raw,                                                  \
          (gnutls_pcert_st * a, unsigned *b, const gnutls_datum_t *c, gnutls_x509_crt_fmt_t d,     \
           unsigned e),                                                                            \
          (a, b, c, d, e))                                                                         \
    VOID(gnutls_priority_deinit, (gnutls_priority_t a), (a))                                       \
    VALUE(int, gnutls_priority_init, (gnutls_priority_t * a, const char *b, const char **c),       \
          (a, b, c))                                                                               \
    VALUE(int, gnutls_priority_init2,                                                              \
          (gnutls_priority_t * a, const char *b, const char **c, unsigned d), (a, b, c, d))        \
    VALUE(int, gnutls_priority_set, (gnutls_session_t a, gnutls_priority_t b), (a, b))             \
    VOID(gnutls_privkey_deinit, (gnutls_privkey_t a), (a))                                         \
    VALUE(int, gnutls_privkey_import_x509_raw,                                                     \
          (gnutls_privkey_t a, const gnutls_datum_t *b, gnutls_x509_crt_fmt_t c, const char *d,    \
           unsigned e),                                                                            \
          (a, b, c, d, e))                                                                         \
    VALUE(int, gnutls_privkey_init, (gnutls_privkey_t * a), (a))                                   \
    VALUE(gnutls_protocol_t, gnutls_protocol_get_version, (gnutls_session_t a), (a))               \
    VALUE(int, gnutls_psk_allocate_server_credentials, (gnutls_psk_server_credentials_t * a), (a)) \
    VOID(gnutls_psk_free_server_credentials, (gnutls_psk_server_credentials_t a), (a))             \
    VOID(gnutls_psk_set_server_credentials_function,                                               \
         (gnutls_psk_server_credentials_t a, gnutls_psk_server_credentials_function * b), (a, b))  \
    VALUE(size_t, gnutls_record_check_pending, (gnutls_session_t a), (a))                          \
    VALUE(int, gnutls_record_get_direction, (gnutls_session_t a), (a))                             \
    VALUE(ssize_t, gnutls_record_recv, (gnutls_session_t a, void *b, size_t c), (a, b, c))         \
    VALUE(ssize_t, gnutls_record_send, (gnutls_session_t a, const void *b, size_t c), (a, b, c))   \
    VALUE(void *, gnutls_session_get_ptr, (gnutls_session_t a), (a))                               \
    VOID(gnutls_session_set_ptr, (gnutls_session_t a, void *b), (a, b))                            \
    VALUE(const char *, gnutls_strerror, (int a), (a))                                             \
    VOID(gnutls_transport_set_int2, (gnutls_session_t a, int b, int c), (a, b, c))

/* GnuTLS's own, once it is loaded. */
#define MEMBER_VALUE(type, name, parameters, arguments) __typeof__(&name) name;
#define MEMBER_VOID(name, parameters, arguments) __typeof__(&name) name;
static struct {
    FUNCTIONS(MEMBER_VALUE, MEMBER_VOID)
} loaded;

#define ROW_VALUE(type, name, parameters, arguments) {#name, &loaded.name},
#define ROW_VOID(name, parameters, arguments) {#name, &loaded.name},
static const struct late_function functions[] = {FUNCTIONS(ROW_VALUE, ROW_VOID)};

#define DEFINE_VALUE(type, name, parameters, arguments)                                            \
    type name parameters                                                                           \
    {                                                                                              \
        return loaded.name arguments;                                                              \
    }
#define DEFINE_VOID(name, parameters, arguments)                                                   \
    void name parameters                                                                           \
    {                                                                                              \
        loaded.name arguments;                                                                     \
    }
FUNCTIONS(DEFINE_VALUE, DEFINE_VOID)

/* The HTTP library calls these at the start and end of the program, with and without TLS. */
int gnutls_global_init(void)
{
    return 0;
}

void gnutls_global_deinit(void)
{
}

/* It would take a pre-shared key's memory by this, if it had one; GnuTLS frees it by free. */
gnutls_alloc_function gnutls_malloc = malloc;

int gnutls_late_load(void)
{
    static bool is_loaded;
    char problem[LATE_PROBLEM_SIZE];
    int err;

    if (is_loaded)
        return 0;
    err = late_load(library, functions, sizeof(functions) / sizeof(functions[0]), problem);
    if (err)
        log_error("https: GnuTLS cannot be loaded: %s", problem);
    is_loaded = !err;
    return err;
}
