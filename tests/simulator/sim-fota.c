/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <stdlib.h>
#include <string.h>

#include "sim-calls.h"
#include "sim-download.h"
#include "sim-fota.h"
#include "sim-identity.h"
#include "sim-network.h"
#include "sim-session.h"
#include "sim-ssl.h"

/* ^FOTASTATE */
enum {
    STATE_IDLE        = 10,
    STATE_QUERYING    = 11,
    STATE_FOUND       = 12,
    STATE_QUERY_ERROR = 13,
    STATE_NOTHING_NEW = 14,
    STATE_FAILED      = 20,
    STATE_DOWNLOADING = 30,
    STATE_SUSPENDED   = 31,
    STATE_DOWNLOADED  = 40,
    STATE_UPGRADING   = 50,
    STATE_UPGRADE_FAILED  = 70,
    STATE_UPGRADE_ERROR   = 80,
    STATE_UPGRADE_DONE    = 90,
};

/* The second number of 13 */
enum {
    CODE_NETWORK       = 13,
    CODE_WRONG_SOURCE  = 23,
    CODE_NO_FILES      = 51,
    CODE_WRONG_PRODUCT = 109,
};

/* ^FOTAMODE */
enum {
    MODE_QUERY,
    MODE_DOWNLOAD,
    MODE_UPGRADE,
    MODE_RESUME,
    MODE_PERIOD,
    N_MODES,
};

#define MAX_HISTORY 1000
/* Delay from reaching a state to reporting it */
#define NOTICE_SECONDS 0.05
/* After the first of two reboots */
#define BETWEEN_REBOOTS_SECONDS 8.0
#define AUTOMATIC_RETRY_SECONDS 5.0

struct _SimFota {
    SimModule   *module;
    SimDownload *download;
    gint         modes[N_MODES];
    guint        n_modes;
    gint         state;
    gint         code;
    gchar       *url;
    SimPackage  *package;
    /* The query was started to resume a download */
    gboolean     resuming;
    gboolean     start_after_query;
    GPtrArray   *history;
    GPtrArray   *notices;
    guint        notice_timer;
    guint        settle_timer;
    guint        query_timer;
    guint        upgrade_timer;
    guint        automatic_timer;
    /* A command is being executed whose changes are told before its OK */
    gboolean     telling_first;

    /* From ^FWUP accepted to 50; from 50 to flashing; flashing itself */
    gboolean     accepted;
    gboolean     reached_50;
    gboolean     flashing;
    gboolean     interrupted;
    gint         reboots_left;

    gint64       queries;
    gint64       downloads;
    gint64       fwup_accepted;
    gint64       fwup_refused;
    gint64       flashes_started;
    gint64       flashes_done;
};

static void start_download (SimFota *self);
static void try_automatic  (gpointer user_data);
static void begin_flash    (SimFota *self);

/*****************************************************************************/
/* State */

static gchar *
state_text (SimFota *self)
{
    if (self->state == STATE_FOUND && !self->module->scenario->bare_found)
        return g_strdup_printf ("%d,%s,%" G_GINT64_FORMAT ",%s", self->state, self->package->version,
                                self->package->size, self->package->description);
    if (self->code)
        return g_strdup_printf ("%d,%d", self->state, self->code);
    return g_strdup_printf ("%d", self->state);
}

gboolean
sim_fota_is_downloaded (SimFota *self)
{
    return (self->state == STATE_DOWNLOADED);
}

static void
notices_due (gpointer user_data)
{
    SimFota              *self = user_data;
    g_autoptr(GPtrArray)  notices = NULL;
    guint                 i;

    self->notice_timer = 0;
    notices = g_steal_pointer (&self->notices);
    self->notices = g_ptr_array_new_with_free_func (g_free);
    for (i = 0; i < notices->len; i++)
        sim_module_urc (self->module, "^FOTASTATE: %s", (const gchar *) g_ptr_array_index (notices, i));
}

void
sim_fota_tell_state (SimFota *self)
{
    g_autofree gchar *text = state_text (self);

    sim_module_urc (self->module, "^FOTASTATE: %s", text);
}

static void set_state (SimFota *self,
                       gint     state,
                       gint     code);

static void
settle_due (gpointer user_data)
{
    SimFota *self = user_data;

    self->settle_timer = 0;
    set_state (self, STATE_IDLE, 0);
}

static void
set_state (SimFota *self,
           gint     state,
           gint     code)
{
    SimScenario      *scenario = self->module->scenario;
    g_autofree gchar *text = NULL;
    gchar            *entry;

    sim_clock_clear (self->module->clock, &self->settle_timer);
    self->state = state;
    self->code = code;
    text = state_text (self);
    sim_log_event (self->module->log, self->module->index, "state", "state", "s", text, NULL);
    entry = g_strdup_printf ("%.3f %s", sim_clock_now (self->module->clock), text);
    g_ptr_array_add (self->history, entry);
    if (self->history->len > MAX_HISTORY)
        g_ptr_array_remove_index (self->history, 0);

    if (scenario->notices && self->telling_first && self->notices->len == 0)
        sim_module_urc (self->module, "^FOTASTATE: %s", text);
    else if (scenario->notices) {
        g_ptr_array_add (self->notices, g_steal_pointer (&text));
        if (!self->notice_timer)
            self->notice_timer = sim_clock_add (self->module->clock, NOTICE_SECONDS, notices_due, self);
    }
    if ((state == STATE_FOUND || state == STATE_QUERY_ERROR || state == STATE_NOTHING_NEW || state == STATE_FAILED) &&
        scenario->settle_seconds >= 0)
        self->settle_timer = sim_clock_add (self->module->clock, scenario->settle_seconds, settle_due, self);
}

static void
stop_activity (SimFota *self)
{
    sim_clock_clear (self->module->clock, &self->query_timer);
    sim_clock_clear (self->module->clock, &self->upgrade_timer);
    sim_clock_clear (self->module->clock, &self->settle_timer);
    sim_clock_clear (self->module->clock, &self->automatic_timer);
    sim_download_cancel (self->download);
}

static void
drop_package (SimFota *self)
{
    sim_download_reset (self->download);
    g_clear_pointer (&self->package, sim_package_free);
}

static void
go_idle (SimFota *self)
{
    stop_activity (self);
    drop_package (self);
    self->resuming = FALSE;
    self->accepted = FALSE;
    self->reached_50 = FALSE;
    set_state (self, STATE_IDLE, 0);
}

/*****************************************************************************/
/* Query */

static gboolean
source_fits (SimFota    *self,
             SimPackage *package)
{
    return (!self->module->scenario->check_source || !package->source_version ||
            g_str_equal (package->source_version, sim_identity_get_version (self->module->identity)));
}

static void
query_done (SimPackage   *package,
            const GError *error,
            gpointer      user_data)
{
    SimFota               *self = user_data;
    g_autoptr(SimPackage)  found = package;
    gboolean               resuming = self->resuming;

    self->resuming = FALSE;
    if (error) {
        set_state (self, STATE_QUERY_ERROR, error->code == SIM_DOWNLOAD_ERROR_UNREACHABLE ? CODE_NETWORK : CODE_NO_FILES);
        return;
    }
    if (g_str_equal (found->version, sim_identity_get_version (self->module->identity))) {
        drop_package (self);
        set_state (self, STATE_NOTHING_NEW, 0);
        return;
    }
    if (self->module->scenario->check_product && found->product &&
        !g_str_equal (found->product, self->module->scenario->model)) {
        set_state (self, STATE_QUERY_ERROR, CODE_WRONG_PRODUCT);
        return;
    }
    if (!source_fits (self, found)) {
        set_state (self, STATE_QUERY_ERROR, CODE_WRONG_SOURCE);
        return;
    }

    /* The same version is resumed; another one discards the old download */
    if (resuming && self->package && g_str_equal (found->version, self->package->version)) {
        if (found->files->len == self->package->files->len) {
            g_autofree gchar *path = NULL;
            SimPackageFile   *old = g_ptr_array_index (self->package->files, 0);
            SimPackageFile   *new = g_ptr_array_index (found->files, 0);

            /* The server may have a new description for it */
            path = g_steal_pointer (&old->path);
            old->path = g_strdup (new->path);
        }
        if (!self->package->description || !*self->package->description) {
            g_free (self->package->description);
            self->package->description = g_strdup (found->description);
        }
    } else {
        drop_package (self);
        self->package = g_steal_pointer (&found);
    }
    set_state (self, STATE_FOUND, 0);
    if (self->module->scenario->stuck != STATE_FOUND && (self->modes[MODE_DOWNLOAD] || self->start_after_query))
        start_download (self);
    self->start_after_query = FALSE;
}

static void
query_due (gpointer user_data)
{
    SimFota *self = user_data;

    self->query_timer = 0;
    if (self->module->scenario->stuck == STATE_QUERYING)
        return;
    if (g_str_equal (self->module->scenario->silent, "11-10")) {
        go_idle (self);
        return;
    }
    if (!sim_network_has_data (self->module->network)) {
        self->resuming = FALSE;
        set_state (self, STATE_QUERY_ERROR, CODE_NETWORK);
        return;
    }
    sim_download_query (self->download, self->url, query_done, self);
}

static void
start_query (SimFota  *self,
             gboolean  resuming)
{
    self->queries++;
    self->resuming = resuming;
    set_state (self, STATE_QUERYING, 0);
    self->query_timer = sim_clock_add (self->module->clock, self->module->scenario->query_seconds, query_due, self);
}

/* ^FOTAMODE=1,…: once after each boot. Relatives do so every few days. */
static void
automatic_query_due (gpointer user_data)
{
    SimFota *self = user_data;

    self->automatic_timer = 0;
    if (self->modes[MODE_QUERY] && self->state == STATE_IDLE && self->url)
        start_query (self, FALSE);
}

/*****************************************************************************/
/* Download */

static void
suspend_download (SimFota *self)
{
    sim_download_cancel (self->download);
    if (self->modes[MODE_RESUME])
        set_state (self, STATE_SUSPENDED, 0);
    else {
        drop_package (self);
        set_state (self, STATE_FAILED, 0);
    }
}

static void
fetch_done (const GError *error,
            gpointer      user_data)
{
    SimFota *self = user_data;

    if (!error) {
        set_state (self, STATE_DOWNLOADED, 0);
        if (self->modes[MODE_UPGRADE] || self->package->automatic)
            self->upgrade_timer = sim_clock_add (self->module->clock, self->module->scenario->accept_seconds,
                                                 try_automatic, self);
    } else if (error->code == SIM_DOWNLOAD_ERROR_WRONG) {
        drop_package (self);
        set_state (self, STATE_FAILED, 0);
    } else
        suspend_download (self);
}

static void
start_download (SimFota *self)
{
    self->downloads++;
    set_state (self, STATE_DOWNLOADING, 0);
    sim_download_fetch (self->download, self->url, self->package, fetch_done, self);
}

void
sim_fota_network_changed (SimFota *self)
{
    if (sim_network_has_data (self->module->network))
        return;
    if (self->state == STATE_DOWNLOADING)
        suspend_download (self);
    else if (self->state == STATE_QUERYING) {
        stop_activity (self);
        set_state (self, STATE_QUERY_ERROR, CODE_NETWORK);
    }
}

/*****************************************************************************/
/* Upgrade */

gboolean
sim_fota_is_upgrading (SimFota *self)
{
    return (self->accepted || self->reached_50 || self->flashing);
}

static const gchar *
get_blocker (SimFota *self)
{
    if (sim_calls_is_busy (self->module->calls))
        return "a call is up";
    return sim_session_get_blocker (self->module->session);
}

static void
fail_upgrade (SimFota *self)
{
    gint code = self->module->scenario->outcome_code;

    drop_package (self);
    set_state (self, code ? STATE_UPGRADE_ERROR : STATE_UPGRADE_FAILED, code);
}

/* The module boots the version that it has now */
static void
end_flash (SimFota *self)
{
    SimScenario *scenario = self->module->scenario;

    self->flashing = FALSE;
    self->accepted = FALSE;
    self->reached_50 = FALSE;
    self->flashes_done++;
    if (g_str_equal (scenario->outcome, "success"))
        sim_identity_set_version (self->module->identity,
                                  *scenario->exts_after ? scenario->exts_after : self->package->version,
                                  scenario->bdt_after, scenario->revision_after);
    else if (g_str_equal (scenario->outcome, "other-version"))
        sim_identity_set_version (self->module->identity,
                                  *scenario->exts_after ? scenario->exts_after : "9.9.9.9(SP9C99)",
                                  scenario->bdt_after, scenario->revision_after);

    if (g_str_equal (scenario->outcome, "failed"))
        fail_upgrade (self);
    else {
        gint state = atoi (scenario->state_after);

        if (state != STATE_DOWNLOADED)
            drop_package (self);
        set_state (self, state, 0);
    }
    if (*scenario->layout_after)
        sim_module_set_layout (self->module, scenario->layout_after);
    sim_identity_set_incomplete (self->module->identity, scenario->incomplete_seconds);
    sim_module_boot (self->module);
}

static void
reboot_again (gpointer user_data)
{
    SimFota *self = user_data;

    self->upgrade_timer = 0;
    begin_flash (self);
}

static void
flash_over (gpointer user_data)
{
    SimFota *self = user_data;

    if (--self->reboots_left <= 0) {
        end_flash (self);
        return;
    }
    /* Up for a while, but without a version yet */
    sim_identity_set_incomplete (self->module->identity, G_MAXINT);
    sim_module_boot (self->module);
    self->upgrade_timer = sim_clock_add (self->module->clock,
                                         self->module->scenario->boot_seconds + BETWEEN_REBOOTS_SECONDS,
                                         reboot_again, self);
}

static void
download_mode_over (gpointer user_data)
{
    SimFota *self = user_data;

    sim_module_go_dark (self->module, FALSE, self->module->scenario->flash_seconds / 10, flash_over, self);
}

static void
enter_download_mode (gpointer user_data)
{
    SimFota *self = user_data;

    sim_module_go_dark (self->module, TRUE, self->module->scenario->flash_seconds * 8 / 10, download_mode_over, self);
}

static void
begin_flash (SimFota *self)
{
    gdouble seconds = self->module->scenario->flash_seconds;

    if (self->module->scenario->via_3302)
        sim_module_go_dark (self->module, FALSE, seconds / 10, enter_download_mode, self);
    else
        sim_module_go_dark (self->module, FALSE, seconds, flash_over, self);
}

static void
reboot_due (gpointer user_data)
{
    SimFota     *self = user_data;
    SimScenario *scenario = self->module->scenario;

    self->upgrade_timer = 0;
    if (scenario->stuck == STATE_UPGRADING)
        return;
    if (scenario->silent_after_50) {
        sim_module_fall_silent (self->module);
        return;
    }
    if (g_str_equal (scenario->outcome, "failed") && g_str_equal (scenario->fail_when, "before")) {
        self->accepted = FALSE;
        self->reached_50 = FALSE;
        fail_upgrade (self);
        return;
    }
    self->flashing = TRUE;
    self->flashes_started++;
    self->reboots_left = MAX (scenario->reboots, 1);
    sim_log_event (self->module->log, self->module->index, "flash", NULL);
    begin_flash (self);
}

static void
accept_due (gpointer user_data)
{
    SimFota *self = user_data;

    self->reached_50 = TRUE;
    if (!self->module->scenario->skip_50)
        set_state (self, STATE_UPGRADING, 0);
    self->upgrade_timer = sim_clock_add (self->module->clock, self->module->scenario->reboot_delay, reboot_due, self);
}

static void
accept_upgrade (SimFota *self)
{
    self->fwup_accepted++;
    self->accepted = TRUE;
    sim_clock_clear (self->module->clock, &self->upgrade_timer);
    if (self->telling_first && self->module->scenario->accept_seconds <= 0) {
        accept_due (self);
        return;
    }
    self->upgrade_timer = sim_clock_add (self->module->clock, self->module->scenario->accept_seconds, accept_due, self);
}

static void
try_automatic (gpointer user_data)
{
    SimFota *self = user_data;

    self->upgrade_timer = 0;
    if (self->state != STATE_DOWNLOADED)
        return;
    if (get_blocker (self))
        self->upgrade_timer = sim_clock_add (self->module->clock, AUTOMATIC_RETRY_SECONDS, try_automatic, self);
    else
        accept_upgrade (self);
}

/*****************************************************************************/
/* Power */

void
sim_fota_power_off (SimFota *self)
{
    stop_activity (self);
    sim_clock_clear (self->module->clock, &self->notice_timer);
    g_ptr_array_set_size (self->notices, 0);
    self->resuming = FALSE;

    if (self->flashing)
        self->interrupted = TRUE;
    else if (self->state == STATE_UPGRADING)
        /* Nothing has been written yet */
        set_state (self, STATE_DOWNLOADED, 0);
    else if (self->state == STATE_DOWNLOADING && self->modes[MODE_RESUME])
        set_state (self, STATE_SUSPENDED, 0);
    else if (self->state != STATE_SUSPENDED && self->state != STATE_DOWNLOADED) {
        drop_package (self);
        set_state (self, STATE_IDLE, 0);
    }
    self->accepted = FALSE;
    self->reached_50 = FALSE;

    if (self->interrupted && !sim_fota_must_recover (self)) {
        self->flashing = FALSE;
        self->interrupted = FALSE;
        drop_package (self);
        set_state (self, STATE_IDLE, 0);
    }
}

void
sim_fota_power_on (SimFota *self)
{
    /* Not even the state need be reported after a boot, but a failure is */
    if (self->state != STATE_UPGRADE_FAILED && self->state != STATE_UPGRADE_ERROR)
        g_ptr_array_set_size (self->notices, 0);
    else if (self->notices->len == 0 && self->module->scenario->notices) {
        g_ptr_array_add (self->notices, state_text (self));
        if (!self->notice_timer)
            self->notice_timer = sim_clock_add (self->module->clock, NOTICE_SECONDS, notices_due, self);
    }
    if (!self->url && *self->module->scenario->package_url)
        self->url = g_strdup (self->module->scenario->package_url);
    if (!self->automatic_timer)
        self->automatic_timer = sim_clock_add (self->module->clock, self->module->scenario->automatic_query,
                                               automatic_query_due, self);
}

gboolean
sim_fota_must_recover (SimFota *self)
{
    return (self->interrupted && g_str_equal (self->module->scenario->power_cut_flash, "recover"));
}

void
sim_fota_recover (SimFota *self)
{
    self->interrupted = FALSE;
    self->reboots_left = 1;
    enter_download_mode (self);
}

/*****************************************************************************/
/* Commands */

/* No source says whether the line of a state comes before or after the OK of the command that
 * leads to it */
static void
choose_notice (SimFota *self)
{
    SimModule *module = self->module;

    if (g_str_equal (module->scenario->notice, "mixed"))
        self->telling_first = (!g_str_equal (module->scenario->pieces, "whole") && g_rand_boolean (module->rand));
    else
        self->telling_first = g_str_equal (module->scenario->notice, "before");
}

static void
handle_mode (SimCommand *command,
             gpointer    user_data)
{
    SimFota *self = user_data;
    gint     modes[N_MODES];
    guint    n;
    guint    i;

    if (sim_command_get_type (command) == SIM_COMMAND_QUERY) {
        if (self->n_modes == N_MODES)
            sim_command_info (command, "^FOTAMODE: %d,%d,%d,%d,%d", self->modes[0], self->modes[1], self->modes[2],
                              self->modes[3], self->modes[4]);
        else
            sim_command_info (command, "^FOTAMODE: %d,%d,%d,%d", self->modes[0], self->modes[1], self->modes[2],
                              self->modes[3]);
        return;
    }
    n = sim_command_get_n_args (command);
    if (sim_command_get_type (command) != SIM_COMMAND_SET || n < N_MODES - 1 || n > N_MODES) {
        sim_command_error (command);
        return;
    }
    memcpy (modes, self->modes, sizeof (modes));
    for (i = 0; i < n; i++) {
        modes[i] = sim_command_get_int (command, i, -1);
        if (modes[i] < 0 || (i != MODE_PERIOD && modes[i] > 1)) {
            sim_command_error (command);
            return;
        }
    }
    memcpy (self->modes, modes, sizeof (modes));
}

static void
handle_state (SimCommand *command,
              gpointer    user_data)
{
    SimFota          *self = user_data;
    g_autofree gchar *text = NULL;

    if (sim_command_get_type (command) != SIM_COMMAND_QUERY) {
        sim_command_error (command);
        return;
    }
    text = state_text (self);
    sim_command_info (command, "^FOTASTATE: %s", text);
}

static gboolean
url_is_good (const gchar *url)
{
    return (url && (g_ascii_strncasecmp (url, "http://", 7) == 0 || g_ascii_strncasecmp (url, "https://", 8) == 0));
}

/* ^SSLMNG and ^SSLCFG are lost at power-off (guide: must be set again before every upgrade) */
static void
check_ssl (SimFota    *self,
           SimCommand *command)
{
    const gchar      *missing = sim_ssl_get_missing (self->module->ssl);
    g_autofree gchar *reason = NULL;

    if (g_ascii_strncasecmp (self->url, "https:", 6) != 0 || !missing)
        return;
    reason = g_strdup_printf ("https without %s", missing);
    sim_command_violation (command, reason);
}

/* In words, whatever +CMEE says: no number of 3GPP stands for these */
static void
refuse_query (SimCommand  *command,
              const gchar *text)
{
    g_autofree gchar *final = g_strdup_printf ("+CME ERROR: %s", text);

    sim_command_final (command, final);
}

static void
handle_server (SimCommand *command,
               gpointer    user_data)
{
    SimFota     *self = user_data;
    SimScenario *scenario = self->module->scenario;
    const gchar *url = sim_command_get_arg (command, 0);

    if (sim_command_get_type (command) != SIM_COMMAND_SET || sim_command_get_n_args (command) != 1 || !url_is_good (url)) {
        sim_command_error (command);
        return;
    }
    if (self->state != STATE_IDLE && self->state != STATE_SUSPENDED) {
        g_autofree gchar *reason = g_strdup_printf ("^FOTAOEMDL in state %d", self->state);

        sim_command_violation (command, reason);
        sim_command_error (command);
        return;
    }
    if (*scenario->refuse_query) {
        refuse_query (command, scenario->refuse_query);
        return;
    }
    if (scenario->collision && sim_session_is_up (self->module->session)) {
        refuse_query (command, "FOTA is in collision state");
        return;
    }
    g_free (self->url);
    self->url = g_strdup (url);
    check_ssl (self, command);
    if (!g_str_equal (scenario->silent, "10"))
        start_query (self, self->state == STATE_SUSPENDED);
}

static gboolean
refuses_stop (SimFota *self)
{
    SimScenario      *scenario = self->module->scenario;
    g_auto(GStrv)     states = g_strsplit (scenario->refuse_stop, ",", -1);
    g_autofree gchar *state = g_strdup_printf ("%d", self->state);

    return ((self->state == STATE_QUERYING && scenario->refuse_stop_in_query) ||
            g_strv_contains ((const gchar *const *) states, state));
}

static void
handle_download (SimCommand *command,
                 gpointer    user_data)
{
    SimFota *self = user_data;

    if (sim_command_get_type (command) != SIM_COMMAND_SET || sim_fota_is_upgrading (self)) {
        sim_command_error (command);
        return;
    }
    switch (sim_command_get_int (command, 0, -1)) {
    case 0:
        if (refuses_stop (self))
            sim_command_error (command);
        else if (self->state != STATE_IDLE)
            go_idle (self);
        break;
    case 1:
        if (self->state == STATE_FOUND && self->module->scenario->stuck == STATE_FOUND)
            break;
        if (self->state == STATE_FOUND)
            start_download (self);
        else if (self->state == STATE_SUSPENDED && self->url) {
            check_ssl (self, command);
            self->start_after_query = TRUE;
            start_query (self, TRUE);
        } else
            sim_command_error (command);
        break;
    default:
        sim_command_error (command);
        break;
    }
}

static void
handle_progress (SimCommand *command,
                 gpointer    user_data)
{
    SimFota        *self = user_data;
    SimPackageFile *file;
    guint           index;

    if (self->state == STATE_IDLE && sim_command_get_type (command) == SIM_COMMAND_EXECUTE) {
        sim_command_info (command, "^FOTADLQ: 0,\"FIRMWARE1\",0,0");
        return;
    }
    if (!self->package || sim_command_get_type (command) != SIM_COMMAND_EXECUTE ||
        (self->state != STATE_DOWNLOADING && self->state != STATE_SUSPENDED && self->state != STATE_DOWNLOADED)) {
        sim_command_error (command);
        return;
    }
    index = MIN (sim_download_get_file (self->download), self->package->files->len - 1);
    file = g_ptr_array_index (self->package->files, index);
    sim_command_info (command, "^FOTADLQ: %d,\"%s\",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT,
                      self->module->scenario->progress_index + (gint) index, self->package->component,
                      file->received, file->size);
}

static void
refuse_upgrade (SimFota     *self,
                SimCommand  *command,
                const gchar *violation)
{
    self->fwup_refused++;
    if (violation)
        sim_command_violation (command, violation);
    sim_command_error (command);
}

static void
handle_upgrade (SimCommand *command,
                gpointer    user_data)
{
    SimFota          *self = user_data;
    SimScenario      *scenario = self->module->scenario;
    g_autofree gchar *reason = NULL;

    if (sim_command_get_type (command) != SIM_COMMAND_EXECUTE) {
        sim_command_error (command);
        return;
    }
    if (sim_fota_is_upgrading (self)) {
        refuse_upgrade (self, command, "^FWUP once more");
        return;
    }
    if (self->state != STATE_DOWNLOADED) {
        reason = g_strdup_printf ("^FWUP in state %d", self->state);
        refuse_upgrade (self, command, reason);
        return;
    }
    if (get_blocker (self)) {
        reason = g_strdup_printf ("^FWUP while %s", get_blocker (self));
        refuse_upgrade (self, command, reason);
        return;
    }
    if (scenario->refuse_fwup > 0) {
        scenario->refuse_fwup--;
        refuse_upgrade (self, command, NULL);
        return;
    }
    if (scenario->ignore_fwup > 0) {
        scenario->ignore_fwup--;
        return;
    }
    accept_upgrade (self);
}

/*****************************************************************************/
/* These change the state */

static void
in_order (SimCommand   *command,
          SimFota      *self,
          SimAtHandler  handler)
{
    choose_notice (self);
    handler (command, self);
    self->telling_first = FALSE;
}

static void
handle_server_in_order (SimCommand *command,
                        gpointer    user_data)
{
    in_order (command, user_data, handle_server);
}

static void
handle_download_in_order (SimCommand *command,
                          gpointer    user_data)
{
    in_order (command, user_data, handle_download);
}

static void
handle_upgrade_in_order (SimCommand *command,
                         gpointer    user_data)
{
    in_order (command, user_data, handle_upgrade);
}

/*****************************************************************************/
/* States set from outside */

static void
invent_package (SimFota *self,
                gdouble  share)
{
    SimScenario    *scenario = self->module->scenario;
    SimPackageFile *file;

    drop_package (self);
    self->package = sim_package_new ("FIRMWARE1", scenario->package_version);
    self->package->description = g_strdup ("1. product_name=\"MT5700M-CN\";2.update_mode=\"0\";"
                                           "3.source_version=\"V100R001C00B002\";en-us");
    sim_package_add (self->package, "FIRMWARE1.BIN", "", scenario->package_size);
    file = g_ptr_array_index (self->package->files, 0);
    file->received = (gint64) ((gdouble) file->size * share);
    sim_download_adopt (self->download);
}

gboolean
sim_fota_set_state (SimFota     *self,
                    const gchar *text)
{
    gint         state = atoi (text);
    const gchar *comma = strchr (text, ',');

    if (state < STATE_IDLE || state > STATE_UPGRADE_DONE)
        return FALSE;
    stop_activity (self);
    if (!self->url && *self->module->scenario->package_url)
        self->url = g_strdup (self->module->scenario->package_url);
    if (state == STATE_FOUND || state == STATE_SUSPENDED || state == STATE_DOWNLOADED || state == STATE_DOWNLOADING)
        invent_package (self, state == STATE_DOWNLOADED ? 1.0 : state == STATE_FOUND ? 0.0 : 0.5);
    set_state (self, state, comma ? atoi (comma + 1) : 0);
    return TRUE;
}

void
sim_fota_reload (SimFota *self)
{
    g_auto(GStrv) modes = NULL;
    guint         i;

    modes = g_strsplit (self->module->scenario->fota_mode, ",", -1);
    self->n_modes = MIN (g_strv_length (modes), N_MODES);
    for (i = 0; i < self->n_modes; i++)
        self->modes[i] = atoi (modes[i]);
    if (atoi (self->module->scenario->fota_state) != self->state)
        sim_fota_set_state (self, self->module->scenario->fota_state);
}

/*****************************************************************************/
/* Life cycle */

static void
add_progress (SimFota    *self,
              JsonObject *object)
{
    gint64 received = 0;
    guint  i;

    for (i = 0; self->package && i < self->package->files->len; i++)
        received += ((SimPackageFile *) g_ptr_array_index (self->package->files, i))->received;
    json_object_set_int_member (object, "received", received);
    json_object_set_int_member (object, "size", self->package ? self->package->size : 0);
    json_object_set_string_member (object, "package-version", self->package ? self->package->version : "");
}

JsonObject *
sim_fota_get_status (SimFota *self)
{
    g_autofree gchar *text = NULL;
    JsonObject       *object;
    JsonArray        *history;
    JsonArray        *modes;
    guint             i;

    text = state_text (self);
    object = json_object_new ();
    json_object_set_int_member (object, "state", self->state);
    json_object_set_int_member (object, "code", self->code);
    json_object_set_string_member (object, "text", text);
    json_object_set_string_member (object, "url", self->url ? self->url : "");
    json_object_set_boolean_member (object, "upgrading", sim_fota_is_upgrading (self));
    json_object_set_int_member (object, "queries", self->queries);
    json_object_set_int_member (object, "downloads", self->downloads);
    json_object_set_int_member (object, "fwup-accepted", self->fwup_accepted);
    json_object_set_int_member (object, "fwup-refused", self->fwup_refused);
    json_object_set_int_member (object, "flashes-started", self->flashes_started);
    json_object_set_int_member (object, "flashes-done", self->flashes_done);
    add_progress (self, object);

    modes = json_array_new ();
    for (i = 0; i < self->n_modes; i++)
        json_array_add_int_element (modes, self->modes[i]);
    json_object_set_array_member (object, "mode", modes);
    history = json_array_new ();
    for (i = 0; i < self->history->len; i++)
        json_array_add_string_element (history, g_ptr_array_index (self->history, i));
    json_object_set_array_member (object, "history", history);
    return object;
}

SimFota *
sim_fota_new (SimModule *module)
{
    SimFota *self;

    self = g_new0 (SimFota, 1);
    self->module = module;
    self->download = sim_download_new (module);
    self->history = g_ptr_array_new_with_free_func (g_free);
    self->notices = g_ptr_array_new_with_free_func (g_free);
    self->state = STATE_IDLE;
    sim_fota_reload (self);

    sim_at_table_add (module->table, "^FOTAMODE", handle_mode, self);
    sim_at_table_add (module->table, "^FOTASTATE", handle_state, self);
    sim_at_table_add (module->table, "^FOTAOEMDL", handle_server_in_order, self);
    sim_at_table_add (module->table, "^FOTADL", handle_download_in_order, self);
    sim_at_table_add (module->table, "^FOTADLQ", handle_progress, self);
    sim_at_table_add (module->table, "^FWUP", handle_upgrade_in_order, self);
    return self;
}

void
sim_fota_free (SimFota *self)
{
    stop_activity (self);
    sim_clock_clear (self->module->clock, &self->notice_timer);
    drop_package (self);
    sim_download_free (self->download);
    g_ptr_array_unref (self->history);
    g_ptr_array_unref (self->notices);
    g_free (self->url);
    g_free (self);
}
