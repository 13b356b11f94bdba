/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Requests to servers that nobody trusts: no redirect is followed, nobody is logged in to,
 * nothing is unpacked, no answer is longer and none takes longer than was allowed. Nothing
 * blocks.
 */

#ifndef MMFOTA_AGENT_HTTP_H
#define MMFOTA_AGENT_HTTP_H

#include <libsoup/soup.h>

typedef struct _MmfotaAgentHttp MmfotaAgentHttp;

/* PEM files; NULL or empty: none. The certificates are read now: errors name the file. */
typedef struct {
    /* Else those of the system */
    const gchar *ca;
    /* Ours, for servers that ask for one */
    const gchar *certificate;
    const gchar *key;
    /* Any certificate is good: for labs */
    gboolean     unverified;
} MmfotaAgentHttpTls;

MmfotaAgentHttp *mmfota_agent_http_new          (const MmfotaAgentHttpTls *tls,
                                                 GError                  **error);
/* What is under way is cancelled */
void             mmfota_agent_http_free         (MmfotaAgentHttp          *self);

/* @max: bytes of the answer's body, more is G_IO_ERROR_MESSAGE_TOO_LARGE; @seconds: for all
 * of it, longer is G_IO_ERROR_TIMED_OUT */
void             mmfota_agent_http_send         (MmfotaAgentHttp          *self,
                                                 SoupMessage              *message,
                                                 gsize                     max,
                                                 guint                     seconds,
                                                 GCancellable             *cancellable,
                                                 GAsyncReadyCallback       callback,
                                                 gpointer                  user_data);
/* The body, of any status: that one is the message's */
GBytes          *mmfota_agent_http_send_finish  (MmfotaAgentHttp          *self,
                                                 GAsyncResult             *result,
                                                 GError                  **error);

/* Seconds from now, a day at most; 0 if the answer says nothing of it */
guint            mmfota_agent_http_retry_after  (SoupMessage              *message);
/* "@scheme TOKEN", with the token out of a file, to be wiped after use. It does not go over
 * http, but to this host. Errors name the file. */
gchar           *mmfota_agent_http_authorization (const gchar             *scheme,
                                                 const gchar              *path,
                                                 GUri                     *uri,
                                                 GError                  **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaAgentHttp, mmfota_agent_http_free)

#endif /* MMFOTA_AGENT_HTTP_H */
