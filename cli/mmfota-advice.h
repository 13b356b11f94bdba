/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_ADVICE_H
#define MMFOTA_ADVICE_H

#include <glib/gi18n.h>
#include <glib.h>

/* For a modem that is not on the bus because it is being upgraded */
#define MMFOTA_AWAY_TEXT \
    _("a modem is being upgraded, and away until it has rebooted: do not unplug it, 'mmfota --monitor' waits for it")

/* What is known when a verb is refused or its transaction fails */
typedef struct {
    const gchar *modem;         /* as given to -m */
    const gchar *transaction;   /* running transaction */
    const gchar *server;
    const gchar *offered;       /* versions */
    const gchar *running;
    const gchar *expected;      /* that the verb expected */
    guint        state;
    guint        blockers;
    gboolean     ended;         /* the error is of a result, not of a reply */
    gboolean     resuming;
    gboolean     older;         /* older than the running version */
    gboolean     may_be_older;  /* accepted by --allow-downgrade */
} MmfotaAdvice;

/* Explains a D-Bus error in terms of this program: the daemon's text names methods and their
 * options. By the error's name and what else is known, never by its text. NULL if the daemon's own
 * text is good enough. */
gchar *mmfota_advice_text (const gchar        *error_name,
                           const MmfotaAdvice *known);

#endif /* MMFOTA_ADVICE_H */
