/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_VERBS_H
#define MMFOTA_VERBS_H

#include "mmfota-modem.h"
#include "mmfota-options.h"
#include "mmfota-run.h"

/* Each runs a verb to its end, prints its output, and returns the exit status. @error is set only
 * if it was not printed yet. */
MmfotaExit mmfota_list_run    (MMManager            *manager,
                               const MmfotaOptions  *options,
                               GError              **error);
MmfotaExit mmfota_status_run  (MmfotaModem          *modem,
                               const MmfotaOptions  *options,
                               GError              **error);
/* --check, --download, --resume, --upgrade, --update, --cancel */
MmfotaExit mmfota_verbs_run   (MmfotaModem          *modem,
                               const MmfotaOptions  *options,
                               GError              **error);
MmfotaExit mmfota_monitor_run (MmfotaModem          *modem,
                               const MmfotaOptions  *options,
                               GError              **error);
MmfotaExit mmfota_events_run  (MmfotaModem          *modem,
                               const MmfotaOptions  *options,
                               GError              **error);

/* --agent-status, --check-now, --answer, --pause */
MmfotaExit mmfota_agent_run   (GDBusConnection      *connection,
                               const MmfotaOptions  *options,
                               GError              **error);

/* An event as one line, in this program's terms */
gchar     *mmfota_events_describe (MmfotaModem     *modem,
                                   GVariant        *event);

/* --update */
MmfotaExit mmfota_update_run  (MmfotaRun            *run);

/* Which groups of options a method takes, of those that were given */
typedef enum {
    MMFOTA_KEYS_SERVER    = 1 << 0,
    MMFOTA_KEYS_UPGRADE   = 1 << 1, /* with SERVER: continue with the upgrade */
    MMFOTA_KEYS_DOWNGRADE = 1 << 2,
} MmfotaKeys;

GVariant  *mmfota_verbs_build_options   (MmfotaRun   *run,
                                         const gchar *transaction,
                                         const gchar *url,
                                         const gchar *expect_version,
                                         MmfotaKeys   keys);
gchar     *mmfota_verbs_new_transaction (const gchar *wanted);

/* Calls Upgrade for what has been downloaded */
MmfotaExit mmfota_verbs_install         (MmfotaRun   *run,
                                         const gchar *transaction,
                                         const gchar *version);

/* Checks what can be refused without asking ModemManager */
gboolean   mmfota_verbs_may_ask (const MmfotaOptions  *options,
                                 GError              **error);

#endif /* MMFOTA_VERBS_H */
