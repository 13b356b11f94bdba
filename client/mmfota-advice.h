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

/* What helps after an error, by its name and what else is known, never by its text. Everything that
 * our programs advise is in mmfota-advice.c: the guide's table of states and codes (13,13 … 70), and
 * the errors that have no row in it. */

/* In terms of mmfota: the daemon's text names methods and their options. NULL if what
 * mmfota_advice_describe () says is good enough. */
gchar       *mmfota_advice_text          (const gchar        *error_name,
                                          const MmfotaAdvice *known);

/* In the user's language. @message as it is if there is no translation, or no name: it is English, and
 * says all that there is. May be NULL, and NULL is returned then. */
gchar       *mmfota_advice_describe      (const gchar        *error_name,
                                          const gchar        *message);

/* 14 is no error */
const gchar *mmfota_advice_nothing_newer (void);

#endif /* MMFOTA_ADVICE_H */
