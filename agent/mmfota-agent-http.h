/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Requests to untrusted servers: no redirects, no logins, no decompression; size and duration of an
 * answer are limited. Nothing blocks.
 */

#ifndef MMFOTA_AGENT_HTTP_H
#define MMFOTA_AGENT_HTTP_H

#include <libsoup/soup.h>

typedef struct _MmfotaAgentHttp MmfotaAgentHttp;

/* PEM files; NULL or empty: none. The certificates are read here: errors name the file. */
typedef struct {
    /* Instead of the system's */
    const gchar *ca;
    /* Ours, for servers that ask for one */
    const gchar *certificate;
    const gchar *key;
    /* Accept any certificate: for labs */
    gboolean     unverified;
} MmfotaAgentHttpTls;

MmfotaAgentHttp *mmfota_agent_http_new          (const MmfotaAgentHttpTls *tls,
                                                 GError                  **error);
/* Cancels the requests under way */
void             mmfota_agent_http_free         (MmfotaAgentHttp          *self);

/* @max: longest body in bytes, else G_IO_ERROR_MESSAGE_TOO_LARGE; @seconds: for the whole
 * answer, else G_IO_ERROR_TIMED_OUT */
void             mmfota_agent_http_send         (MmfotaAgentHttp          *self,
                                                 SoupMessage              *message,
                                                 gsize                     max,
                                                 guint                     seconds,
                                                 GCancellable             *cancellable,
                                                 GAsyncReadyCallback       callback,
                                                 gpointer                  user_data);
/* The body, whatever the status, which is in the message */
GBytes          *mmfota_agent_http_send_finish  (MmfotaAgentHttp          *self,
                                                 GAsyncResult             *result,
                                                 GError                  **error);

/* Seconds from now, a day at most; 0 without the header */
guint            mmfota_agent_http_retry_after  (SoupMessage              *message);
/* "@scheme TOKEN" with the token from a file; wipe it after use. Over http, tokens are sent to
 * this host only. Errors name the file. */
gchar           *mmfota_agent_http_authorization (const gchar             *scheme,
                                                 const gchar              *path,
                                                 GUri                     *uri,
                                                 GError                  **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentHttp, mmfota_agent_http_free)

#endif /* MMFOTA_AGENT_HTTP_H */
