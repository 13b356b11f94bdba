/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_REASON_H
#define MMFOTA_REASON_H

#include <glib.h>

/* Why mmfota-agent does with a module what it does: "reason" and "reason-name" of the property Modems
 * of com.td_tech.FotaAgent1. Names are contract: append only. */
typedef enum {
    MMFOTA_REASON_NONE,
    MMFOTA_REASON_SAME_IMEI,
    MMFOTA_REASON_AWAY_UPGRADING,
    MMFOTA_REASON_ABSENT,
    MMFOTA_REASON_CHECKING,
    MMFOTA_REASON_DOWNLOADING,
    MMFOTA_REASON_RESUMING,
    MMFOTA_REASON_UPGRADING,
    MMFOTA_REASON_NO_SERVER,
    MMFOTA_REASON_STATE_UNKNOWN,
    MMFOTA_REASON_IN_USE,
    MMFOTA_REASON_NOT_OURS,
    MMFOTA_REASON_PARKED,
    MMFOTA_REASON_NOT_DISCARDED,
    MMFOTA_REASON_NOT_REGISTERED,
    MMFOTA_REASON_ROAMING,
    MMFOTA_REASON_CHECK_FAILED,
    MMFOTA_REASON_NOTHING_NEWER,
    MMFOTA_REASON_OTHER_VERSION,
    MMFOTA_REASON_UPGRADE_OFF,
    MMFOTA_REASON_CONFIRMING,
    MMFOTA_REASON_PUT_OFF,
    MMFOTA_REASON_QUIET_HOURS,
    MMFOTA_REASON_ASKING_UPGRADE,
    MMFOTA_REASON_DOWNLOAD_HELD,
    MMFOTA_REASON_SERVER_WINDOW,
    MMFOTA_REASON_UPGRADE_HELD,
    MMFOTA_REASON_GIVEN_UP,
    MMFOTA_REASON_SKIPPED,
    MMFOTA_REASON_NOT_NEWER,
    MMFOTA_REASON_PAUSED,
    MMFOTA_REASON_DOWNLOAD_OFF,
    MMFOTA_REASON_ASKING_DOWNLOAD,
    MMFOTA_REASON_RETRY,
    MMFOTA_REASON_CLOCK_UNSET,
    MMFOTA_REASON_CALL,
    MMFOTA_REASON_NOTICE,
    MMFOTA_REASON_WINDOW,
    MMFOTA_REASON_OTHER_TURN,
    MMFOTA_REASON_UNWRITABLE,
    MMFOTA_REASON_LAST
} MmfotaReason;

/* On the bus; the text is English there */
const gchar *mmfota_reason_name (MmfotaReason reason);
const gchar *mmfota_reason_text (MmfotaReason reason);

/* In the user's language, by the name: one of these, or that of a D-Bus error. @text as it is if there
 * is no translation, or no name; may be NULL, and NULL is returned then. */
gchar       *mmfota_reason_describe (const gchar *name,
                                     const gchar *text);

#endif /* MMFOTA_REASON_H */
