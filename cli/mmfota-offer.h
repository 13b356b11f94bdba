/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_OFFER_H
#define MMFOTA_OFFER_H

#include "mmfota-advice.h"
#include "mmfota-run.h"

/* The offered and the running version; NULL if unknown */
gchar    *mmfota_offer_dup_version  (MmfotaRun *run);
gchar    *mmfota_offer_dup_size     (MmfotaRun *run);
gboolean  mmfota_offer_is_older     (MmfotaRun *run);
gchar    *mmfota_offer_dup_running  (MmfotaRun *run);

/* The server of the command line, or the last one used. Sets an error if there is none, or if it
 * does not go with the options. */
gchar    *mmfota_offer_dup_server   (MmfotaRun *run);

/* Whether what was downloaded, in full or in part, is of the requested server and version */
gboolean  mmfota_offer_is_wanted    (MmfotaRun *run);

/* The offered version; NULL and an error if it may not be installed. Call it before asking the
 * user. */
gchar    *mmfota_offer_accept       (MmfotaRun *run);

/* Whether the user agrees: by --yes, or by the answer to the question */
gboolean  mmfota_offer_confirm      (MmfotaRun   *run,
                                     const gchar *version);

#endif /* MMFOTA_OFFER_H */
