/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * A web server that takes CloudEvents, one as an object and several as a list.
 *
 * 2xx: taken. 3xx, 408, 425, 429, 5xx, no answer: again later, when Retry-After says if it
 * does. 401, 403, 407, 421: later too, since it is not the event that is to blame. Others
 * of 400 and more: refused.
 */

#ifndef MMFOTA_AGENT_SINK_HTTP_H
#define MMFOTA_AGENT_SINK_HTTP_H

#include "mmfota-agent-http.h"
#include "mmfota-agent-sink.h"

typedef struct {
    /* http or https */
    const gchar        *url;
    /* File with a bearer token; NULL or empty: none */
    const gchar        *token_file;
    MmfotaAgentHttpTls  tls;
} MmfotaAgentSinkHttpOptions;

/* Errors name the file or the value. Over http, a token is sent to this host only. */
MmfotaAgentSink *mmfota_agent_sink_http_new (const MmfotaAgentSinkHttpOptions *options,
                                             GError                          **error);

#endif /* MMFOTA_AGENT_SINK_HTTP_H */
