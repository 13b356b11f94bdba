/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-step.h"

void
mm_tdtech_fota_step_emit_event (MMTdtechFotaStep  *step,
                                MMTdtechFotaEvent  event)
{
    g_return_if_fail (step->out->n_events < MM_TDTECH_FOTA_OUTPUT_EVENTS_MAX);

    step->out->events[step->out->n_events++] = event;
}

void
mm_tdtech_fota_step_set_string (gchar       **to,
                                const gchar  *from)
{
    gchar *copy = g_strdup (from);

    g_free (*to);
    *to = copy;
}

void
mm_tdtech_fota_step_forget_offer (MMTdtechFotaStep *step)
{
    MMTdtechFotaMachine *m = step->m;

    g_clear_pointer (&m->kept.offer_version, g_free);
    g_clear_pointer (&m->kept.offer_description, g_free);
    m->kept.offer_size = 0;
}
