/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mm-tdtech-fota-private.h"
#include "mm-tdtech-fota.h"

/* How often properties that count down are updated */
#define TICK_OF_DELAY_SECONDS   60
#define TICK_OF_UPGRADE_SECONDS 10

static gboolean
timer_expired (MMTdtechFota *self)
{
    g_autoptr(MMTdtechFota) keep = g_object_ref (self);

    self->timer = 0;
    mm_tdtech_fota_feed_kind (self, MM_TDTECH_FOTA_INPUT_TIMER);
    return G_SOURCE_REMOVE;
}

static gboolean
deadline_expired (MMTdtechFota *self)
{
    g_autoptr(MMTdtechFota) keep = g_object_ref (self);

    self->deadline = 0;
    mm_tdtech_fota_feed_kind (self, MM_TDTECH_FOTA_INPUT_DEADLINE);
    return G_SOURCE_REMOVE;
}

/* Time left, also after a restart, when the clock may have been set */
guint
mm_tdtech_fota_timers_get_left_of_flash (MMTdtechFota *self,
                                         guint         seconds)
{
    gint64 flash_time = mm_tdtech_fota_record_peek (self->record)->flash_time;
    gint64 left = flash_time > 0 ? flash_time + (gint64) seconds - mm_tdtech_fota_now () : (gint64) seconds;

    return (guint) CLAMP (left, 0, (gint64) seconds);
}

gint64
mm_tdtech_fota_timers_get_left_of_delay (MMTdtechFota *self)
{
    return MAX ((self->upgrade_at - g_get_monotonic_time ()) / G_USEC_PER_SEC, 0);
}

static void
start_deadline (MMTdtechFota             *self,
                const MMTdtechFotaOutput *output)
{
    guint seconds = output->start_deadline;

    if (output->since_flash)
        seconds = MAX (mm_tdtech_fota_timers_get_left_of_flash (self, seconds), 1);
    self->deadline = g_timeout_add_seconds (seconds, (GSourceFunc) deadline_expired, self);
}

void
mm_tdtech_fota_timers_set (MMTdtechFota             *self,
                           const MMTdtechFotaOutput *output)
{
    guint seconds = 0;

    if (output->entered) {
        g_clear_handle_id (&self->timer, g_source_remove);
        if (output->timer == MM_TDTECH_FOTA_TIMER_PROGRESS)
            seconds = mm_tdtech_fota_progress_get_interval (self->progress);
        else if (output->timer > 0)
            seconds = (guint) output->timer;
        if (seconds > 0)
            self->timer = g_timeout_add_seconds (seconds, (GSourceFunc) timer_expired, self);
        self->upgrade_at = self->machine->phase == MM_TDTECH_FOTA_PHASE_DELAY ?
                           g_get_monotonic_time () + (gint64) seconds * G_USEC_PER_SEC : 0;
    }
    if (output->stop_deadline || output->start_deadline)
        g_clear_handle_id (&self->deadline, g_source_remove);
    if (output->start_deadline)
        start_deadline (self, output);
}

/*****************************************************************************/

static gboolean
tick (MMTdtechFota *self)
{
    mm_tdtech_fota_properties_update (self);
    return G_SOURCE_CONTINUE;
}

/* Refresh what changes with time alone */
void
mm_tdtech_fota_timers_set_tick (MMTdtechFota *self)
{
    guint seconds = 0;

    if (self->upgrade_at > 0)
        seconds = TICK_OF_DELAY_SECONDS;
    else if (mm_tdtech_fota_machine_get_state (self->machine) == MM_TDTECH_FOTA_STATE_UPGRADING)
        seconds = TICK_OF_UPGRADE_SECONDS;
    if (seconds == self->tick_seconds)
        return;
    g_clear_handle_id (&self->tick, g_source_remove);
    if (seconds > 0)
        self->tick = g_timeout_add_seconds (seconds, (GSourceFunc) tick, self);
    self->tick_seconds = seconds;
}

void
mm_tdtech_fota_timers_stop (MMTdtechFota *self)
{
    g_clear_handle_id (&self->timer, g_source_remove);
    g_clear_handle_id (&self->deadline, g_source_remove);
    g_clear_handle_id (&self->tick, g_source_remove);
    g_clear_handle_id (&self->save_again, g_source_remove);
}
