/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <math.h>

#include "sim-fota.h"
#include "sim-network.h"
#include "sim-noise.h"

/* Seen from modules at any time, or in the guide's screenshots; none of them changes anything */
static const gchar *const lines[] = {
    "^HCSQ: \"NR\",50,146,29",
    "^HCSQ:\"NR\",51,146,30",
    "^RSSI: 20",
    "^CERSSI: -85,-95,-10,15",
    "+CSQ: 20, 23",
    "+CESQ: 99, 99, 255, 255, 23, 20, 255, 255, 255",
    "+CSCON: 1, 7, 4, 0",
    "^DSAMBR: 1,1000000,500000",
    "^PDCPDATAINFO: 1,0,0,0",
    "^LCACELLURC: 1,100,1850,\"NR\"",
    "^SRVST: 2",
    "^SIMST: 1",
    "^DCONN: 1",
};

/* Of sessions that are not the host's: the default bearer's, and one of the network's */
static const gchar *const others[] = {
    "^NDISSTAT: 0,1,,,\"IPV4\"",
    "^NDISSTAT: 21,0,,,\"IPV6\"",
    "^NDISSTAT: 22,1,,,\"IPV4\"",
};

/* Share of lines that tell the registration again, or of those sessions */
#define OTHERS_SHARE 0.2

struct _SimNoise {
    SimModule *module;
    guint      timer;
    guint      state_timer;
};

/*****************************************************************************/
/* Lines */

static gboolean
is_wanted (SimNoise    *self,
           const gchar *line)
{
    g_auto(GStrv) kinds = NULL;
    guint         i;

    if (g_str_equal (self->module->scenario->noise_kinds, "*"))
        return TRUE;
    kinds = g_strsplit (self->module->scenario->noise_kinds, ";", -1);
    for (i = 0; kinds[i]; i++) {
        if (*kinds[i] && g_str_has_prefix (line, kinds[i]))
            return TRUE;
    }
    return FALSE;
}

static gchar *
get_other_line (SimNoise *self)
{
    GRand *rand = self->module->rand;

    if (!self->module->scenario->noise_others || !g_str_equal (self->module->scenario->noise_kinds, "*") ||
        g_rand_double (rand) >= OTHERS_SHARE)
        return NULL;
    if (g_rand_boolean (rand))
        return sim_network_tell_again (self->module->network);
    if (g_str_equal (self->module->scenario->ndis_form, "classic"))
        return NULL;
    return g_strdup (others[g_rand_int_range (rand, 0, G_N_ELEMENTS (others))]);
}

gchar *
sim_noise_get_line (SimNoise *self)
{
    gchar *other = get_other_line (self);
    guint  first = (guint) g_rand_int_range (self->module->rand, 0, G_N_ELEMENTS (lines));
    guint  i;

    if (other)
        return other;
    for (i = 0; i < G_N_ELEMENTS (lines); i++) {
        const gchar *line = lines[(first + i) % G_N_ELEMENTS (lines)];

        if (!is_wanted (self, line))
            continue;
        return (self->module->scenario->noise_spacing ?
                sim_at_space (line, self->module->rand) : g_strdup (line));
    }
    return NULL;
}

/*****************************************************************************/
/* Rhythm */

static void schedule (SimNoise *self);

static void
noise_due (gpointer user_data)
{
    SimNoise         *self = user_data;
    g_autofree gchar *line = NULL;

    self->timer = 0;
    line = sim_noise_get_line (self);
    if (line)
        sim_module_urc_line (self->module, line);
    schedule (self);
}

static void
schedule (SimNoise *self)
{
    gdouble rate = self->module->scenario->noise_rate;

    /* Exponential intervals, as from independent sources */
    if (rate > 0)
        self->timer = sim_clock_add (self->module->clock,
                                     -log (1 - g_rand_double (self->module->rand)) / rate,
                                     noise_due, self);
}

static void schedule_state (SimNoise *self);

static void
state_due (gpointer user_data)
{
    SimNoise *self = user_data;

    self->state_timer = 0;
    sim_fota_tell_state (self->module->fota);
    schedule_state (self);
}

static void
schedule_state (SimNoise *self)
{
    gdouble rate = self->module->scenario->state_lines;

    if (rate > 0)
        self->state_timer = sim_clock_add (self->module->clock, 1 / rate, state_due, self);
}

void
sim_noise_start (SimNoise *self)
{
    sim_noise_stop (self);
    schedule (self);
    schedule_state (self);
}

void
sim_noise_stop (SimNoise *self)
{
    sim_clock_clear (self->module->clock, &self->timer);
    sim_clock_clear (self->module->clock, &self->state_timer);
}

/*****************************************************************************/
/* Life */

SimNoise *
sim_noise_new (SimModule *module)
{
    SimNoise *self;

    self = g_new0 (SimNoise, 1);
    self->module = module;
    return self;
}

void
sim_noise_free (SimNoise *self)
{
    sim_noise_stop (self);
    g_free (self);
}
