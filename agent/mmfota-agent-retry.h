/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_AGENT_RETRY_H
#define MMFOTA_AGENT_RETRY_H

#include "mmfota-agent-settings.h"

/* What an error means for the next attempt. */
typedef enum {
    MMFOTA_AGENT_CLASS_TRANSIENT, /* may work next time */
    MMFOTA_AGENT_CLASS_CONDITION, /* blocked for now; does not count as a failed attempt */
    MMFOTA_AGENT_CLASS_SERVER,    /* somebody has to repair the server or the host */
    MMFOTA_AGENT_CLASS_OTHER,     /* another version is offered: check again */
    MMFOTA_AGENT_CLASS_FOR_GOOD,  /* never again this version */
    MMFOTA_AGENT_CLASS_PERSON,    /* somebody stopped it */
    MMFOTA_AGENT_CLASS_AWAY,      /* no result yet */
} MmfotaAgentClass;

/* The agent's own error for a release whose signature is not accepted */
#define MMFOTA_AGENT_ERROR_SIGNATURE "com.td_tech.FotaAgent1.Error.SignatureRefused"

/* @name: a D-Bus error name; @code: "module-code" of the Result, 0 if none. */
MmfotaAgentClass mmfota_agent_retry_classify (const gchar               *name,
                                              guint                      code);

/* Seconds until the next attempt, after that many failures in a row. Random, up to the whole
 * wait (@random: any number), so that a fleet does not come back all at once. */
guint32          mmfota_agent_retry_wait     (const MmfotaAgentBackoff  *backoff,
                                              guint32                    attempts,
                                              MmfotaAgentClass           class,
                                              guint32                    random);

/* Seconds until a server that did not answer is tried again, after that many failures in a row:
 * random, up to a limit that doubles */
guint            mmfota_agent_retry_delay    (guint                      failures);

#endif /* MMFOTA_AGENT_RETRY_H */
