/* SPDX-License-Identifier: MIT */
/* api_https.c - the certificate of the HTTPS server: what it says, and another one. The key can be
 * set, but never read. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "http/api.h"
#include "http/body.h"
#include "http/tls_identity.h"
#include "panel/panel.h"
#include "settings/certificate.h"
#include "settings/field_error.h"

void api_https_get(struct api *api, struct request *request)
{
    const char *pem = panel_settings(api->panel)->https_certificate_pem;
    struct certificate_info info;
    json_t *object;

    if (!*pem || certificate_describe(pem, &info))
        object =
            json_pack("{s:n,s:n,s:n,s:n}", "fingerprint", "subject", "not_after", "self_signed");
    else
        object = json_pack("{s:s,s:s,s:I,s:b}", "fingerprint", info.fingerprint, "subject",
                           info.subject, "not_after", (json_int_t)info.not_after_s, "self_signed",
                           info.is_self_signed);
    request_answer_object(request, 200, object);
}

/* What OpenSSL finds good the server's own library may still not take. */
static int check(const char *certificate, const char *key, struct field_error *ret_error)
{
    struct tls_identity *identity = NULL;
    bool is_key;
    const char *wrong = certificate_check_pair(certificate, key, &is_key);
    int err = 0;

    if (!wrong) {
        is_key = false;
        err = tls_identity_new(certificate, key, &identity);
        wrong = err == EINVAL ? "cannot be used by the server" : NULL;
        tls_identity_free(identity);
    }
    if (!wrong)
        return err;
    field_error_value(ret_error, is_key ? "key_pem" : "certificate_pem", wrong);
    return EINVAL;
}

static int read_identity(const json_t *root, struct settings *settings,
                         struct field_error *ret_error)
{
    const char *certificate = NULL, *key = NULL;
    int err;

    if (!body_text(root, "certificate_pem", CERTIFICATE_PEM_MAX_LEN, &certificate, ret_error) ||
        !body_text(root, "key_pem", KEY_PEM_MAX_LEN, &key, ret_error))
        return EINVAL;
    err = check(certificate, key, ret_error);
    if (err)
        return err;
    explicit_bzero(settings->https_key_pem, sizeof(settings->https_key_pem));
    memcpy(settings->https_certificate_pem, certificate, strlen(certificate) + 1);
    memcpy(settings->https_key_pem, key, strlen(key) + 1);
    return 0;
}

static int edit_identity(struct settings *settings, struct request *request,
                         struct field_error *ret_error)
{
    json_t *root = NULL;
    int err = body_read(request, &root, ret_error);

    if (!err)
        err = read_identity(root, settings, ret_error);
    json_decref(root);
    return err;
}

static void renew(struct api *api)
{
    if (api->renew_identity)
        api->renew_identity(api->renew_arg);
}

void api_https_put(struct api *api, struct request *request)
{
    api_change_then(api, request, edit_identity, renew);
}
