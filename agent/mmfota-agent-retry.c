/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-agent-retry.h"

#include "mm-tdtech-fota-enums.h"

/* Seconds: the shortest wait, and the shortest one for what somebody has to repair first */
#define WAIT_MIN   30
#define SERVER_MIN 3600

/* Seconds: the limits of the delay until a server is tried again */
#define DELAY_FIRST 5
#define DELAY_MAX   (60 * 60)

#define FOTA(name) MM_TDTECH_FOTA_DBUS_ERROR_PREFIX name
#define CORE(name) "org.freedesktop.ModemManager1.Error.Core." name

/* A row with codes applies to these only, and precedes the one without. 52: a file could not be
 * obtained during the download; 108 to 112: the package does not fit the module or is not signed
 * for it (guide, FOTA result codes). */
static const struct {
    const gchar      *name;
    guint             first_code;
    guint             last_code;
    MmfotaAgentClass  class;
} classes[] = {
    { FOTA ("ServerUnreachable"), 0, 0, MMFOTA_AGENT_CLASS_TRANSIENT },
    { FOTA ("FilesUnavailable"), 0, 0, MMFOTA_AGENT_CLASS_SERVER },
    { FOTA ("QueryFailed"), 0, 0, MMFOTA_AGENT_CLASS_TRANSIENT },
    { FOTA ("SilentlyEnded"), 0, 0, MMFOTA_AGENT_CLASS_TRANSIENT },
    { FOTA ("DownloadFailed"), 52, 52, MMFOTA_AGENT_CLASS_SERVER },
    { FOTA ("DownloadFailed"), 0, 0, MMFOTA_AGENT_CLASS_TRANSIENT },
    { FOTA ("DownloadSuspended"), 0, 0, MMFOTA_AGENT_CLASS_TRANSIENT },
    { FOTA ("OtherVersionOffered"), 0, 0, MMFOTA_AGENT_CLASS_OTHER },
    { FOTA ("ConditionsNotMet"), 0, 0, MMFOTA_AGENT_CLASS_CONDITION },
    { FOTA ("Refused"), 0, 0, MMFOTA_AGENT_CLASS_TRANSIENT },
    { FOTA ("UpgradeFailed"), 108, 112, MMFOTA_AGENT_CLASS_FOR_GOOD },
    { FOTA ("UpgradeFailed"), 0, 0, MMFOTA_AGENT_CLASS_TRANSIENT },
    { FOTA ("VersionUnchanged"), 0, 0, MMFOTA_AGENT_CLASS_FOR_GOOD },
    { FOTA ("OtherVersionInstalled"), 0, 0, MMFOTA_AGENT_CLASS_FOR_GOOD },
    { FOTA ("DeviceLost"), 0, 0, MMFOTA_AGENT_CLASS_AWAY },
    { MMFOTA_AGENT_ERROR_SIGNATURE, 0, 0, MMFOTA_AGENT_CLASS_FOR_GOOD },
    { CORE ("InvalidArgs"), 0, 0, MMFOTA_AGENT_CLASS_SERVER },
    { CORE ("Unauthorized"), 0, 0, MMFOTA_AGENT_CLASS_SERVER },
    { CORE ("WrongState"), 0, 0, MMFOTA_AGENT_CLASS_TRANSIENT },
    { CORE ("InProgress"), 0, 0, MMFOTA_AGENT_CLASS_CONDITION },
    { CORE ("Retry"), 0, 0, MMFOTA_AGENT_CLASS_CONDITION },
    { CORE ("Timeout"), 0, 0, MMFOTA_AGENT_CLASS_TRANSIENT },
    { CORE ("Aborted"), 0, 0, MMFOTA_AGENT_CLASS_TRANSIENT },
    { CORE ("Cancelled"), 0, 0, MMFOTA_AGENT_CLASS_PERSON },
    { CORE ("Failed"), 0, 0, MMFOTA_AGENT_CLASS_TRANSIENT },
};

MmfotaAgentClass
mmfota_agent_retry_classify (const gchar *name,
                             guint        code)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS (classes); i++) {
        if (g_strcmp0 (classes[i].name, name) == 0 &&
            (!classes[i].last_code || (code >= classes[i].first_code && code <= classes[i].last_code)))
            return classes[i].class;
    }
    return MMFOTA_AGENT_CLASS_TRANSIENT;
}

guint32
mmfota_agent_retry_wait (const MmfotaAgentBackoff *backoff,
                         guint32                   attempts,
                         MmfotaAgentClass          class,
                         guint32                   random)
{
    guint64 wait = backoff->first;
    guint32 min = class == MMFOTA_AGENT_CLASS_SERVER ? SERVER_MIN : WAIT_MIN;
    guint32 i;

    for (i = 1; i < attempts && wait < backoff->max; i++) {
        wait *= backoff->factor;
        if (backoff->factor == 1)
            break;
    }
    wait = MIN (wait, backoff->max);
    return min + (guint32) (wait > min ? random % (wait - min + 1) : 0);
}

guint
mmfota_agent_retry_delay (guint failures)
{
    guint limit = MIN (DELAY_FIRST << MIN (failures, 10), DELAY_MAX);

    return (guint) g_random_int_range (1, (gint32) limit + 1);
}
