/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-log-object.h"
#include "mm-tdtech-at.h"
#include "mm-tdtech-fota-private.h"
#include "mm-tdtech-fota.h"

/* Lines that may wait to be processed */
#define LINES_MAX 64

void
mm_tdtech_fota_lines_free_line (MMTdtechFotastate *line)
{
    mm_tdtech_fotastate_clear (line);
    g_slice_free (MMTdtechFotastate, line);
}

void
mm_tdtech_fota_lines_feed (MMTdtechFota            *self,
                           MMTdtechFotaInputKind    kind,
                           const MMTdtechFotastate *line)
{
    MMTdtechFotaInput input = { .kind = kind, .state = line };

    mm_tdtech_fota_feed (self, &input);
}

void
mm_tdtech_fota_lines_flush (MMTdtechFota *self)
{
    MMTdtechFotastate *line;

    g_clear_handle_id (&self->lines_idle, g_source_remove);
    while (!self->stopped && (line = g_queue_pop_head (&self->lines))) {
        mm_tdtech_fota_lines_feed (self, MM_TDTECH_FOTA_INPUT_STATE_LINE, line);
        mm_tdtech_fota_lines_free_line (line);
    }
}

static gboolean
lines_idle (MMTdtechFota *self)
{
    g_autoptr(MMTdtechFota) keep = g_object_ref (self);

    self->lines_idle = 0;
    mm_tdtech_fota_lines_flush (self);
    return G_SOURCE_REMOVE;
}

/* Until the final result of ^FOTASTATE? any line may be the answer, and until the record is read
 * no line can be interpreted */
static gboolean
lines_must_wait (MMTdtechFota *self)
{
    return !self->skeleton || self->effect_running == MM_TDTECH_FOTA_EFFECT_READ_STATE;
}

void
mm_tdtech_fota_lines_schedule (MMTdtechFota *self)
{
    if (!self->stopped && !self->lines_idle && !g_queue_is_empty (&self->lines) && !lines_must_wait (self))
        self->lines_idle = g_idle_add ((GSourceFunc) lines_idle, self);
}

/* Processing a line may dispose of the modem: defer it to an idle source */
void
mm_tdtech_fota_take_line (MMTdtechFota *self,
                          const gchar  *str)
{
    MMTdtechFotastate *line;
    g_autoptr(GError)  error = NULL;

    if (self->stopped)
        return;
    line = g_slice_new0 (MMTdtechFotastate);
    if (!mm_tdtech_parse_fotastate (str, line, &error)) {
        mm_obj_dbg (self->modem, "ignoring a state line: %s", error->message);
        mm_tdtech_fota_lines_free_line (line);
        return;
    }
    g_queue_push_tail (&self->lines, line);
    if (self->lines.length > LINES_MAX)
        mm_tdtech_fota_lines_free_line (g_queue_pop_head (&self->lines));
    mm_tdtech_fota_lines_schedule (self);
}

void
mm_tdtech_fota_lines_clear (MMTdtechFota *self)
{
    g_clear_handle_id (&self->lines_idle, g_source_remove);
    g_queue_clear_full (&self->lines, (GDestroyNotify) mm_tdtech_fota_lines_free_line);
}
