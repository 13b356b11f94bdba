/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_ADVICE_H
#define MMFOTA_ADVICE_H

#include <glib.h>

/* Where a modem is not on the bus because it is being upgraded */
#define MMFOTA_AWAY_TEXT \
    "a modem is being upgraded, and away until it has rebooted: do not unplug it, 'mmfota --monitor' waits for it"

/* What is known when the daemon says no, or that it came to no good end. */
typedef struct {
    const gchar *modem;         /* as -m takes it */
    const gchar *transaction;   /* what runs */
    const gchar *server;
    const gchar *offered;       /* versions */
    const gchar *running;
    const gchar *expected;      /* what was asked for */
    guint        state;
    guint        blockers;
    gboolean     ended;         /* told by a result, not by an answer */
    gboolean     resuming;
    gboolean     older;         /* the offer */
    gboolean     may_be_older;  /* by --allow-downgrade */
} MmfotaAdvice;

/* What a D-Bus error means to somebody who has this program in hand: the daemon
 * speaks of methods and their options. By the error's name and what else is
 * known, never by its text. NULL where the daemon's own words are right. */
gchar *mmfota_advice_text (const gchar        *error_name,
                           const MmfotaAdvice *known);

#endif /* MMFOTA_ADVICE_H */
