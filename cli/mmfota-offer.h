/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_OFFER_H
#define MMFOTA_OFFER_H

#include "mmfota-advice.h"
#include "mmfota-run.h"

/* What the server offers, and what runs; NULL if nothing is known. */
gchar    *mmfota_offer_dup_version  (MmfotaRun *run);
gchar    *mmfota_offer_dup_size     (MmfotaRun *run);
gboolean  mmfota_offer_is_older     (MmfotaRun *run);
gchar    *mmfota_offer_dup_running  (MmfotaRun *run);

/* The server that was named, or that of last time. Sets an error if there is
 * none, or if the options do not suit it. */
gchar    *mmfota_offer_dup_server   (MmfotaRun *run);

/* Is what was downloaded, in part or whole, what is wanted: from that server, of
 * that version? */
gboolean  mmfota_offer_is_wanted    (MmfotaRun *run);

/* The version, if it may be installed, before anybody is asked. */
gchar    *mmfota_offer_accept       (MmfotaRun *run);

/* Has the user's word for it: -y, or an answer to the question. */
gboolean  mmfota_offer_confirm      (MmfotaRun   *run,
                                     const gchar *version);

#endif /* MMFOTA_OFFER_H */
